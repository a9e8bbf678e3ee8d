"""Placing rows among references."""

import math

import numpy as np
import pytest
import torch

from aae_sklearn.layout._placing import (
    ReferenceEncoder,
    average_neighbors,
    distance_weights,
    mean_shift,
    neighbor_distance,
)
from aae_sklearn.rows._rotation import Rotation


@pytest.fixture
def points():
    return torch.randn(60, 4, generator=torch.Generator().manual_seed(0))


def test_a_reference_is_the_mean_of_a_row_and_its_first_neighbours():
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    graph = torch.tensor([[1, 2, 3], [2, 3, 4], [0, 1, 3], [4, 0, 1], [1, 2, 3]])
    averaged = average_neighbors(x, graph).numpy()
    for i, row in enumerate(averaged):
        members = [x[i].numpy()] + [x[j].numpy() for j in graph[i, :2]]
        np.testing.assert_allclose(row, np.mean(members, axis=0), rtol=1e-5)
        assert not any((row == member).all() for member in members)
    np.testing.assert_array_equal(averaged[0], averaged[2])  # of the same three rows


def test_weights_fall_by_1_over_e_at_the_middle_neighbour():
    weights = distance_weights(torch.tensor([[1.0, 2.0, 5.0, 6.0, 9.0]]))
    assert weights.sum().item() == pytest.approx(1)
    assert (weights.diff() < 0).all()
    assert (weights[0, 2] / weights[0, 0]).item() == pytest.approx(1 / math.e)


def test_equal_distances_weigh_the_same():
    np.testing.assert_allclose(distance_weights(torch.full((2, 4), 3.0)), 0.25)


def test_agreeing_neighbours_decide():
    # Two groups of codes; the one with more weight is joined, not the gap between them.
    codes = torch.tensor([[[0.0, 0.0], [0.1, 0.0], [5.0, 5.0], [5.1, 5.0], [5.0, 5.1]]])
    weights = torch.full((1, 5), 0.2)
    z = mean_shift(codes, weights, scale=0.5)
    assert (z - torch.tensor([[5.03, 5.03]])).norm() < 0.1


def test_mean_shift_ends_at_a_maximum():
    generator = torch.Generator().manual_seed(3)
    codes = torch.randn(1, 8, 2, generator=generator, dtype=torch.float64)
    weights = torch.softmax(torch.randn(1, 8, generator=generator, dtype=torch.float64), dim=1)
    z = mean_shift(codes, weights, scale=3.0).requires_grad_()
    squared = (codes - z[:, None]).square().sum(dim=2) / 9
    (weights * torch.log(1 + squared)).sum().backward()
    assert z.grad.norm() < 1e-3


def test_mean_shift_among_equal_codes_is_that_code():
    codes = torch.full((1, 6, 2), 0.7)
    torch.testing.assert_close(mean_shift(codes, torch.full((1, 6), 1 / 6), 0.1), codes[:, 0])


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_mean_shift_of_a_row_does_not_depend_on_the_rows_around_it(n_components):
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(130, 15, n_components, generator=generator)
    weights = torch.softmax(torch.randn(130, 15, generator=generator), dim=1)
    together = mean_shift(codes, weights, 0.3)
    for n_rows in (1, 7, 31, 33, 64, 100):
        some = slice(5, 5 + n_rows)
        assert torch.equal(mean_shift(codes[some], weights[some], 0.3), together[some])


def test_rows_at_references_of_one_place_get_its_code(points):
    codes = points[:, :2].clone()
    encoder = ReferenceEncoder(Rotation(None), points, codes, scale=0.1)
    placed = encoder(points)
    assert placed.shape == (60, 2)
    assert (placed - codes).norm(dim=1).median() < 0.5
    assert torch.equal(encoder.draw(points, torch.Generator()), placed)


def test_references_are_state_and_nothing_is_trained(points):
    encoder = ReferenceEncoder(Rotation(None), points, points[:, :2], scale=0.1)
    assert {"references.cells", "codes"} <= set(encoder.state_dict())
    assert not list(encoder.parameters())


def test_few_references_are_enough(points):
    encoder = ReferenceEncoder(Rotation(None), points[:2], points[:2, :2], scale=0.1)
    assert torch.isfinite(encoder(points)).all()


def test_neighbour_distance_is_that_of_the_last_of_15():
    codes = torch.arange(100.0)[:, None]
    assert neighbor_distance(codes) == pytest.approx(7)  # the code itself and 7 on either side


def test_neighbour_distance_of_few_codes():
    assert neighbor_distance(torch.tensor([[0.0], [3.0]])) == pytest.approx(3)
