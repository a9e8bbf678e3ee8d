"""Losses against closed forms and slow twins."""

import math

import numpy as np
import pytest
import torch

from aae_sklearn.game import _losses
from aae_sklearn.layout import _forces
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


@pytest.fixture
def points(rng):
    """Codes, three neighbours of each, and negatives that they share."""
    return [tensor(rng.standard_normal(shape)) for shape in ((2, 6), (2, 3, 6), (2, 4))]


def slow_neighbor_loss(codes, partners, others, exaggeration):
    """-x ln q_ij + ln(q_ij + sum of q_im), averaged over neighbours, summed over codes."""

    def kernel(p, q):
        return 1 / (1 + ((p - q) ** 2).sum())

    losses = []
    for i in range(codes.shape[1]):
        far = sum(kernel(codes[:, i], other) for other in others.T)
        for partner in partners[:, :, i].T:
            near = kernel(codes[:, i], partner)
            losses.append(-exaggeration * near.log() + (near + far).log())
    return sum(losses) / partners.shape[1]


@pytest.mark.parametrize("exaggeration", [1.0, 3.0])
def test_neighbor_gradient_is_that_of_the_loss(points, exaggeration):
    leaf = points[0].clone().requires_grad_()
    slow_neighbor_loss(leaf, *points[1:], exaggeration).backward()
    found = _forces.neighbor_gradient(*points, exaggeration)
    np.testing.assert_allclose(found.gradient, leaf.grad, atol=1e-10)


def test_curvature_is_the_mean_factor_of_the_differences(points):
    codes, partners, others = points
    near = 1 / (1 + (codes[:, None] - partners).square().sum(dim=0))
    far = 1 / (1 + (codes[:, :, None] - others[:, None]).square().sum(dim=0))
    total = near + far.sum(dim=1)
    expected = (2 * 4 * near - 2 * near**2 / total).mean(dim=0)
    np.testing.assert_allclose(_forces.neighbor_gradient(*points, 4.0).curvature, expected)


def test_sliced_gradient_is_that_of_the_distance_of_sorted_projections(rng):
    codes, draws = (tensor(rng.standard_normal((2, 9))) for _ in range(2))
    axes = tensor(rng.standard_normal((5, 2)))
    axes = axes / axes.norm(dim=1, keepdim=True)

    def distance(z):
        gap = (axes @ z).sort(dim=1).values - (axes @ draws).sort(dim=1).values
        return 0.5 * gap.square().sum(dim=1).mean()

    leaf = codes.clone().requires_grad_()
    distance(leaf).backward()
    np.testing.assert_allclose(_forces.sliced_gradient(codes, draws, axes), leaf.grad, atol=1e-12)


def test_no_pull_where_codes_are_the_draws(rng):
    codes = tensor(rng.standard_normal((2, 9)))
    axes = tensor(np.eye(2))
    shuffled = codes[:, torch.randperm(9, generator=torch.Generator().manual_seed(0))]
    np.testing.assert_allclose(_forces.sliced_gradient(codes, shuffled, axes), 0, atol=1e-15)
