"""Distances and neighbours that the user has."""

import pickle
import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from aae_sklearn.neighbors._known import KnownNeighbors, Precomputed
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def rows():
    return np.random.RandomState(0).normal(size=(60, 4))


@pytest.fixture
def new():
    return np.random.RandomState(1).normal(size=(25, 4))


def test_a_matrix_of_distances_has_the_graph_of_its_rows(rows):
    metric = resolve_metric("precomputed").fit(pairwise_distances(rows))
    found = metric.graph(pairwise_distances(rows), 6)
    distance, index = NearestNeighbors(n_neighbors=6).fit(rows).kneighbors()
    np.testing.assert_array_equal(found.index, index)
    np.testing.assert_allclose(found.distance, distance)


def test_new_rows_are_distances_to_the_fitted_ones(rows, new):
    index = resolve_metric("precomputed").index(pairwise_distances(rows))
    found = index.query(pairwise_distances(new, rows), 6)
    distance, expected = NearestNeighbors(n_neighbors=6).fit(rows).kneighbors(new)
    np.testing.assert_array_equal(found.index, expected)
    np.testing.assert_allclose(found.distance, distance)


def test_of_a_matrix_some_rows_may_be_laid_out(rows, new):
    chosen = np.arange(0, 60, 2)
    metric, square = resolve_metric("precomputed"), pairwise_distances(rows)
    search = NearestNeighbors(n_neighbors=6).fit(rows[chosen])
    graph = metric.graph(square[chosen], 6, chosen=chosen)
    np.testing.assert_array_equal(graph.index, search.kneighbors(return_distance=False))
    index = pickle.loads(pickle.dumps(metric.index(square[chosen], chosen=chosen)))
    found = index.query(pairwise_distances(new, rows), 6)
    np.testing.assert_array_equal(found.index, search.kneighbors(new, return_distance=False))
    with pytest.raises(ValueError, match=r"got \(30, 40\)"):
        metric.graph(square[chosen, :40], 6, chosen=chosen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d[:, :-1], r"\(n_samples, n_samples\), got \(60, 59\)"),
        (lambda d: sparse.csr_array(d), "dense"),
        (lambda d: np.where(d > 2, -1, d), "negative"),
        (lambda d: np.where(d > 2, np.inf, d), "finite"),
    ],
)
def test_a_matrix_that_is_none_of_distances_is_refused(rows, change, message):
    with pytest.raises(ValueError, match=message):
        resolve_metric("precomputed").graph(change(pairwise_distances(rows)), 3)


def test_a_matrix_of_similarities_is_told(rows):
    with pytest.warns(UserWarning, match="1 - similarity"):
        resolve_metric("precomputed").graph(np.exp(-pairwise_distances(rows)), 3)


def test_ctrl_c_ends_the_search_of_a_matrix(rows):
    interrupted = threading.Event()
    interrupted.set()
    with pytest.raises(KeyboardInterrupt):
        resolve_metric("precomputed").graph(pairwise_distances(rows), 3, interrupted=interrupted)


@pytest.mark.parametrize("with_itself", [True, False])
def test_known_neighbours_are_taken_with_or_without_the_row_itself(rows, with_itself):
    search = NearestNeighbors(n_neighbors=8).fit(rows)
    distance, index = search.kneighbors(rows) if with_itself else search.kneighbors()
    metric = resolve_metric((index, distance)).fit(rows)
    expected = search.kneighbors()
    found = metric.graph(rows, 7)
    np.testing.assert_array_equal(found.index, expected[1][:, :7])
    np.testing.assert_array_equal(found.distance, expected[0][:, :7])


def test_new_rows_are_their_neighbours(rows, new):
    search = NearestNeighbors(n_neighbors=8).fit(rows)
    distance, index = search.kneighbors()
    references = resolve_metric((index, distance)).index(rows)
    new_distance, new_index = search.kneighbors(new)
    found = references.query((new_index, new_distance), 5)
    np.testing.assert_array_equal(found.index, new_index[:, :5])
    np.testing.assert_array_equal(found.distance, new_distance[:, :5])
    one = references.query((new_index[:, :1], new_distance[:, :1]), 5)  # fewer are taken
    np.testing.assert_array_equal(one.index, new_index[:, :1])
    with pytest.raises(ValueError, match=r"a tuple \(indices, distances\)"):
        references.query(new, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, d: (i, d, d), "two arrays"),
        (lambda i, d: (i, d[:, :-1]), "two arrays"),
        (lambda i, d: (i[:-1], d[:-1]), r"shape \(60"),
        (lambda i, d: (i + 1, d), r"in \[0, 60\)"),
        (lambda i, d: (d, i), "integers"),
        (lambda i, d: (i, d * np.nan), "finite"),
        (lambda i, d: (i, d - 9), "negative"),
        (lambda i, d: (i, 9 - d), "nearest first"),
    ],
)
def test_neighbours_that_are_none_are_refused(rows, change, message):
    distance, index = NearestNeighbors(n_neighbors=8).fit(rows).kneighbors(rows)
    with pytest.raises(ValueError, match=message):
        resolve_metric(change(index, distance)).graph(rows, 5)


