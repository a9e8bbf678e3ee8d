"""Gradients of the layout's losses, against autograd on slow twins."""

import numpy as np
import pytest
import torch

from aae_sklearn.layout import _forces
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def rng():
    return np.random.RandomState(0)


def tensor(array):
    return torch.from_numpy(np.asarray(array))


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


def test_density_push_is_half_the_gradient_of_the_log_density(rng):
    codes, others = (tensor(rng.standard_normal((n, 2))) for n in (7, 5))
    leaf = codes.clone().requires_grad_()
    density = (1 / (1 + (leaf[:, None] - others).square().sum(dim=2))).sum(dim=1)
    (density.log().sum() / 2).backward()
    np.testing.assert_allclose(_forces.density_push(codes, others), leaf.grad, atol=1e-12)


def test_density_push_block_by_block(rng, monkeypatch):
    codes = tensor(rng.standard_normal((9, 3)))
    whole = _forces.density_push(codes, codes)
    monkeypatch.setattr(defaults, "PUSHED_BLOCK_ROWS", 4)
    np.testing.assert_allclose(_forces.density_push(codes, codes), whole, atol=1e-12)


@pytest.mark.parametrize("n_codes", [3, 513, 1500])
def test_blocks_of_codes_give_the_gradient_of_all(monkeypatch, n_codes):
    codes, others = torch.randn(2, n_codes), torch.randn(2, 256)
    partners = codes[:, None] + torch.randn(2, 5, n_codes)
    found = _forces.neighbor_gradient(codes, partners, others, 2.0)
    monkeypatch.setattr(defaults, "REPELLED_PAIRS", 2**30)
    whole = _forces.neighbor_gradient(codes, partners, others, 2.0)
    torch.testing.assert_close(found.gradient, whole.gradient)
    torch.testing.assert_close(found.curvature, whole.curvature)


def test_sliced_gradient_by_label_is_that_of_each_label_alone(rng):
    codes, draws = (tensor(rng.standard_normal((2, 30))) for _ in range(2))
    labels = rng.randint(3, size=30)
    axes = torch.nn.functional.normalize(tensor(rng.standard_normal((4, 2))), dim=1)
    found = _forces.sliced_gradient(codes, draws, axes, torch.eye(3)[labels])
    for label in range(3):
        some = labels == label
        alone = _forces.sliced_gradient(codes[:, some], draws[:, some], axes)
        np.testing.assert_allclose(found[:, some], alone, atol=1e-12)
