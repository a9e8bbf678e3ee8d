"""Labels in the graph, by its edges one by one."""

import numpy as np
import pytest
import torch

from aae_sklearn.layout._graph import Graph
from aae_sklearn.layout._labels import apart_by_labels
from aae_sklearn.rows._labels import read_targets

LABELS = np.array([0, 0, 1, 1, -1])


@pytest.fixture
def graph():
    """Each of five rows has the other four for neighbours."""
    others = [[j for j in range(5) if j != i] for i in range(5)]
    weight = torch.rand(5, 4, generator=torch.Generator().manual_seed(0)) + 0.1
    return Graph(torch.tensor(others, dtype=torch.int32), weight)


def factors(graph, label_weight):
    targets = read_targets(LABELS, 5)
    found = apart_by_labels(graph, targets, label_weight)
    np.testing.assert_array_equal(found.index, graph.index)
    assert found.weight.dtype == graph.weight.dtype
    dense = np.ones((5, 5))
    np.put_along_axis(dense, graph.index.numpy().astype(int), found.weight / graph.weight, axis=1)
    return dense


@pytest.mark.parametrize("label_weight", [0.2, 0.5, 0.9, 1.0])
def test_edges_count_whole_within_a_class_less_to_unknown_and_least_between(graph, label_weight):
    factor = factors(graph, label_weight)
    np.testing.assert_allclose(factor, factor.T, rtol=1e-5)
    same, different, unknown = factor[0, 1], factor[0, 2], factor[0, 4]
    assert same == 1
    assert 0 < different < unknown < 1
    for i, j in zip(*np.triu_indices(4, k=1), strict=True):
        expected = same if LABELS[i] == LABELS[j] else different
        assert factor[i, j] == pytest.approx(expected, rel=1e-5)


def test_the_more_labels_count_the_less_edges_between_classes_do(graph):
    between = [factors(graph, weight)[0, 2] for weight in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)]
    assert np.diff(between).max() < 0


def test_without_weight_all_edges_count_as_before(graph):
    same = apart_by_labels(graph, read_targets(LABELS, 5), 0.0)
    torch.testing.assert_close(same.weight, graph.weight, rtol=0, atol=0)


@pytest.mark.parametrize(("label_weight", "left"), [(0.3, 0.7), (0.9, 0.1), (1.0, 0.03)])
def test_edges_count_a_power_of_the_weight_that_labels_leave(graph, label_weight, left):
    factor = factors(graph, label_weight)
    assert factor[0, 2] == pytest.approx(left**4, rel=1e-5)
    assert factor[0, 4] == pytest.approx(left, rel=1e-5)  # a quarter as unlike
