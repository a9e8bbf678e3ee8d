"""StudentTPrior against scipy.stats.t, cauchy, multivariate_t and torch's StudentT."""

import numpy as np
import pytest
import torch
from scipy import stats

from aae_sklearn.priors import StudentTPrior

FAR = np.concatenate([-np.geomspace(1e6, 1e-3, 40), [0.0], np.geomspace(1e-3, 1e6, 40)])


@pytest.mark.parametrize("multivariate", [False, True])
@pytest.mark.parametrize("df", [0.5, 1, 3, 30])
def test_marginals_of_draws_follow_the_law(df, multivariate):
    codes = StudentTPrior(df, 2.0, multivariate).sample(4000, 3, random_state=0)
    for column in codes.T:
        assert stats.kstest(column, stats.t(df, scale=2).cdf).pvalue > 1e-3


def test_the_largest_draws_of_a_cauchy_sample_are_those_of_scipy():
    codes = StudentTPrior(df=1).sample(100_000, 1, random_state=0)[:, 0]
    levels = np.array([0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999])
    # On the probability scale, a quantile of n draws is off by sqrt(p (1 - p) / n).
    shares = stats.cauchy.cdf(np.quantile(codes, levels))
    error = np.sqrt(levels * (1 - levels) / len(codes))
    assert (np.abs(shares - levels) < 4 * error).all()


@pytest.mark.parametrize("df", [1, 4])
def test_radius_of_multivariate_draws(df):
    codes = StudentTPrior(df, 2.0, multivariate=True).sample(4000, 5, random_state=0)
    other = stats.multivariate_t(np.zeros(5), 4 * np.eye(5), df=df).rvs(4000, random_state=1)
    radius, expected = np.linalg.norm(codes, axis=1), np.linalg.norm(other, axis=1)
    assert stats.ks_2samp(radius, expected).pvalue > 1e-3


def test_the_two_laws_differ_in_radius():
    independent = StudentTPrior(2).sample(4000, 10, random_state=0)
    joint = StudentTPrior(2, multivariate=True).sample(4000, 10, random_state=0)
    radii = [np.linalg.norm(codes, axis=1) for codes in (independent, joint)]
    assert stats.ks_2samp(*radii).pvalue < 1e-10


@pytest.mark.parametrize("df", [0.5, 1, 3, 199])
def test_log_density_of_independent_coordinates(df):
    codes = np.random.RandomState(0).standard_normal((50, 3)) * np.geomspace(0.1, 1e4, 50)[:, None]
    prior = StudentTPrior(df, 2.0)
    expected = stats.t(df, scale=2).logpdf(codes).sum(axis=1)
    np.testing.assert_allclose(prior.log_prob(codes), expected, atol=1e-6)
    law = torch.distributions.StudentT(torch.tensor(float(df)).double(), 0.0, 2.0)
    twin = law.log_prob(torch.as_tensor(codes)).sum(dim=1).numpy()
    np.testing.assert_allclose(prior.log_prob(codes), twin, atol=1e-6)


@pytest.mark.parametrize("df", [0.5, 1, 3, 199])
def test_log_density_of_the_multivariate_law(df):
    codes = np.random.RandomState(0).standard_normal((50, 3)) * np.geomspace(0.1, 1e4, 50)[:, None]
    expected = stats.multivariate_t(np.zeros(3), 4 * np.eye(3), df=df).logpdf(codes)
    log_density = StudentTPrior(df, 2.0, multivariate=True).log_prob(codes)
    np.testing.assert_allclose(log_density, expected, atol=1e-6)


def test_both_laws_agree_in_one_dimension():
    one, other = StudentTPrior(1, 2.0), StudentTPrior(1, 2.0, multivariate=True)
    np.testing.assert_allclose(one.log_prob(FAR[:, None]), other.log_prob(FAR[:, None]))
    np.testing.assert_allclose(
        one.to_working(FAR[:, None]), other.to_working(FAR[:, None]), atol=1e-10
    )


