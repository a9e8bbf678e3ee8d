"""Placing rows among references."""

import math

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from aae_sklearn.layout._placing import (
    Placing,
    average_neighbors,
    balance,
    distance_weights,
    neighbor_distance,
)
from tests import core_oracles


@pytest.mark.parametrize("n_neighbors", [1, 2, 3])
def test_a_reference_is_half_a_row_and_half_its_two_nearest_neighbours(n_neighbors):
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    graph = torch.tensor([[1, 2, 3], [2, 3, 4], [0, 1, 3], [4, 0, 1], [1, 2, 3]])[:, :n_neighbors]
    averaged = average_neighbors(x, graph.int()).numpy()
    for i, row in enumerate(averaged):
        others = [x[j].numpy() / 4 for j in graph[i, :2]]
        own = 1 - len(others) / 4  # of two rows each is three quarters of itself
        np.testing.assert_allclose(row, own * x[i].numpy() + sum(others), rtol=1e-5)


def test_references_leave_the_rows_as_they_are():
    x = torch.ones(3, 2)
    average_neighbors(x, torch.tensor([[1, 2], [2, 0], [0, 1]]))
    assert (x == 1).all()


def test_weights_fall_by_three_halves_in_the_exponent_at_the_middle_neighbour():
    weights = distance_weights(torch.tensor([[1.0, 2.0, 5.0, 6.0, 9.0]]), 1.5)
    assert weights.sum().item() == pytest.approx(1)
    assert (weights.diff() < 0).all()
    assert (weights[0, 2] / weights[0, 0]).item() == pytest.approx(math.exp(-1.5))


def test_equal_distances_weigh_the_same():
    np.testing.assert_allclose(distance_weights(torch.full((2, 4), 3.0), 1.5), 0.25)


def neighborhoods(n_rows=7, n_components=2):
    """Codes of the nearest references beside the push there, and their weights."""
    generator = torch.Generator().manual_seed(0)
    codes = 2 * torch.randn(n_rows, 15, n_components, generator=generator)
    push = torch.randn(n_rows, 15, n_components, generator=generator)
    logits = torch.randn(n_rows, 15, generator=generator)
    return torch.cat([codes, push], dim=2), torch.softmax(logits, dim=1)


def beside(codes, push):
    """Codes and one push everywhere."""
    return torch.cat([codes, torch.full_like(codes, push)], dim=2)


@pytest.mark.parametrize("n_components", [1, 2, 3])
@pytest.mark.parametrize("mode_scale", [0.3, 1.2])
def test_a_place_equals_its_slow_twin(n_components, mode_scale):
    near = neighborhoods(n_components=n_components)
    found = balance(*near, 0.3, mode_scale, 0.375)
    table, weights = (part.double().numpy() for part in near)
    rows = zip(*np.split(table, 2, axis=2), weights, strict=True)
    expected = [core_oracles.balanced_place(*row, 0.3, mode_scale, 0.375) for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_agreeing_neighbours_decide():
    # Two groups of codes; the one with more weight is joined, not the gap between them.
    codes = torch.tensor([[[0.0, 0.0], [0.1, 0.0], [5.0, 5.0], [5.1, 5.0], [5.0, 5.1]]]) / 0.5
    z = balance(beside(codes, 0), torch.full((1, 5), 0.2), 0.5, 0.5, 0.375)
    assert (z - torch.tensor([[5.03, 5.03]])).norm() < 0.2


def test_a_place_among_equal_codes_is_that_code_moved_against_the_push():
    codes, weights = torch.full((1, 6, 2), 7.0), torch.full((1, 6), 1 / 6)
    still = balance(beside(codes, 0), weights, 0.1, 0.1, 0.375)
    torch.testing.assert_close(still, 0.1 * codes[:, 0])
    moved = balance(beside(codes, 1), weights, 0.1, 0.1, 0.375)
    torch.testing.assert_close(moved, still - 0.1 / (0.375 + 1 / 30))


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_a_place_does_not_depend_on_the_rows_around_it(n_components):
    near = neighborhoods(130, n_components)
    together = balance(*near, 0.3, 0.6, 0.375)
    for n_rows in (1, 7, 31, 33, 64, 100):
        some = slice(5, 5 + n_rows)
        assert torch.equal(
            balance(*(part[some] for part in near), 0.3, 0.6, 0.375), together[some]
        )


def test_neighbour_distance_is_that_of_the_last_of_15():
    codes = torch.arange(100.0)[:, None]
    assert neighbor_distance(codes) == pytest.approx(7)  # the code itself and 7 on either side


def test_neighbour_distance_of_few_codes():
    assert neighbor_distance(torch.tensor([[0.0], [3.0]])) == pytest.approx(3)


def test_among_many_references_fewer_decide_and_push_less():
    few, many = Placing(3_000), Placing(60_000)
    assert (few.n_nearest, few.sharpness, few.damping) == (20, 1.5, 0.375)
    assert many.n_nearest == 15
    assert many.sharpness == pytest.approx(1.5 / 12**0.16)
    assert many.damping == pytest.approx(0.375 * 12)


def test_sharpness_may_be_that_of_the_rows():
    assert Placing(3_000, 2.1).sharpness == 2.1
    assert Placing(60_000, 3.0).sharpness == pytest.approx(3.0 / 12**0.16)


def test_one_reference_is_left_to_measure_against():
    assert [Placing(n).n_nearest for n in (1, 2, 4, 16)] == [1, 1, 3, 15]


@pytest.mark.parametrize(("n_codes", "step"), [(900, 1), (2_500, 2)])
def test_neighbour_distance_is_the_median_of_some_codes(n_codes, step):
    codes = np.random.default_rng(0).normal(size=(n_codes, 2)).astype("f4")
    search = NearestNeighbors(n_neighbors=15).fit(codes)
    expected = np.median(search.kneighbors(codes[::step])[0][:, -1])
    assert neighbor_distance(torch.from_numpy(codes)) == pytest.approx(expected, rel=1e-5)


def test_rows_at_several_references_are_placed_by_these():
    """Most of the nearest references are at the row's own place."""
    weights = distance_weights(torch.tensor([[0.0, 0.0, 0.0, 1.0, 2.0]]), 1.5)
    np.testing.assert_allclose(weights, [[1 / 3, 1 / 3, 1 / 3, 0, 0]], atol=1e-7)


def test_references_are_many_beyond_5000():
    assert [Placing(n).n_nearest for n in (5_000, 5_001)] == [20, 15]
    assert Placing(5_000).damping == Placing(10).damping == pytest.approx(0.375)
