"""EmpiricalPrior against its rows, a sum of scipy's kernels and scikit-learn's."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp
from sklearn.neighbors import KernelDensity

from aae_sklearn.priors import EmpiricalPrior

ROWS = np.random.RandomState(0).gamma(2.0, size=(300, 2))


def test_draws_without_bandwidth_are_rows_each_as_often():
    codes = EmpiricalPrior(ROWS[:5]).sample(5000, 2, random_state=0)
    which = np.argmin(np.abs(codes[:, None, 0] - ROWS[:5, 0]), axis=1)
    np.testing.assert_array_equal(codes, ROWS[:5][which])
    assert stats.chisquare(np.bincount(which)).pvalue > 1e-3


def test_smoothed_draws_follow_the_kernel_density():
    codes = EmpiricalPrior(ROWS, bandwidth=0.3).sample(4000, 2, random_state=0)

    def cdf(x):
        return stats.norm.cdf((x[:, None] - ROWS[:, 0]) / 0.3).mean(axis=1)

    assert stats.kstest(codes[:, 0], cdf).pvalue > 1e-3


def test_log_density_is_the_kernel_density():
    codes = np.random.RandomState(1).uniform(-1, 8, size=(4000, 2))
    kernels = stats.norm(codes[:, None, :], 0.3).logpdf(ROWS).sum(axis=2)
    expected = logsumexp(kernels, axis=1) - np.log(len(ROWS))
    prior = EmpiricalPrior(ROWS, bandwidth=0.3)
    np.testing.assert_allclose(prior.log_prob(codes), expected, atol=1e-6)


def test_log_density_near_the_rows_is_that_of_scikit_learn():
    kde = KernelDensity(bandwidth=0.3, rtol=0, atol=0).fit(ROWS)
    prior = EmpiricalPrior(ROWS, bandwidth=0.3)
    np.testing.assert_allclose(prior.log_prob(ROWS), kde.score_samples(ROWS), atol=1e-6)


def test_no_codes_have_no_log_density():
    assert EmpiricalPrior(ROWS, bandwidth=1.0).log_prob(np.empty((0, 2))).shape == (0,)


def test_the_working_space_follows_changed_samples():
    prior = EmpiricalPrior(ROWS)
    before = prior.to_working(ROWS)
    prior.set_params(samples=100 * ROWS)
    np.testing.assert_allclose(prior.to_working(100 * ROWS), before)


def test_a_single_smoothed_row_has_spread_one_in_the_working_space():
    working = EmpiricalPrior([[5.0, 5.0]], bandwidth=0.01).sample_working(3000, 2, random_state=0)
    np.testing.assert_allclose(working.std(axis=0), 1, atol=0.1)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([1.0, 2.0], "samples must have shape"),
        (np.empty((0, 2)), "at least one row"),
        (np.zeros((3, 4)), "set n_components to 4"),
        ([[np.nan, 0.0]], "samples must be finite"),
    ],
)
def test_bad_samples_are_refused(samples, message):
    with pytest.raises(ValueError, match=message):
        EmpiricalPrior(samples).check(2)


def test_repr_and_support_are_short():
    assert repr(EmpiricalPrior(ROWS)) == "EmpiricalPrior(samples of shape (300, 2))"
    assert EmpiricalPrior(ROWS).describe_support() == "300 rows given"
    assert EmpiricalPrior(ROWS, 0.1).describe_support() == "300 rows given, blurred"