@pytest.mark.parametrize("n_components", [1, 2, 200])
@pytest.mark.parametrize("multivariate", [False, True])
@pytest.mark.parametrize("df", [0.5, 1, 3])
def test_round_trip_far_in_both_tails(df, multivariate, n_components):
    prior = StudentTPrior(df, multivariate=multivariate)
    codes = np.tile(FAR[:, None], (1, n_components))
    working = prior.to_working(codes)
    assert np.isfinite(working).all()
    np.testing.assert_allclose(prior.from_working(working), codes, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("df", [0.1, 0.5, 1, 2, 2.5, 3, 5, 10, 100])
def test_the_transport_to_the_far_tails_is_odd_and_increasing(df):
    prior = StudentTPrior(df)
    working = np.linspace(0, 36.9, 2000)[:, None]
    codes = prior.from_working(working)
    held = codes < np.finfo(float).max
    assert (np.diff(codes[held]) > 0).all()
    assert held.mean() > 0.2
    np.testing.assert_array_equal(prior.from_working(-working), -codes)
    np.testing.assert_allclose(prior.to_working(codes)[held], working[held], rtol=1e-9, atol=1e-9)


def test_far_quantiles_have_closed_forms_for_one_and_two_degrees():
    working = np.linspace(-36.9, 36.9, 301)[:, None]
    tail = stats.norm.sf(np.abs(working))
    # Quantiles are cot(pi q) for one degree, and (1 - 2q) / sqrt(2 q (1 - q)) for two.
    expected = {1: 1 / np.tan(np.pi * tail), 2: (1 - 2 * tail) / np.sqrt(2 * tail * (1 - tail))}
    for df, quantile in expected.items():
        codes = StudentTPrior(df, 3.0).from_working(working)
        np.testing.assert_allclose(codes, 3 * np.sign(working) * quantile, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("df", [0.5, 3, 7])
def test_the_far_tail_is_a_power_law(df):
    working = StudentTPrior(df).to_working([[1e15], [1e16]])
    ratio = stats.norm.logsf(working[0]) - stats.norm.logsf(working[1])
    np.testing.assert_allclose(ratio, df * np.log(10), rtol=1e-9)


def test_cauchy_codes_at_ten_to_the_hundred_come_back():
    codes = np.array([[1e100, -1e100, 1e12]])
    prior = StudentTPrior(df=1)
    np.testing.assert_allclose(prior.from_working(prior.to_working(codes)), codes, rtol=1e-9)


def test_the_tail_of_the_cauchy_transport_matches_its_asymptote():
    # P(Z > z) -> 1 / (pi z), and P(N > u) ~ phi(u) / u * (1 - 1 / u²)
    working = StudentTPrior(df=1).to_working([[1e8]])[0, 0]
    above = stats.norm.pdf(working) / working * (1 - 1 / working**2 + 3 / working**4)
    np.testing.assert_allclose(above, 1 / (np.pi * 1e8), rtol=1e-3)


@pytest.mark.parametrize("df", [1, 3])
def test_independent_codes_become_normal(df):
    codes = stats.t(df, scale=2).rvs((4000, 2), random_state=0)
    for column in StudentTPrior(df, 2.0).to_working(codes).T:
        assert stats.kstest(column, stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("n_components", [2, 20])
def test_multivariate_codes_become_normal(n_components):
    law = stats.multivariate_t(np.zeros(n_components), 4 * np.eye(n_components), df=1)
    working = StudentTPrior(1, 2.0, multivariate=True).to_working(law.rvs(4000, random_state=0))
    assert stats.kstest(working[:, 0], stats.norm.cdf).pvalue > 1e-3
    squared = np.sum(working**2, axis=1)
    assert stats.kstest(squared, stats.chi2(n_components).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("n_components", "df"), [(1, 1), (2, 1), (8, 7)])
def test_df_none_is_one_less_than_the_components(n_components, df):
    default, given = StudentTPrior(), StudentTPrior(df=df)
    np.testing.assert_array_equal(
        default.sample(10, n_components, random_state=0),
        given.sample(10, n_components, random_state=0),
    )


def test_df_too_small_for_float64_is_refused():
    with pytest.raises(ValueError, match=r"df must be at least 0\.1, got 0\.01"):
        StudentTPrior(df=0.01).check(2)


def test_multivariate_is_a_yes_or_no():
    with pytest.raises(TypeError, match="multivariate must be True or False, got 'yes'"):
        StudentTPrior(multivariate="yes").check(2)
