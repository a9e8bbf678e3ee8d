"""UniformPrior against scipy.stats.uniform."""

import numpy as np
import pytest
from scipy import stats

from aae_sklearn.priors import UniformPrior


def test_draws_follow_the_law():
    codes = UniformPrior(-2.0, 5.0).sample(4000, 2, random_state=0)
    for column in codes.T:
        assert stats.kstest(column, stats.uniform(-2, 7).cdf).pvalue > 1e-3


def test_log_density_inside_and_outside():
    codes = np.array([[0.0, 0.0], [4.9, -1.9], [5.1, 0.0], [0.0, -2.1]])
    expected = stats.uniform(-2, 7).logpdf(codes).sum(axis=1)
    np.testing.assert_allclose(UniformPrior(-2.0, 5.0).log_prob(codes), expected, atol=1e-12)


def test_uniform_codes_become_normal():
    codes = np.random.RandomState(0).uniform(-2, 5, size=(4000, 2))
    working = UniformPrior(-2.0, 5.0).to_working(codes)
    for column in working.T:
        assert stats.kstest(column, stats.norm.cdf).pvalue > 1e-3


def test_every_working_vector_falls_in_the_box():
    prior = UniformPrior(-2.0, 5.0)
    working = np.linspace(-50, 50, 101)[:, None]
    codes = prior.from_working(working)
    assert (codes >= -2).all()
    assert (codes <= 5).all()
    assert (np.diff(codes[:, 0]) >= 0).all()


def test_the_corners_of_the_box_come_back():
    prior = UniformPrior()
    corners = np.array([[-1.0, 1.0], [1.0, -1.0]])
    np.testing.assert_allclose(prior.from_working(prior.to_working(corners)), corners, atol=1e-12)


def test_low_must_be_below_high():
    with pytest.raises(ValueError, match=r"low must be smaller than high, got low=2 and high=2"):
        UniformPrior(2, 2).check(1)
    with pytest.raises(TypeError, match="high must be a real number"):
        UniformPrior(0, None).check(1)


def test_support_names_the_box():
    assert UniformPrior().describe_support() == "the box [-1, 1]^n_components"