def test_known_neighbours_are_of_all_rows(rows):
    distance, index = NearestNeighbors(n_neighbors=8).fit(rows).kneighbors(rows)
    metric = resolve_metric((index, distance))
    with pytest.raises(ValueError, match="all rows in the map, but 30 of 60"):
        metric.graph(rows[:30], 5, chosen=np.arange(30))
    with pytest.raises(ValueError, match="at least 10"):
        metric.graph(rows, 9)


@pytest.mark.parametrize("chunk_elements", [60, 130, 60 * 59])
def test_a_matrix_may_be_read_in_parts(rows, new, monkeypatch, chunk_elements):
    square = pairwise_distances(rows)
    metric = resolve_metric("precomputed")
    members, weights = (
        np.random.RandomState(2).randint(60, size=(60, 3)),
        np.array([0.5, 0.3, 0.2]),
    )

    def found():
        index = metric.index(square)
        means = index.of_means(square, members, weights)
        to_new = pairwise_distances(new, rows)
        return [metric.graph(square, 6), index.query(to_new, 6), means.query(to_new, 6)]

    whole = found()
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", chunk_elements)
    for part, expected in zip(found(), whole, strict=True):
        np.testing.assert_array_equal(part.index, expected.index)
        np.testing.assert_array_equal(part.distance, expected.distance)


def test_each_row_is_compared_with_itself_and_the_nearest_other(rows, monkeypatch):
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 130)
    square = pairwise_distances(rows) + np.diag(np.arange(60) / 100)
    own, nearest = resolve_metric("precomputed").index(square).own_and_nearest(square)
    np.testing.assert_array_equal(own, np.arange(60) / 100)
    expected = NearestNeighbors(n_neighbors=1).fit(rows).kneighbors()[0][:, 0]
    np.testing.assert_allclose(nearest, expected)


def test_a_value_that_is_none_is_told_with_its_row(rows, monkeypatch):
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 130)
    square = pairwise_distances(rows)
    square[37, 11] = np.nan
    with pytest.raises(ValueError, match="for row 37 and fitted row 11"):
        resolve_metric("precomputed").graph(square, 3)


def test_duplicates_are_neighbours_and_no_row_its_own():
    graph = resolve_metric("precomputed").graph(np.zeros((9, 9)), 4)
    assert graph.index.shape == (9, 4)
    assert not (graph.index == np.arange(9)[:, None]).any()
    assert all(len(set(row)) == 4 for row in graph.index.tolist())


def test_the_last_column_of_a_matrix_may_be_chosen(rows):
    square, chosen = pairwise_distances(rows), np.array([3, 17, 40, 59])
    found = resolve_metric("precomputed").graph(square[chosen], 2, chosen=chosen)
    expected = NearestNeighbors(n_neighbors=2).fit(rows[chosen]).kneighbors(return_distance=False)
    np.testing.assert_array_equal(found.index, expected)
    with pytest.raises(ValueError, match=r"got \(4, 59\)"):
        resolve_metric("precomputed").graph(square[chosen, :59], 2, chosen=chosen)


@pytest.mark.parametrize("first", [0, 59])
def test_known_neighbours_may_be_any_row(rows, first):
    index = np.full((60, 3), 30)
    index[:, 0] = first
    found = resolve_metric((index, np.ones((60, 3)))).graph(rows, 2)
    others = np.delete(np.arange(60), [first, 30])
    np.testing.assert_array_equal(found.index[others], index[others, :2])


def test_indices_below_0_are_refused(rows):
    index = np.arange(180).reshape(60, 3) % 60
    index[5, 1] = -1
    with pytest.raises(ValueError, match=r"in \[0, 60\), got int64 from -1 to 59"):
        resolve_metric((index, np.ones((60, 3)))).graph(rows, 2)


def test_all_rows_may_be_chosen_of_known_neighbours(rows):
    distance, index = NearestNeighbors(n_neighbors=8).fit(rows).kneighbors()
    found = resolve_metric((index, distance)).graph(rows, 7, chosen=np.arange(60))
    np.testing.assert_array_equal(found.index, index[:, :7])


def test_distances_may_fall_in_half_of_the_places(rows):
    """As those of an approximate search do now and then."""
    index = np.arange(180).reshape(60, 3) % 60
    distance = np.tile([1.0, 2.0, 1.5], (60, 1))
    resolve_metric((index, distance)).graph(rows, 2)
    distance[7] = 3, 2, 1
    with pytest.raises(ValueError, match="nearest first"):
        resolve_metric((index, distance)).graph(rows, 2)


def test_as_many_known_neighbours_as_rows_need_with_themselves(rows):
    distance, index = NearestNeighbors(n_neighbors=8).fit(rows).kneighbors(rows)
    metric = resolve_metric((index, distance))
    np.testing.assert_array_equal(metric.graph(rows, 7).index, index[:, 1:])
    with pytest.raises(ValueError, match="at least 9"):
        metric.graph(rows, 8)


def test_a_row_without_any_neighbor_is_told():
    index = np.array([[0, 1], [1, 1], [2, 0]])
    with pytest.raises(ValueError, match=r"row 1 \(counted from 0\) has no neighbour but itself"):
        KnownNeighbors((index, np.zeros((3, 2)))).graph(np.eye(3), 1)


@pytest.mark.parametrize("side", [np.triu, np.tril])
def test_one_side_of_a_matrix_of_distances_is_told(side):
    with pytest.raises(ValueError, match=r"0 on one side of the diagonal; pass X \+ X.T"):
        Precomputed().graph(side(1 - np.eye(5)), 2)
