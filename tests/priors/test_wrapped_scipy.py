"""Frozen scipy distributions as priors."""

import numpy as np
import pytest
from scipy import stats

from aae_sklearn.priors import ScipyMultivariatePrior, ScipyPrior, StudentTPrior, resolve_prior

UNIVARIATE = [
    stats.norm(3, 2),
    stats.cauchy(),
    stats.gamma(0.5),
    stats.beta(0.5, 2),
    stats.logistic(scale=2),
    stats.lognorm(2.0),
    stats.levy(),
    stats.t(3, 5, scale=2),
]
every_law = pytest.mark.parametrize("law", UNIVARIATE, ids=lambda law: law.dist.name)


@every_law
def test_draws_and_log_density(law):
    prior = resolve_prior(law)
    prior.check(2)
    codes = prior.sample(4000, 2, random_state=0)
    for column in codes.T:
        assert stats.kstest(column, law.cdf).pvalue > 1e-3
    np.testing.assert_allclose(prior.log_prob(codes), law.logpdf(codes).sum(axis=1), atol=1e-6)


@every_law
def test_codes_become_normal(law):
    codes = law.rvs((4000, 2), random_state=1)
    working = ScipyPrior(law).to_working(codes)
    for column in working.T:
        assert stats.kstest(column, stats.norm.cdf).pvalue > 1e-3


def test_support_is_that_of_the_distribution():
    assert ScipyPrior(stats.gamma(2)).describe_support() == "each coordinate in [0, inf]"


@pytest.mark.parametrize(
    ("law", "error", "message"),
    [
        (stats.poisson(3), TypeError, r"poisson\(3\) is a discrete distribution"),
        (stats.norm([0, 1]), ValueError, "scalar parameters"),
        (stats.t(-1), ValueError, r"t\(-1\) must have scalar parameters in their domain"),
        ("norm", TypeError, "must be a frozen univariate distribution"),
    ],
)
def test_laws_that_cannot_serve_are_refused(law, error, message):
    with pytest.raises(error, match=message):
        ScipyPrior(law).check(2)


def test_a_multivariate_law():
    law = stats.multivariate_normal([1.0, 50.0], [[1.0, 0.9], [0.9, 1.0]])
    prior = resolve_prior(law)
    assert isinstance(prior, ScipyMultivariatePrior)
    prior.check(2)
    codes = prior.sample(4000, 2, random_state=0)
    assert np.corrcoef(codes.T)[0, 1] == pytest.approx(0.9, abs=0.02)
    assert stats.kstest(codes[:, 1], stats.norm(50, 1).cdf).pvalue > 1e-3
    np.testing.assert_allclose(prior.log_prob(codes), law.logpdf(codes), atol=1e-6)
    assert prior.log_prob(codes[:1]).shape == (1,)


def test_heavy_multivariate_tails_are_bent():
    prior = resolve_prior(stats.multivariate_t([0, 5], df=1))
    working = prior.sample_working(5000, 2, random_state=1)
    assert np.abs(working).max() < 15


def test_a_one_dimensional_multivariate_law():
    prior = resolve_prior(stats.multivariate_normal(0.0, 4.0))
    prior.check(1)
    assert prior.sample(5, 1, random_state=0).shape == (5, 1)
    assert prior.log_prob([[0.0], [1.0]]).shape == (2,)


@pytest.mark.parametrize("law", [stats.dirichlet([1.0, 2.0, 3.0]), stats.uniform_direction(3)])
def test_laws_without_a_density_of_rows(law):
    prior = resolve_prior(law)
    prior.check(3)
    assert not prior.has_log_prob
    with pytest.raises(NotImplementedError, match="no logpdf that takes codes as rows"):
        prior.log_prob(np.ones((1, 3)) / 3)


@pytest.mark.parametrize(
    ("law", "n_components", "error", "message"),
    [
        (stats.multivariate_normal([0, 0]), 3, ValueError, r"samples of shape \(2, 2\)"),
        (stats.wishart(3, np.eye(2)), 4, ValueError, r"samples of shape \(2, 2, 2\)"),
        (stats.multinomial(3, [0.5, 0.5]), 2, TypeError, "discrete distribution"),
    ],
)
def test_multivariate_laws_that_cannot_serve_are_refused(law, n_components, error, message):
    with pytest.raises(error, match=message):
        resolve_prior(law).check(n_components)


def test_the_density_off_a_sphere_is_zero():
    law = stats.vonmises_fisher([0.0, 0.0, 1.0], 2.0)
    prior = resolve_prior(law)
    codes = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 2.0], [1.0, 0.0, 0.0]])
    expected = [law.logpdf(codes[0]), -np.inf, law.logpdf(codes[2])]
    np.testing.assert_allclose(prior.log_prob(codes), expected)
    with pytest.raises(ValueError, match="dimension"):
        prior.log_prob(codes[:, :2])


@pytest.mark.parametrize("law", [stats.t(3, 5, 2), stats.t(3, loc=5, scale=2)])
def test_far_quantiles_of_students_t_are_those_of_the_own_prior(law):
    working = np.linspace(-36.9, 36.9, 201)[:, None]
    expected = 5 + StudentTPrior(3, 2.0).from_working(working)
    np.testing.assert_allclose(ScipyPrior(law).from_working(working), expected, rtol=1e-12)
