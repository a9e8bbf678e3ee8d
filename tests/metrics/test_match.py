"""KS, sliced Wasserstein, component shares: values, invariances, null distributions."""

import math
from functools import partial

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from aae_sklearn.metrics import (
    component_deviation,
    component_shares,
    ks_statistic,
    mmd,
    mmd_test,
    null_distribution,
    sliced_wasserstein,
    two_sample_accuracy,
)
from aae_sklearn.metrics._match import _ks_distance
from aae_sklearn.priors import GaussianMixturePrior, NormalPrior, StudentTPrior
from tests import oracles
from tests.metrics.laws import ReplayedPrior, dependent_codes, normal_codes, standardized

MEASURES = [ks_statistic, sliced_wasserstein, mmd, mmd_test, two_sample_accuracy]


def test_ks_distance_is_scipys_also_with_ties():
    rng = np.random.default_rng(1)
    for a, b in [
        (rng.normal(size=40), rng.normal(size=90) + 0.3),
        (rng.integers(5, size=40) * 1.0, rng.integers(6, size=90) * 1.0),
    ]:
        assert _ks_distance(a, b) == pytest.approx(stats.ks_2samp(a, b).statistic)
        assert _ks_distance(a, b) == pytest.approx(oracles.ks_distance(a, b))


def test_ks_statistic_is_the_largest_over_marginals_and_radius():
    codes, draws = 1.3 * normal_codes(50), normal_codes(200, seed=1)
    views = [(codes[:, 0], draws[:, 0]), (codes[:, 1], draws[:, 1])]
    views.append((np.hypot(*codes.T), np.hypot(*draws.T)))
    expected = max(stats.ks_2samp(a, b).statistic for a, b in views)
    prior = ReplayedPrior(draws)
    assert ks_statistic(codes, prior, n_projections=0, n_draws=200) == pytest.approx(expected)


def test_projections_see_what_marginals_and_radius_do_not():
    codes = dependent_codes(4000)
    assert ks_statistic(codes, "normal", n_projections=0, random_state=0) < 0.05
    assert ks_statistic(codes, "normal", random_state=0) > 0.1


def test_ks_finds_a_known_distance():
    # sup |Phi(x) - Phi(x - 1)| = 2 Phi(1/2) - 1, in the middle.
    codes = normal_codes(4000, 1) + 1.0
    expected = 2 * stats.norm.cdf(0.5) - 1
    assert ks_statistic(codes, "normal", random_state=0) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("df", [1, 3])
@pytest.mark.parametrize("multivariate", [False, True])
def test_heavy_tails_are_judged_like_light_ones(df, multivariate):
    prior = StudentTPrior(df=df, multivariate=multivariate)
    codes = prior.sample(2000, 2, 0)
    assert ks_statistic(codes, prior, random_state=1) < 0.05
    assert sliced_wasserstein(codes, prior, random_state=1) < 0.09
    assert abs(mmd(codes, prior, max_samples=500, random_state=1)) < 0.003
    assert ks_statistic(codes, "normal", random_state=1) > 0.06
    assert sliced_wasserstein(3.0 * codes, prior, random_state=1) > 0.15


def test_the_radius_of_a_sphere_is_left_out():
    codes = normal_codes(2000, 3)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True) * (1 + 1e-7)
    assert ks_statistic(codes, "sphere", random_state=0) < 0.06


@pytest.mark.parametrize(("n_components", "documented"), [(2, 0.037), (10, 0.049)])
def test_ks_statistic_under_a_match_is_as_documented(n_components, documented):
    null = null_distribution(
        ks_statistic, "normal", 1000, n_components, n_repeats=20, random_state=0
    )
    print(f"KS under a match, n=1000, d={n_components}: {null.mean():.3f} +- {null.std():.3f}")
    n_views = n_components + 1 + 32
    bound = math.sqrt(math.log(40 * n_views) / 2) * math.sqrt(1 / 1000 + 1 / 20_000)
    assert np.mean(null > bound) <= 0.05
    assert null.mean() == pytest.approx(documented, abs=0.006)


def test_sliced_wasserstein_in_one_dimension_is_the_area_between_the_distributions():
    codes, draws = normal_codes(60, 1) + 0.5, normal_codes(60, 1, seed=1)
    draws = standardized(draws)
    expected = oracles.wasserstein_1(codes[:, 0], draws[:, 0])
    assert expected == pytest.approx(stats.wasserstein_distance(codes[:, 0], draws[:, 0]))
    assert sliced_wasserstein(codes, ReplayedPrior(draws)) == pytest.approx(expected)


