"""Labels that spread over the graph of neighbours."""

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.datasets import make_blobs

from aae_sklearn.layout._graph import Graph, coordinate_graph
from aae_sklearn.layout._grouping import _merge, group_rows
from aae_sklearn.layout._spreading import both_ways_weights, spread_labels, symmetric_weights
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture(scope="module")
def blobs():
    X, y = make_blobs(240, 5, centers=4, cluster_std=1.2, random_state=3)
    return X.astype(np.float32), y


@pytest.fixture(scope="module")
def graph(blobs):
    return coordinate_graph(torch.from_numpy(blobs[0]), 8)


@pytest.fixture(scope="module")
def mixed():
    """Blobs that run into each other, and the graph of their rows."""
    X, y = make_blobs(240, 5, centers=4, cluster_std=4, random_state=3)
    return y, coordinate_graph(torch.from_numpy(X.astype(np.float32)), 8)


def dense_weights(graph):
    """The matrix of weights, number by number."""
    n_rows, n_neighbors = graph.index.shape
    one_way = np.zeros((n_rows, n_rows))
    for row in range(n_rows):
        for place in range(n_neighbors):
            weight = float(graph.weight[row, place]) ** 2
            one_way[row, int(graph.index[row, place])] = weight
    return np.minimum(one_way, one_way.T) + 0.1 * (one_way + one_way.T)


def test_weights_count_both_ways(graph):
    np.testing.assert_allclose(both_ways_weights(graph).toarray(), dense_weights(graph))


def test_where_no_label_reaches_all_classes_are_alike():
    index = torch.tensor([[1], [0], [3], [2]], dtype=torch.int32)
    labels = np.array([[1, 0], [0, 0], [0, 0], [0, 0]], dtype=np.float32)
    found = spread_labels(symmetric_weights(Graph(index, torch.ones(4, 1))), labels)
    np.testing.assert_allclose(found[:2], [[1, 0], [1, 0]])
    np.testing.assert_allclose(found[2:], 0.5)


def test_groups_are_the_blobs(blobs, graph):
    X, y = blobs
    groups = group_rows(X, graph, 4, np.random.RandomState(0))
    table = np.histogram2d(y, groups.index, bins=4)[0]
    assert table.max(axis=0).sum() > 0.97 * len(y)
    assert group_rows(X, graph, None, np.random.RandomState(0)).index.max() + 1 == 4


def test_one_blob_is_hardly_cut():
    X = np.random.RandomState(0).normal(size=(1000, 5)).astype(np.float32)
    graph = coordinate_graph(torch.from_numpy(X), 10)
    groups = group_rows(X, graph, None, np.random.RandomState(0))
    assert groups.index.max() + 1 <= 3


def test_modularity_is_that_of_the_definition(graph):
    weights = dense_weights(graph)
    merges, modularity = _merge(weights)
    index = np.arange(len(weights))
    for kept, joined in merges[:-2]:
        index[index == joined] = kept
    share = weights / weights.sum()
    same = index[:, None] == index
    by_chance = np.outer(share.sum(axis=1), share.sum(axis=1))
    by_definition = (share - defaults.RESOLUTION * by_chance)[same].sum()
    assert len(np.unique(index)) == 3
    assert modularity[2] == pytest.approx(by_definition)
    assert modularity[0] == pytest.approx(1 - defaults.RESOLUTION)


def test_pieces_of_the_graph_are_joined_last(blobs):
    far = blobs[0] + 100 * blobs[1][:, None]
    graph = coordinate_graph(torch.from_numpy(far), 8)
    pieces = connected_components(sparse.csr_array(dense_weights(graph)), directed=False)[1]
    groups = group_rows(far, graph, 4, np.random.RandomState(0))
    assert len(set(zip(pieces, groups.index, strict=True))) == len(np.unique(pieces))


def test_classes_have_the_shares_that_their_labels_have(mixed):
    """Ten more labels of each class are counted, since few of them say little."""
    y, graph = mixed
    labels = np.zeros((len(y), 5), dtype=np.float32)
    for k, n_labels in enumerate([1, 30, 12, 5]):
        labels[np.flatnonzero(y == k)[:n_labels], k] = 1
    weights = symmetric_weights(graph).toarray().astype(np.float64)
    spread = labels.astype(np.float64)
    for _ in range(60):
        spread = 0.99 * weights @ spread + 0.01 * labels
    spread[:, :4] *= np.array([11, 40, 22, 15]) / spread[:, :4].sum(axis=0)
    expected = spread / spread.sum(axis=1, keepdims=True)  # the last class has no label
    assert np.median(expected.max(axis=1)) < 0.9  # most rows are of no class alone
    found = spread_labels(symmetric_weights(graph), labels)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_degrees_are_divided_by_at_both_ends(graph):
    weights = dense_weights(graph)
    degrees = weights.sum(axis=1)
    found = symmetric_weights(graph)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found.toarray(), weights / np.sqrt(np.outer(degrees, degrees)), rtol=1e-5
    )
