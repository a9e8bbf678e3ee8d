"""Cells hold each point once, and near ones together."""

import pytest
import torch

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
