"""The search under any metric, against sorting all distances."""

import functools
import pickle
import threading

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.settings import _defaults as defaults

KINDS = [np.asarray, sparse.csr_array]


def third_power(a, b, scale=1.0):
    return scale * float((np.abs(a - b) ** 3).sum())


METRICS = ["manhattan", "chebyshev", "jaccard", third_power]


@pytest.fixture
def rows():
    return np.random.RandomState(0).uniform(size=(90, 5)).round(1)


@pytest.fixture(params=[2**5, 2**20])
def block_pairs(request, monkeypatch):
    for name in ("OWN_BLOCK_PAIRS", "DISTANCE_ELEMENTS"):
        monkeypatch.setattr(defaults, name, request.param)


def all_distances(a, b, metric):
    if metric == "manhattan":
        return cdist(a, b, "cityblock")
    return cdist(a > 0, b > 0, metric) if metric == "jaccard" else cdist(a, b, metric)


def nearest(distances, n_neighbors):
    """By a stable sort: of equal distances the first column."""
    return distances.argsort(axis=1, kind="stable")[:, :n_neighbors]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n_neighbors", [1, 7, 90])
@pytest.mark.usefixtures("block_pairs")
def test_new_rows_find_the_nearest_references(rows, metric, kind, n_neighbors):
    new = np.random.RandomState(1).uniform(size=(20, 5)).round(1)
    found = resolve_metric(metric).index(kind(rows)).query(kind(new), n_neighbors)
    distances = all_distances(new, rows, metric)
    expected = nearest(distances, n_neighbors)
    np.testing.assert_allclose(
        found.distance, np.take_along_axis(distances, expected, axis=1), atol=1e-12
    )
    if metric in ("jaccard", "chebyshev"):  # which are equal to the bit where they are equal
        np.testing.assert_array_equal(found.index, expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n_neighbors", [1, 7, 89])
@pytest.mark.usefixtures("block_pairs")
def test_a_graph_has_each_rows_nearest_others(rows, metric, kind, n_neighbors):
    found = resolve_metric(metric).graph(kind(rows), n_neighbors)
    assert (found.index != np.arange(90)[:, None]).all()
    distances = all_distances(rows, rows, metric)
    np.fill_diagonal(distances, np.inf)
    expected = nearest(distances, n_neighbors)
    np.testing.assert_allclose(
        found.distance, np.take_along_axis(distances, expected, axis=1), atol=1e-12
    )
    if metric in ("jaccard", "chebyshev"):
        np.testing.assert_array_equal(found.index, expected)


@pytest.mark.parametrize("metric", METRICS)
def test_a_graph_is_that_of_scikit_learn(metric):
    rows = np.random.RandomState(0).normal(size=(60, 30))
    if metric == "jaccard":
        rows = rows > 0
    search = NearestNeighbors(n_neighbors=5, metric=metric, algorithm="brute").fit(rows)
    expected = np.sort(search.kneighbors()[0], axis=1)
    np.testing.assert_allclose(resolve_metric(metric).graph(rows, 5).distance, expected)


@pytest.mark.parametrize("metric", METRICS)
def test_a_row_finds_the_same_whatever_the_rows_around_it(rows, metric):
    index = resolve_metric(metric).index(rows)
    together = index.query(rows, 6)
    for i in (0, 41, 89):
        alone = index.query(rows[i : i + 1], 6)
        np.testing.assert_array_equal(alone.index[0], together.index[i])
        np.testing.assert_array_equal(alone.distance[0], together.distance[i])


def test_a_graph_compares_each_pair_once():
    rows, calls = np.arange(40.0)[:, None], []

    def metric(a, b):
        calls.append((a[0], b[0]))
        return abs(a[0] - b[0])

    resolve_metric(metric).graph(rows, 3)
    n_parts = -(-40 // 16)
    assert len(calls) < 40 * 41 / 2 + n_parts * 16**2 / 2


def test_an_index_keeps_its_rows(rows):
    new = rows[:5].copy()
    index = resolve_metric("manhattan").index(rows)
    before = index.query(new, 3)
    rows[:] = 0
    np.testing.assert_array_equal(index.query(new, 3).distance, before.distance)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["minkowski", functools.partial(third_power, scale=2)])
def test_an_index_can_be_pickled(rows, metric, kind):
    params = {"p": 3} if metric == "minkowski" else None
    index = resolve_metric(metric, params).index(kind(rows))
    found, again = index.query(rows, 4), pickle.loads(pickle.dumps(index)).query(rows, 4)
    np.testing.assert_array_equal(found.index, again.index)
    np.testing.assert_array_equal(found.distance, again.distance)


@pytest.mark.parametrize("stage", ["graph", "query"])
def test_ctrl_c_ends_the_search_soon(stage):
    rows, interrupted, n_calls = (
        np.random.RandomState(0).normal(size=(300, 3)),
        threading.Event(),
        0,
    )

    def metric(a, b):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 1000:
            interrupted.set()
        return float(np.abs(a - b).sum())

    resolved = resolve_metric(metric)
    search = {
        "graph": lambda: resolved.graph(rows, 5, interrupted=interrupted),
        "query": lambda: resolved.index(rows).query(rows, 5, interrupted),
    }[stage]
    with pytest.raises(KeyboardInterrupt):
        search()
    assert n_calls < 1000 + 2 * defaults.OWN_BLOCK_PAIRS


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_distances_that_are_none_are_refused_with_their_rows(rows, value):
    def metric(a, b):
        is_pair = np.array_equal(a, rows[30]) and np.array_equal(b, rows[71])
        return value if is_pair else np.abs(a - b).sum()

    with pytest.raises(ValueError, match=r"for row 30 and fitted row 71; .*finite"):
        resolve_metric(metric).graph(rows, 3)


def test_numbers_that_run_over_are_refused(rows):
    rows[11] = 1e308
    with pytest.raises(ValueError, match="'cityblock' gives inf for row"):
        resolve_metric("manhattan").graph(rows, 3)


def test_what_rounding_left_below_zero_is_zero(rows):
    found = resolve_metric(lambda a, b: np.abs(a - b).sum() - 1e-13).graph(rows, 3)
    assert found.distance.min() >= 0


def test_a_similarity_is_told():
    rows = np.random.RandomState(0).uniform(size=(50, 4))
    with pytest.warns(UserWarning, match="1 - similarity"):
        resolve_metric(lambda a, b: a @ b).graph(rows, 3)


def test_duplicates_are_no_similarity():
    rows = np.repeat(np.random.RandomState(0).uniform(size=(5, 4)), 10, axis=0)
    resolve_metric(lambda a, b: np.abs(a - b).sum()).graph(rows, 3)  # a warning is an error


@pytest.mark.parametrize("metric", ["precomputed", lambda a, b: ((a - b) ** 2).sum()])
def test_means_are_found_by_distances_to_their_members(metric):
    random = np.random.RandomState(0)
    rows, new = random.normal(size=(50, 4)), random.normal(size=(20, 4))
    members, weights = random.randint(50, size=(50, 3)), np.array([0.5, 0.3, 0.2])
    means = np.einsum("rmf,m->rf", rows[members], weights)
    given, given_new = rows, new
    if metric == "precomputed":
        given, given_new = (cdist(r, rows, "sqeuclidean") for r in (rows, new))
    index = resolve_metric(metric).index(given)
    found = index.of_means(given, members, weights).query(given_new, 6)
    expected = cdist(new, means, "sqeuclidean")
    np.testing.assert_array_equal(found.index, nearest(expected, 6))
    np.testing.assert_allclose(
        found.distance, np.take_along_axis(expected, found.index, axis=1), atol=1e-12
    )
    of_rows = index.query(given_new, 6)  # the index itself is as it was
    np.testing.assert_array_equal(of_rows.index, nearest(cdist(new, rows), 6))
