"""Nearest neighbours against sorting all distances."""

import numpy as np
import pytest
import torch

from aae_sklearn import _neighbors
from aae_sklearn._neighbors import neighbor_graph, query
from tests import core_oracles


def random_points(n_rows, n_columns=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_rows, n_columns, generator=generator)


@pytest.fixture(params=[128, 4], ids=["plain", "by groups"])
def group(request, monkeypatch):
    monkeypatch.setattr(_neighbors, "_GROUP", request.param)


@pytest.mark.parametrize("n_points", [50, 51, 83])
@pytest.mark.parametrize("n_neighbors", [1, 3])
def test_query_equals_its_slow_twin(group, n_points, n_neighbors):
    x, points = random_points(20), random_points(n_points, seed=1)
    found = query(x, points, n_neighbors)
    expected = core_oracles.nearest(x.numpy(), points.numpy(), n_neighbors)
    np.testing.assert_array_equal(found.index, expected)
    distance = (x[:, None] - points[found.index]).square().sum(dim=2)
    np.testing.assert_allclose(found.squared_distance, distance, atol=1e-5)


def test_chunks_do_not_change_neighbours(monkeypatch):
    x, points = random_points(20), random_points(50, seed=1)
    whole = query(x, points, 4)
    monkeypatch.setattr(_neighbors, "_CHUNK_ELEMENTS", 150)
    np.testing.assert_array_equal(query(x, points, 4).index, whole.index)


def test_distances_are_never_negative():
    points = 1e3 + random_points(40)
    assert (query(points, points, 5).squared_distance >= 0).all()


@pytest.mark.parametrize("n_neighbors", [1, 5, 39])
def test_graph_leaves_the_row_itself_out(n_neighbors):
    x = random_points(40)
    graph = neighbor_graph(x, n_neighbors)
    expected = [
        [j for j in near if j != i]
        for i, near in enumerate(core_oracles.nearest(x.numpy(), x.numpy(), n_neighbors + 1))
    ]
    np.testing.assert_array_equal(graph, expected)


def test_graph_of_duplicates_names_other_rows():
    graph = neighbor_graph(torch.ones(30, 2), 4).numpy()
    assert graph.shape == (30, 4)
    assert not (graph == np.arange(30)[:, None]).any()
    assert all(len(set(row)) == 4 for row in graph)
