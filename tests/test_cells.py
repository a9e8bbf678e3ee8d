"""Cells hold each point once, and a search that visits all of them misses nothing."""

import numpy as np
import pytest
import torch

from aae_sklearn import _cells
from aae_sklearn._cells import CELL_SIZE, CellSearch, make_cells
from aae_sklearn._neighbors import NeighborIndex
from tests import core_oracles

N_POINTS = 9_000


@pytest.fixture(scope="module")
def points():
    return torch.randn(N_POINTS, 4, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def index(points):
    return NeighborIndex(points)


def test_each_point_is_in_one_cell(points):
    cells = make_cells(points)
    assert cells.shape[1] == CELL_SIZE
    assert torch.equal(cells[cells >= 0].sort().values, torch.arange(N_POINTS))


def test_points_of_a_cell_are_near_each_other(index, points):
    centres = index.centres[:, None]
    members = points[index.order.clamp(min=0)]
    squared = (members - centres).square().sum(dim=2)[index.order >= 0].mean()
    assert squared < 0.2 * points.var(dim=0).sum()


@pytest.mark.parametrize("n_found", [1, 20, 90])
def test_visits_to_all_cells_find_the_nearest(index, points, n_found):
    x = points[:100] + 0.1
    search = CellSearch(index.centres, index.cells, n_found, len(index.order), len(x))
    found = index.order.flatten()[search(x)].sort(dim=1).values
    expected = np.sort(core_oracles.nearest(x.numpy(), points.numpy(), n_found), axis=1)
    np.testing.assert_array_equal(found, expected)


def test_visits_go_to_the_nearest_cells(index, points):
    x = points[:300] + 0.1
    nearest = (x[:, None] - index.centres).square().sum(dim=2).argsort(dim=1)[:, :4]
    places = (nearest[:, :, None] * CELL_SIZE + torch.arange(CELL_SIZE)).flatten(1)
    visited = index.cells.flatten(0, 1)[places]
    squared = (visited[:, :, :-2] - x[:, None]).square().sum(dim=2)
    squared[visited[:, :, -1] == 0] = torch.inf  # there is room and no point
    expected = places.gather(1, squared.argsort(dim=1)[:, :20]).tolist()
    found = CellSearch(index.centres, index.cells, 20, 4, len(x))(x).tolist()
    hits = [len(set(a) & set(b)) for a, b in zip(found, expected, strict=True)]
    assert np.mean(hits) / 20 > 0.99  # the last bits of distances are given away


def test_memory_of_a_block_is_used_for_the_next(index, points, monkeypatch):
    made = []
    empty = _cells._empty
    monkeypatch.setattr(_cells, "_empty", lambda *shape: made.append(shape) or empty(*shape))
    search = CellSearch(index.centres, index.cells, 5, 10, 200)
    first, n_made = search(points[:200]), len(made)
    search(points[200:300])
    assert torch.equal(search(points[:200]), first)
    assert len(made) == n_made
