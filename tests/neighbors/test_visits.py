"""The compiled search against sorting."""

import numba
import numpy as np
import pytest
import torch

from aae_sklearn.neighbors import _visits
from aae_sklearn.neighbors._index import NeighborIndex

TYPES = [np.int32, np.int64]


@pytest.fixture(scope="module")
def points():
    return torch.randn(11_000, 4, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def index(points):
    return NeighborIndex(points)


def nearest_points(index, x, n_neighbors, n_found, n_probes):
    found = torch.empty(len(x), n_neighbors, dtype=torch.long)
    squared = torch.empty(len(x), n_neighbors)
    everything = (index.centres, index.cells, index.points, index.order)
    _visits.nearest_points(x, *everything, n_probes, n_found, found, squared)
    return found, squared


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("count", [1, 7, 64])
@pytest.mark.parametrize("spread", [1, 10, 30_000])
def test_bound_is_the_least_that_holds_enough(dtype, count, spread):
    values = np.random.default_rng(0).integers(-spread, spread, 64).astype(dtype)
    bound = _visits._bound(values, 64, count)
    least = np.sort(values)
    assert least[count - 1] <= bound
    assert count == 64 or bound < least[count] or least[count] == least[count - 1]


def test_bound_spans_all_numbers_of_the_type():
    values = np.array([np.iinfo(np.int32).max, np.iinfo(np.int32).min] * 2, np.int32)
    assert _visits._bound(values, 4, 2) < np.iinfo(np.int32).max
    assert _visits._bound(values, 4, 3) == np.iinfo(np.int32).max


@pytest.mark.parametrize("spread", [5, 30_000])
def test_candidates_hold_the_least_of_all(spread):
    count, n_values = 20, 320
    values = np.random.default_rng(1).integers(-spread, spread, n_values).astype(np.int32)
    columns = np.empty((2, n_values + 1), np.int32)
    least = np.empty(n_values, np.int32)
    n_found, bound = _visits._candidates(values, count, least, columns)
    found = columns[0, :n_found]
    assert len(set(found)) == n_found >= count
    np.testing.assert_array_equal(np.sort(values[found])[:count], np.sort(values)[:count])
    assert set(np.flatnonzero(values <= bound)) == set(found)
    assert values[found].max() <= bound


@pytest.mark.parametrize("count", [1, 12, 30])
def test_order_sorts_the_least(count):
    keys = np.zeros((2, 41), np.int64)
    keys[0, :30] = np.random.default_rng(2).permutation(30) << 40
    expected = np.sort(keys[0, :30])[:count]
    _visits._sort_least(keys, 30, count)
    np.testing.assert_array_equal(keys[0, :count], expected)


@pytest.mark.parametrize("n_neighbors", [1, 20, 50])
def test_visits_to_many_cells_find_the_nearest(index, points, n_neighbors):
    x = points[:300] + 0.1  # not a multiple of what is multiplied together
    found, squared = nearest_points(index, x, n_neighbors, n_neighbors + 5, len(index.order) // 4)
    exact = (x[:, None] - points).double().square().sum(dim=2).sort(dim=1)
    np.testing.assert_array_equal(found, exact.indices[:, :n_neighbors])
    np.testing.assert_allclose(squared, exact.values[:, :n_neighbors], rtol=1e-6)


def test_visits_go_to_the_nearest_cells(index, points):
    x = points[:300] + 0.1
    centres = index.centres[:-2, : len(index.order)].T
    nearest = (x[:, None] - centres).square().sum(dim=2).argsort(dim=1)[:, :4]
    squared = (points[index.order[nearest]] - x[:, None, None]).square().sum(dim=3)
    squared[index.order[nearest] < 0] = torch.inf  # there is room and no point
    best = squared.flatten(1).argsort(dim=1)[:, :15]
    expected = index.order[nearest].flatten(1).gather(1, best)
    np.testing.assert_array_equal(nearest_points(index, x, 15, 20, 4)[0], expected)


def test_too_few_points_are_told(points):
    index = NeighborIndex(points)
    centres = index.centres[:-2, : len(index.order)].T.contiguous()
    index.order[3, 5:] = -1
    index.cells[3, -2, 5:] = torch.inf
    nearest = torch.cdist(centres, centres).argmin(dim=1)
    told = nearest_points(index, centres, 1, 8, 1)[0][:, 0] < 0
    np.testing.assert_array_equal(told, nearest == 3)


def test_what_is_not_kept_is_compiled_anew(monkeypatch):
    def njit(signature, cache=False, **options):
        if cache:
            raise RuntimeError("no locator available")
        return numba.njit(signature, **options)

    monkeypatch.setattr(_visits, "njit", njit)
    twice = _visits._kernel("i8(i8)")(lambda x: 2 * x)
    assert twice(4) == 8
    assert not twice.stats.cache_path


def test_columns_that_fill_up_are_no_cells(index, monkeypatch):
    """Where no distance is a number, these would be the nearest, and memory beyond the cells."""
    n_cells, probed = len(index.order), []

    def product(x, weights, bias, out):
        out.fill_(torch.nan)
        out[:, n_cells:] = 0

    monkeypatch.setattr(_visits, "product", product)
    monkeypatch.setattr(_visits, "_visit", lambda *given: probed.append(given[2].max()))
    monkeypatch.setattr(_visits, "_measure", lambda *given: None)
    centres = index.centres.new_zeros(len(index.centres), n_cells + 4 - n_cells % 4)
    rest = (index.cells, index.points, index.order)
    found = torch.empty(9, 5, dtype=torch.long), torch.empty(9, 5)
    _visits.nearest_points(index.points[:9], centres, *rest, 4, 8, *found)
    assert probed == [n_cells - 1]


@pytest.mark.parametrize("offset", [30.0, 1e3])
def test_far_from_the_origin_rounding_of_products_decides_nothing(points, offset):
    """Though it is as large there as the distances between neighbours."""
    moved = points + offset
    index, x = NeighborIndex(moved), moved[:200] + 0.01
    found, squared = nearest_points(index, x, 5, 8, len(index.order) // 4)
    exact = (x[:, None] - moved).square().sum(dim=2)
    np.testing.assert_allclose(squared, exact.gather(1, found), rtol=1e-5)
    np.testing.assert_allclose(squared, exact.sort(dim=1).values[:, :5], rtol=1e-5)
