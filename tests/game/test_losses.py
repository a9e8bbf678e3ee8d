"""Losses against closed forms and slow twins."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from aae_sklearn.game import _losses
from tests import core_oracles


@pytest.fixture
def rng():
    return np.random.RandomState(0)


def tensor(array):
    return torch.from_numpy(np.asarray(array))


@pytest.mark.parametrize("name", ["squared_error", "log_loss"])
def test_reconstruction_equals_its_slow_twin(rng, name):
    x, output = rng.uniform(size=(7, 5)), 3 * rng.standard_normal((7, 5))
    loss = getattr(_losses, name)(tensor(x), tensor(output))
    assert loss.item() == pytest.approx(getattr(core_oracles, name)(x, output), rel=1e-12)


def test_game_equals_its_slow_twin(rng):
    logits_prior, logits_code = 3 * rng.standard_normal((2, 9, 1))
    assert _losses.discriminator_loss(tensor(logits_prior), tensor(logits_code)).item() == (
        pytest.approx(core_oracles.discriminator_loss(logits_prior, logits_code), rel=1e-12)
    )
    assert _losses.encoder_loss(tensor(logits_code)).item() == (
        pytest.approx(core_oracles.encoder_loss(logits_code), rel=1e-12)
    )


def test_a_draw():
    zeros = torch.zeros(4, 1)
    assert _losses.discriminator_loss(zeros, zeros).item() == pytest.approx(2 * math.log(2))
    assert _losses.encoder_loss(zeros).item() == pytest.approx(math.log(2))


def test_perfect_reconstruction_costs_nothing(rng):
    x = tensor(rng.uniform(size=(4, 3)))
    assert _losses.squared_error(x, x) == 0


def test_cross_entropy_is_least_at_the_logit_of_x(rng):
    x = tensor(rng.uniform(0.1, 0.9, size=(4, 3)))
    logits = torch.logit(x).requires_grad_()
    _losses.log_loss(x, logits).backward()
    np.testing.assert_allclose(logits.grad, 0, atol=1e-15)


def test_encoder_learns_most_where_it_loses():
    # d/dt ln(1 + exp(-t)) = -1 / (1 + exp(t)): -1 where the discriminator is sure.
    logits = torch.tensor([[-40.0], [0.0], [40.0]], requires_grad=True)
    _losses.encoder_loss(logits).backward()
    np.testing.assert_allclose(3 * logits.grad.ravel(), [-1, -0.5, 0], atol=1e-6)


def test_discriminator_learns_on_both_sides():
    logits_prior = torch.tensor([[0.0]], requires_grad=True)
    logits_code = torch.tensor([[0.0]], requires_grad=True)
    _losses.discriminator_loss(logits_prior, logits_code).backward()
    assert logits_prior.grad.item() == -0.5
    assert logits_code.grad.item() == 0.5


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_game_stays_finite_far_out(logit):
    logits = torch.full((3, 1), logit)
    assert torch.isfinite(_losses.discriminator_loss(logits, logits))
    assert torch.isfinite(_losses.encoder_loss(logits))


def test_kernel_distance_equals_its_slow_twin(rng):
    codes, draws = rng.standard_normal((6, 4)), rng.standard_normal((5, 4))
    scales = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    expected = core_oracles.kernel_distance(codes, draws, scales)
    found = _losses.kernel_distance(tensor(codes), tensor(draws)).item()
    assert found == pytest.approx(expected, rel=1e-10)


def test_kernel_distance_is_least_where_the_laws_agree(rng):
    draws, codes = tensor(rng.standard_normal((2, 400, 8)))
    distances = [
        _losses.kernel_distance(wrong, draws).item()
        for wrong in (codes, codes + 0.5, 0.6 * codes, 1.5 * codes, codes.sign())
    ]
    assert min(distances) == distances[0]


def test_kernel_distance_pulls_codes_that_are_far_out(rng):
    codes = tensor(np.full((2, 3), 50.0) + np.eye(3)[:2]).requires_grad_()
    _losses.kernel_distance(codes, tensor(rng.standard_normal((40, 3)))).backward()
    assert (codes.grad.sum(dim=0) > 1e-4).all()


def test_kernel_distance_of_one_code_is_finite():
    code = torch.zeros(1, 3, requires_grad=True)
    _losses.kernel_distance(code, torch.ones(1, 3)).backward()
    assert code.grad.isfinite().all()
    assert (code.grad < 0).all()


def test_sliced_distance_equals_its_slow_twin(rng):
    codes, draws, axes = (rng.standard_normal(shape) for shape in ((9, 3), (9, 3), (4, 3)))
    expected = np.mean(
        [np.mean((np.sort(codes @ axis) - np.sort(draws @ axis)) ** 2) / 2 for axis in axes]
    )
    found = _losses.sliced_distance(tensor(codes), tensor(draws), tensor(axes)).item()
    assert found == pytest.approx(expected, rel=1e-12)


def test_sliced_distance_of_a_shifted_batch_is_half_the_square_of_the_shift(rng):
    draws = tensor(rng.standard_normal((50, 2)))
    shifted = draws[torch.randperm(50, generator=torch.Generator().manual_seed(0))] + 0.3
    found = _losses.sliced_distance(shifted, draws, torch.eye(2, dtype=draws.dtype))
    assert found.item() == pytest.approx(0.3**2 / 2)


def test_sliced_distance_by_label_is_the_mean_of_those_of_each_label(rng):
    codes, draws = (tensor(rng.standard_normal((20, 3))) for _ in range(2))
    labels, axes = np.array([0, 1, 2, 3] * 5), torch.eye(3, dtype=codes.dtype)
    of_each = [
        _losses.sliced_distance(codes[labels == label], draws[labels == label], axes).item()
        for label in range(4)
    ]
    found = _losses.sliced_distance(codes, draws, axes, torch.eye(4)[labels]).item()
    assert found == pytest.approx(np.mean(of_each), rel=1e-9)


def test_radial_distance_equals_its_slow_twin(rng):
    codes, draws = rng.standard_normal((9, 40)), 1.2 * rng.standard_normal((9, 40))
    lengths = [np.sort(np.sqrt((z**2).sum(axis=1))) for z in (codes, draws)]
    expected = np.mean((lengths[0] - lengths[1]) ** 2)
    found = _losses.radial_distance(tensor(codes), tensor(draws))
    assert found.item() == pytest.approx(expected, rel=1e-10)


def test_shear_equals_its_slow_twin(rng):
    places, moves = rng.standard_normal((2, 7, 2))
    near = [[1 / (1 + np.sum((p - q) ** 2) / 0.5**2) for q in places] for p in places]
    squared = [[np.sum((g - f) ** 2) for f in moves] for g in moves]
    expected = np.sum(np.multiply(near, squared)) / (0.5**2 * np.sum(near))
    found = _losses.shear(tensor(places), tensor(moves), 0.5).item()
    assert found == pytest.approx(expected, rel=1e-10)


def test_where_all_move_alike_there_is_no_shear(rng):
    places = tensor(rng.standard_normal((7, 2)))
    moves = torch.ones(7, 2, dtype=places.dtype, requires_grad=True)
    shear = _losses.shear(places, moves, 0.5)
    assert shear.item() == pytest.approx(0, abs=1e-12)
    (gradient,) = torch.autograd.grad(shear, moves)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)


def test_shear_has_no_gradient_for_places(rng):
    places, moves = (tensor(rng.standard_normal((7, 2))).requires_grad_() for _ in range(2))
    gradients = torch.autograd.grad(
        _losses.shear(places, moves, 0.5), (places, moves), allow_unused=True
    )
    assert gradients[0] is None
    assert gradients[1].abs().sum() > 0


def test_disarrangement_equals_its_slow_twin(rng):
    codes, points = rng.standard_normal((7, 2)), rng.standard_normal((7, 5))
    pairs = list(combinations(range(7), 2))
    near, far = ([np.linalg.norm(t[i] - t[j]) for i, j in pairs] for t in (codes, points))
    bounded = np.array(far) / (far + np.sort(far)[len(far) // 2])
    found = _losses.disarrangement(tensor(codes), tensor(points)).item()
    assert found == pytest.approx(1 - np.corrcoef(near, bounded)[0, 1], rel=1e-9)


def test_codes_that_lie_as_their_points_do_have_least_disarrangement(rng):
    points = tensor(rng.standard_normal((40, 2)))
    turned = points @ tensor([[0.6, 0.8], [-0.8, 0.6]])
    found = [_losses.disarrangement(codes, points).item() for codes in (turned, points.flip(0))]
    assert found[0] < 0.1 < 0.8 < found[1]


def test_codes_move_to_where_their_points_lie(rng):
    codes = tensor(rng.standard_normal((30, 2))).requires_grad_()
    points = tensor(rng.standard_normal((30, 4))).requires_grad_()
    before = _losses.disarrangement(codes, points)
    before.backward()
    assert points.grad is None
    after = _losses.disarrangement(codes - 10 * codes.grad, points)
    assert after.item() < before.item()


@pytest.mark.parametrize("n_rows", [1, 2, 9])
def test_codes_at_one_place_have_a_finite_disarrangement(n_rows):
    codes = torch.ones(n_rows, 2, requires_grad=True)
    found = _losses.disarrangement(codes, torch.ones(n_rows, 3))
    found.backward()
    assert found.item() == 1
    assert torch.equal(codes.grad, torch.zeros(n_rows, 2))
