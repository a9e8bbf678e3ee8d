"""torch distributions as priors, against scipy's."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.base import clone
from torch import distributions as td

from aae_sklearn.priors import TorchPrior, resolve_prior


@pytest.mark.parametrize(
    ("law", "twin"),
    [
        (td.Gumbel(1.0, 2.0), stats.gumbel_r(1, 2)),
        (td.Cauchy(0.0, 1.0), stats.cauchy()),
        (td.Exponential(0.5), stats.expon(scale=2)),
        (td.Uniform(-1.0, 1.0), stats.uniform(-1, 2)),
        (td.Laplace(torch.zeros(2), torch.ones(2)), stats.laplace()),
        (td.Independent(td.Laplace(torch.zeros(2), torch.ones(2)), 1), stats.laplace()),
    ],
    ids=["gumbel", "cauchy", "exponential", "uniform", "laplace", "independent laplace"],
)
def test_draws_and_log_density(law, twin):
    prior = resolve_prior(law)
    assert isinstance(prior, TorchPrior)
    prior.check(2)
    codes = prior.sample(4000, 2, random_state=0)
    for column in codes.T:
        assert stats.kstest(column, twin.cdf).pvalue > 1e-3
    outside = np.array([[-5.0, 0.5], [0.5, -5.0]])
    both = np.vstack([codes[:50], outside])
    expected = twin.logpdf(both).sum(axis=1)
    np.testing.assert_allclose(prior.log_prob(both), expected, atol=1e-6)


def test_a_joint_law():
    covariance = torch.tensor([[1.0, 0.5], [0.5, 2.0]]).double()
    prior = TorchPrior(td.MultivariateNormal(torch.tensor([1.0, 2.0]).double(), covariance))
    codes = prior.sample(20, 2, random_state=0)
    expected = stats.multivariate_normal([1, 2], covariance.numpy()).logpdf(codes)
    np.testing.assert_allclose(prior.log_prob(codes), expected, atol=1e-6)


def test_a_law_that_refuses_float64_is_asked_in_float32():
    law = td.LowRankMultivariateNormal(torch.zeros(2), torch.ones(2, 1), torch.ones(2))
    codes = np.array([[0.5, 1.0], [0.0, 0.0]])
    expected = stats.multivariate_normal([0, 0], [[2, 1], [1, 2]]).logpdf(codes)
    np.testing.assert_allclose(TorchPrior(law).log_prob(codes), expected, atol=1e-5)


class DrawsOnly(td.Distribution):
    """A law that has neither a support nor a log density."""

    arg_constraints = {}  # noqa: RUF012

    def sample(self, sample_shape=()):
        return torch.randn(sample_shape)


def test_a_law_without_density_or_support():
    prior = TorchPrior(DrawsOnly())
    prior.check(2)
    assert not prior.has_log_prob
    with pytest.raises(NotImplementedError, match="no log_prob"):
        prior.log_prob([[0.0, 0.0]])


def test_torch_draws_follow_the_seed_and_nothing_else():
    prior = TorchPrior(td.Normal(0.0, 1.0))
    first = prior.sample(5, 2, random_state=1)
    torch.randn(3)
    np.testing.assert_array_equal(first, prior.sample(5, 2, random_state=1))


def test_awake_cuda_generators_are_seeded_and_put_back(monkeypatch):
    seeds, forked = [], []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeds.append)
    fork = torch.random.fork_rng
    monkeypatch.setattr(
        torch.random, "fork_rng", lambda devices: forked.append(devices) or fork(devices=[])
    )
    TorchPrior(td.Normal(0.0, 1.0)).sample(5, 2, random_state=1)
    assert len(seeds) == 1
    assert list(forked[0]) == []


def test_clone_keeps_a_law_that_torch_cannot_copy():
    prior = clone(TorchPrior(td.Gumbel(0.0, 1.0)))
    assert prior.sample(5, 2, random_state=0).shape == (5, 2)


def test_discrete_laws_are_refused():
    with pytest.raises(TypeError, match="discrete distribution"):
        TorchPrior(td.Bernoulli(0.5)).check(2)


def test_a_batch_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"samples of shape \(2, 3\)"):
        TorchPrior(td.Normal(torch.zeros(3), 1.0)).check(2)