def test_sliced_wasserstein_of_a_shift_is_the_mean_projection_of_the_shift():
    # E |cos| over directions in the plane is 2 / pi.
    draws = standardized(normal_codes(800))
    found = sliced_wasserstein(
        draws + [1.0, 0.0], ReplayedPrior(draws), n_projections=2000, random_state=0
    )
    assert found == pytest.approx(2 / math.pi, abs=0.02)


def test_sliced_wasserstein_null_has_the_documented_mean():
    half_width, _ = quad(lambda x: math.sqrt(stats.norm.cdf(x) * stats.norm.sf(x)), -9, 9)
    constant = 2 / math.sqrt(math.pi) * half_width
    assert constant == pytest.approx(1.82, abs=0.005)
    null = null_distribution(sliced_wasserstein, "normal", 400, 5, n_repeats=40, random_state=0)
    print(f"sliced Wasserstein under a match, n=400: {null.mean():.4f} +- {null.std():.4f}")
    assert null.mean() == pytest.approx(constant / math.sqrt(400), rel=0.1)


@pytest.mark.parametrize("measure", [ks_statistic, sliced_wasserstein, mmd])
def test_the_unit_of_the_prior_does_not_matter(measure):
    codes = 1.2 * normal_codes(300)
    found = measure(10.0 * codes, NormalPrior(scale=10.0), random_state=0)
    assert found == pytest.approx(measure(codes, NormalPrior(), random_state=0), abs=1e-9)


@pytest.mark.parametrize("measure", [ks_statistic, sliced_wasserstein, mmd])
def test_the_order_of_codes_does_not_matter(measure):
    codes = normal_codes(300)
    found = measure(codes[::-1], "normal", random_state=0)
    assert found == pytest.approx(measure(codes, "normal", random_state=0), abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES[:-1])
def test_one_seed_gives_one_value(measure):
    codes = normal_codes(200)
    assert measure(codes, "normal", random_state=3) == measure(codes, "normal", random_state=3)


@pytest.mark.parametrize("measure", MEASURES)
def test_bad_codes_are_refused(measure):
    with pytest.raises(ValueError, match="Input codes contains NaN"):
        measure(np.full((5, 2), np.nan), "normal")
    with pytest.raises(ValueError, match="Expected 2D array"):
        measure(np.zeros(5), "normal")


def test_a_width_that_the_prior_cannot_serve_is_refused_with_advice():
    prior = GaussianMixturePrior(means=[[0.0, 0.0], [3.0, 3.0]])
    message = r"no samples with 3 columns .* Pass the output of transform"
    with pytest.raises(ValueError, match=message):
        ks_statistic(normal_codes(50, 3), prior)


def test_component_shares_count_the_codes_of_each_component():
    prior = GaussianMixturePrior(
        means=[[-5.0, 0.0], [0.0, 0.0], [5.0, 0.0]], covariances=[0.01, 0.01, 0.01]
    )
    codes = np.repeat([[-5.0, 0.1], [5.0, -0.1]], [3, 1], axis=0)
    np.testing.assert_array_equal(component_shares(codes, prior), [0.75, 0.0, 0.25])
    deviation = component_deviation(codes, prior, random_state=0)
    assert deviation == pytest.approx(0.75 - 1 / 3, abs=0.01)


def test_component_deviation_of_overlapping_components_is_small_under_a_match():
    prior = GaussianMixturePrior(
        means=[[0.0, 0.0], [1.0, 0.0]], covariances=[1.0, 1.0], weights=[0.8, 0.2]
    )
    shares = component_shares(prior.sample(4000, 2, 0), prior)
    assert abs(shares[1] - 0.2) > 0.05  # assigned by likelihood, not by origin
    measure = partial(component_deviation, n_draws=20_000)
    null = null_distribution(measure, prior, 1000, 2, n_repeats=10, random_state=0)
    assert null.max() < 4 * math.sqrt(0.25 / 1000)


def test_component_deviation_documented_null_of_a_thousand_codes():
    measure = partial(component_deviation, n_draws=20_000)
    null = null_distribution(measure, "gaussian_mixture", 1000, 2, n_repeats=20, random_state=0)
    print(f"component deviation under a match, n=1000: {null.mean():.4f} +- {null.std():.4f}")
    assert null.mean() == pytest.approx(0.017, abs=0.004)


def test_a_prior_without_components_is_refused():
    with pytest.raises(TypeError, match=r"NormalPrior\(\) has no components; use a mixture"):
        component_shares(normal_codes(5), "normal")
