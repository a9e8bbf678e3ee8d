"""What is known of rows before they are laid out: their graph, a start, a search."""

import threading

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.layout._arrangement import arrange
from aae_sklearn.layout._graph import coordinate_weights
from aae_sklearn.layout._layout import graph_start
from aae_sklearn.layout._search import CoordinateSearch, KnownSearch
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._labels import read_targets
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings._resolve import resolve_config

CPU = torch.device("cpu")


def arranged(rows, components=None, row_numbers=None, y=None, **params):
    """What is known of rows that are standardised as they are."""
    aae = AdversarialAutoencoder(**params)
    config = resolve_config(aae.get_params(deep=False), rows).features
    inputs = Inputs(Standardizer(np.zeros(rows.shape[1]), np.ones(())), Rotation(components))
    randomness = Randomness(np.random.RandomState(0), CPU)
    targets = None if y is None else read_targets(y, len(y))
    names = Names(row_numbers)
    run = Run(CPU, torch.float32, randomness, threading.Event(), names=names, targets=targets)
    return arrange(rows, inputs, config, run)


def rows_of(n_rows, n_features):
    return np.random.RandomState(0).normal(size=(n_rows, n_features))


def squared_distances(search, rows):
    """To all references, by the search's index."""
    found = search.index.query(search.coordinates.read(rows), search.n_references)
    order = found.index.long().argsort(dim=1)
    return found.squared_distance.gather(1, order).numpy() / search.gain**2


@pytest.mark.parametrize(("shape", "expected"), [((30, 80), 29), ((90, 80), 50), ((90, 7), 7)])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_distances_are_taken_in_at_most_50_principal_components(shape, expected, metric):
    search = arranged(rows_of(*shape), metric=metric).search()
    read = shape[1] + (metric == "cosine")  # it marks rows of length 0 in one more column
    assert search.coordinates.inputs.rotation.n_outputs(read) == min(expected + (read == 8), 50)


@pytest.mark.parametrize(("shape", "expected"), [((30, 80), 29), ((90, 80), 50)])
def test_of_inputs_that_are_components_the_first_are_taken(shape, expected):
    rows = rows_of(*shape)
    components = torch.linalg.qr(torch.from_numpy(rows_of(80, 80)).float()).Q[:60]
    coordinates = arranged(rows, components).search().coordinates
    x = torch.from_numpy(rows).float() @ components[:expected].T
    weighted = coordinates.inputs.rotation.gain * x * coordinate_weights(x)
    np.testing.assert_allclose(coordinates.read(rows), weighted, atol=1e-4)


def test_references_are_means_of_a_row_and_its_two_nearest_neighbours():
    rows = rows_of(40, 6)
    nearest = NearestNeighbors(n_neighbors=2).fit(rows).kneighbors(return_distance=False)
    means = rows / 2 + rows[nearest].sum(axis=1) / 4
    search = arranged(rows).search()
    expected = pairwise_distances(rows, means, "sqeuclidean")
    np.testing.assert_allclose(squared_distances(search, rows), expected, rtol=1e-3, atol=1e-4)


def test_the_same_of_rows_that_are_compared():
    """Under L1, whose distance is a squared one in some space."""
    rows = rows_of(40, 6)
    distance = pairwise_distances(rows, metric="manhattan")
    first, second = np.argsort(distance, axis=1)[:, 1:3].T
    expected = distance / 2 + distance[:, first] / 4 + distance[:, second] / 4
    own, others = np.arange(40), distance[first, second]
    expected -= (distance[own, first] + distance[own, second]) / 8 + others / 16
    near = arranged(rows, metric="manhattan").search().finder()(rows)
    found = np.take_along_axis(expected, near.index.numpy(), axis=1)
    np.testing.assert_allclose(near.squared_distance, found, atol=1e-5)
    np.testing.assert_allclose(near.squared_distance[:, 0], expected.min(axis=1), atol=1e-5)


