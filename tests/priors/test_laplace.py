"""LaplacePrior against scipy.stats.laplace."""

import numpy as np
from scipy import stats

from aae_sklearn.priors import LaplacePrior


def test_draws_follow_the_law():
    codes = LaplacePrior(2.0).sample(4000, 2, random_state=0)
    for column in codes.T:
        assert stats.kstest(column, stats.laplace(scale=2).cdf).pvalue > 1e-3


def test_log_density_closed_form():
    codes = np.random.RandomState(0).uniform(-30, 30, size=(50, 3))
    expected = -np.abs(codes).sum(axis=1) / 2 - 3 * np.log(4)
    np.testing.assert_allclose(LaplacePrior(2.0).log_prob(codes), expected, atol=1e-9)


def test_laplace_codes_become_normal():
    codes = np.random.RandomState(1).laplace(scale=2, size=(4000, 2))
    for column in LaplacePrior(2.0).to_working(codes).T:
        assert stats.kstest(column, stats.norm.cdf).pvalue > 1e-3


def test_round_trip_in_both_tails():
    codes = np.linspace(-1000, 1000, 101)[:, None]
    prior = LaplacePrior(2.0)
    np.testing.assert_allclose(prior.from_working(prior.to_working(codes)), codes, atol=1e-9)
