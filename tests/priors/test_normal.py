"""NormalPrior against scipy.stats.norm."""

import numpy as np
import pytest
from scipy import stats

from aae_sklearn.priors import NormalPrior


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_draws_follow_the_law(scale):
    codes = NormalPrior(scale).sample(4000, 3, random_state=0)
    for column in codes.T:
        assert stats.kstest(column, stats.norm(scale=scale).cdf).pvalue > 1e-3


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_log_density(scale):
    codes = np.random.RandomState(0).uniform(-20, 20, size=(50, 3))
    expected = stats.multivariate_normal(np.zeros(3), scale**2 * np.eye(3)).logpdf(codes)
    np.testing.assert_allclose(NormalPrior(scale).log_prob(codes), expected, atol=1e-9)


def test_the_unit_law_passes_through_unchanged():
    codes = np.array([[1e6, -3.0], [0.1, 0.0]])
    np.testing.assert_array_equal(NormalPrior().to_working(codes), codes)
    np.testing.assert_array_equal(NormalPrior().from_working(codes), codes)


def test_the_scale_is_divided_out():
    np.testing.assert_array_equal(NormalPrior(4.0).to_working([[2.0, 8.0]]), [[0.5, 2.0]])