@pytest.mark.parametrize("metric", ["jaccard", "manhattan", "precomputed", lambda a, b: 0.0])
def test_rows_at_one_place_are_refused_and_duplicates_are_not(metric):
    kinds = np.repeat(np.eye(3), 40, axis=0)
    same, groups = np.tile(kinds[:1], (120, 1)), kinds
    if metric == "precomputed":
        same, groups = (pairwise_distances(rows) for rows in (same, groups))
    with pytest.raises(ValueError, match="all rows are at one place"):
        arranged(same, metric=metric)
    if not callable(metric):
        assert (arranged(groups, metric=metric).graph.weight == 1).all()


def test_of_a_matrix_of_distances_some_rows_may_be_laid_out():
    rows, some = rows_of(40, 6), np.arange(3, 40, 2)
    distance = pairwise_distances(rows)
    whole = arranged(pairwise_distances(rows[some]), metric="precomputed")
    part = arranged(distance[some], row_numbers=some, metric="precomputed")
    np.testing.assert_array_equal(part.graph.index, whole.graph.index)
    near = part.search().finder()(distance[some])
    assert near.index.max() < len(some)
    np.testing.assert_allclose(
        near.squared_distance, whole.search().finder()(distance[some][:, some]).squared_distance
    )


def test_rows_come_with_known_neighbours_or_without():
    rows = rows_of(40, 6)
    pair = NearestNeighbors(n_neighbors=30).fit(rows).kneighbors(rows)[::-1]
    search = arranged(rows, metric=pair).search()
    assert isinstance(search, KnownSearch)
    find = search.finder()
    np.testing.assert_array_equal(find(pair).index, pair[0][:, : find(rows).index.shape[1]])
    by_rows = arranged(rows).search()
    assert isinstance(by_rows, CoordinateSearch)
    np.testing.assert_allclose(
        find(rows).squared_distance, by_rows.finder()(rows).squared_distance
    )


def test_rows_start_at_their_principal_components():
    rows = rows_of(60, 5) * [5, 4, 3, 2, 1]
    start = arranged(rows).start().numpy()
    expected = PCA(2).fit_transform(rows)
    expected /= np.sqrt((expected**2).mean())
    turned = expected * np.sign((start * expected).sum(axis=0))
    np.testing.assert_allclose(start, turned, atol=1e-3)


def test_rows_without_coordinates_start_along_their_graph():
    rows = rows_of(40, 6)
    found = arranged(rows, n_components=3, metric="manhattan")
    generator = Randomness(np.random.RandomState(0), CPU).noise
    assert torch.equal(found.start(), graph_start(found.graph, 3, generator))


def test_on_a_line_rows_start_in_their_order():
    rows = rows_of(40, 6)
    start = arranged(rows, n_components=1).start()
    first = PCA(1).fit_transform(rows)[:, 0]
    assert start.shape == (40, 1)
    assert abs(spearmanr(start[:, 0], first).statistic) > 0.5


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_edges_between_classes_count_less_where_labels_have_a_weight(metric):
    rows, y = rows_of(40, 6), np.arange(40) % 2
    plain = arranged(rows, metric=metric).graph
    without = arranged(rows, y=y, metric=metric, label_weight=0.0).graph
    found = arranged(rows, y=y, metric=metric, label_weight=0.5).graph
    assert torch.equal(without.weight, plain.weight)
    assert torch.equal(found.index, plain.index)
    factor = np.where(y[:, None] == y[plain.index], 1, 0.5**4)
    np.testing.assert_allclose(found.weight / plain.weight, factor, rtol=1e-5)


def test_without_labels_their_weight_changes_nothing():
    rows = rows_of(40, 6)
    found = arranged(rows, label_weight=0.5).graph
    assert torch.equal(found.weight, arranged(rows).graph.weight)


def test_of_three_rows_two_components_are_taken():
    rows = rows_of(3, 80)
    components = torch.linalg.qr(torch.from_numpy(rows_of(80, 80)).float()).Q[:60]
    for given in (None, components):
        assert arranged(rows, given).search().coordinates.read(rows).shape == (3, 2)
