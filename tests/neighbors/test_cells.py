"""Cells hold each point once, and near ones together."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from aae_sklearn.neighbors._cells import CELL_SIZE, make_cells
from aae_sklearn.neighbors._index import NeighborIndex

N_POINTS = 11_000


@pytest.fixture(scope="module")
def points():
    return torch.randn(N_POINTS, 4, generator=torch.Generator().manual_seed(0))


def test_each_point_is_in_one_cell(points):
    cells = make_cells(points)
    assert cells.shape[1] == CELL_SIZE
    assert torch.equal(cells[cells >= 0].sort().values, torch.arange(N_POINTS))


def test_points_of_a_cell_are_near_each_other(points):
    index = NeighborIndex(points)
    centres = index.centres[:-2, : len(index.order)].T[:, None]
    squared = (points[index.order] - centres).square().sum(dim=2)[index.order >= 0].mean()
    assert squared < 0.2 * points.var(dim=0).sum()


def slow_cells(points, n_clusters, sample_step):
    """Clusters by Lloyd's iterations, halved across their longest direction until they fit."""
    sample = points[::sample_step]
    centres = sample[:: len(sample) // n_clusters][:n_clusters]
    for _ in range(5):
        nearest = cdist(sample, centres).argmin(axis=1)
        centres = np.stack(
            [
                sample[nearest == k].mean(axis=0) if (nearest == k).any() else centre
                for k, centre in enumerate(centres)
            ]
        )
    nearest = cdist(points, centres).argmin(axis=1)
    pieces = [np.flatnonzero(nearest == k) for k in range(n_clusters)]
    cells = []
    while pieces:
        members = pieces.pop()
        n_cells = -(-len(members) // CELL_SIZE)
        if n_cells <= 1:
            cells += [frozenset(members.tolist())] * n_cells
            continue
        offsets = points[members] - points[members].mean(axis=0)
        along = offsets[:, (offsets**2).sum(axis=0).argmax()]
        for _ in range(2):
            along = offsets @ (np.sign(along) @ offsets)
        order = members[along.argsort(kind="stable")]
        first = len(members) * (n_cells // 2) // n_cells
        pieces += [order[:first], order[first:]]
    return set(cells)


@pytest.mark.parametrize(("n_points", "n_clusters", "sample_step"), [(600, 2, 6), (2_000, 7, 5)])
def test_cells_are_pieces_of_clusters(n_points, n_clusters, sample_step):
    """Four cells to a cluster, and 50 points of the sample."""
    points = np.random.default_rng(0).normal(size=(n_points, 4)) * [1, 2, 3, 1] + [3, 0, 1, 0]
    cells = make_cells(torch.from_numpy(points).float())
    found = {frozenset(cell[cell >= 0].tolist()) for cell in cells}
    expected = slow_cells(points, n_clusters, sample_step)
    assert len(found) == len(expected)
    assert len(found & expected) > 0.9 * len(expected)
