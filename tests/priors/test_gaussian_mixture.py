"""GaussianMixturePrior against sums of scipy.stats.multivariate_normal."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist

from aae_sklearn.priors import GaussianMixturePrior

MEANS = np.array([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0]])
FULL = np.array([[[1.0, 0.5], [0.5, 2.0]], [[0.3, 0.0], [0.0, 0.3]], [[2.0, -1.0], [-1.0, 1.0]]])
WEIGHTS = np.array([0.2, 0.3, 0.5])
CODES = np.random.RandomState(0).uniform(-6, 6, size=(40, 2))


def mixture_log_density(codes, means, covariances, weights):
    """Sum of weighted densities, as scipy has them."""
    parts = [
        weight * stats.multivariate_normal(mean, covariance).pdf(codes)
        for mean, covariance, weight in zip(means, covariances, weights, strict=True)
    ]
    return np.log(np.sum(parts, axis=0))


@pytest.mark.parametrize(
    ("covariances", "full"),
    [
        (FULL, FULL),
        ([[1.0, 2.0], [0.5, 0.5], [2.0, 1.0]], [np.diag(d) for d in ([1, 2], [0.5, 0.5], [2, 1])]),
        ([1.0, 0.5, 2.0], [np.eye(2), 0.5 * np.eye(2), 2 * np.eye(2)]),
    ],
    ids=["full", "diagonal", "round"],
)
def test_log_density_of_a_given_mixture(covariances, full):
    prior = GaussianMixturePrior(means=MEANS, covariances=covariances, weights=WEIGHTS)
    expected = mixture_log_density(CODES, MEANS, full, WEIGHTS)
    np.testing.assert_allclose(prior.log_prob(CODES), expected, atol=1e-6)


def test_log_density_of_the_petals():
    expected_parts = []
    for angle in 2 * np.pi * np.arange(10) / 10:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        covariance = turn @ np.diag([0.5**2, 0.1**2]) @ turn.T
        expected_parts.append((turn @ [1.4, 0.0], covariance))
    means, covariances = zip(*expected_parts, strict=True)
    codes = np.random.RandomState(0).uniform(-2, 2, size=(40, 2))
    expected = mixture_log_density(codes, means, covariances, np.full(10, 0.1))
    np.testing.assert_allclose(GaussianMixturePrior().log_prob(codes), expected, atol=1e-6)


def test_draws_of_each_component_have_its_mean_and_covariance():
    prior = GaussianMixturePrior(means=MEANS, covariances=FULL, weights=WEIGHTS)
    codes, component = prior.sample_components(30_000, 2, random_state=0)
    for index in range(3):
        rows = codes[component == index]
        np.testing.assert_allclose(rows.mean(axis=0), MEANS[index], atol=0.07)
        np.testing.assert_allclose(np.cov(rows.T), FULL[index], atol=0.1)


def test_marginal_of_draws():
    prior = GaussianMixturePrior(means=MEANS, covariances=FULL, weights=WEIGHTS)
    codes = prior.sample(4000, 2, random_state=0)

    def cdf(x):
        laws = [stats.norm(m[1], np.sqrt(c[1, 1])) for m, c in zip(MEANS, FULL, strict=True)]
        return sum(w * law.cdf(x) for w, law in zip(WEIGHTS, laws, strict=True))

    assert stats.kstest(codes[:, 1], cdf).pvalue > 1e-3


def test_the_working_space_is_the_standardised_one():
    prior = GaussianMixturePrior(means=MEANS, covariances=FULL, weights=WEIGHTS)
    mean = WEIGHTS @ MEANS
    variance = WEIGHTS @ (FULL[:, [0, 1], [0, 1]] + MEANS**2) - mean**2
    expected = (CODES - mean) / np.sqrt(variance)
    np.testing.assert_allclose(prior.to_working(CODES), expected)


@pytest.mark.parametrize("n_components", [1, 3, 8, 32, 200])
@pytest.mark.parametrize("n_clusters", [2, 10, 30])
def test_placed_components_are_six_deviations_apart_with_spread_one(n_clusters, n_components):
    prior = GaussianMixturePrior(n_clusters)
    component = np.repeat(np.arange(n_clusters), 400)
    codes = prior.sample_component(component, n_components, random_state=0)
    groups = codes.reshape(n_clusters, 400, n_components)
    deviation = groups.std(axis=1).mean()
    assert pdist(groups.mean(axis=1)).min() > 5 * deviation
    assert np.sqrt(codes.var(axis=0).mean()) == pytest.approx(1, abs=0.05)


def test_more_than_ten_petals_stand_on_a_larger_ring():
    codes = GaussianMixturePrior(20).sample(5000, 2, random_state=0)
    assert np.mean(np.linalg.norm(codes, axis=1)) == pytest.approx(2.8, abs=0.05)
    near = GaussianMixturePrior(20, distance=1.4).sample(5000, 2, random_state=0)
    assert np.mean(np.linalg.norm(near, axis=1)) == pytest.approx(1.4, abs=0.05)


@pytest.mark.parametrize("n_components", [1, 2, 5])
def test_one_component_is_a_mixture_too(n_components):
    prior = GaussianMixturePrior(1)
    working = prior.sample_working(2000, n_components, random_state=0)
    np.testing.assert_allclose(working.std(axis=0), 1, atol=0.1)


def test_given_means_without_covariances_make_round_components():
    prior = GaussianMixturePrior(means=[[0.0], [6.0], [60.0]])
    assert prior.n_mixture_components == 3
    np.testing.assert_allclose(prior.log_prob([[0.0]]), np.log(stats.norm.pdf(0) / 3), atol=1e-6)


def test_coinciding_means_get_unit_covariances():
    prior = GaussianMixturePrior(means=[[0.0, 1.0], [0.0, 1.0]])
    expected = stats.multivariate_normal([0, 1]).logpdf(CODES)
    np.testing.assert_allclose(prior.log_prob(CODES), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be at least 1, got 0"),
        ({"covariances": [1.0] * 10}, "covariances need means"),
        ({"weights": [0.5, 0.5]}, r"weights must have shape \(10,\)"),
        ({"n_clusters": 2, "weights": [0.5, 0.6]}, "weights must be positive with sum 1"),
        ({"n_clusters": 2, "weights": [0.0, 1.0]}, "weights must be positive with sum 1"),
        ({"means": [[0.0, 0.0, 0.0]]}, "set n_components to the number of columns"),
        ({"means": [0.0, 1.0]}, "means must have shape"),
        ({"means": [[0.0, np.nan]]}, "means must be finite"),
        ({"means": []}, "means must have shape .* pass a row for each component"),
        ({"means": np.empty((0, 2))}, "means must have shape .* pass a row for each component"),
        ({"means": 3.0}, "means must have shape"),
        ({"width": 1e-9}, "width=1e-09 differ by more than float64 holds"),
        ({"means": MEANS, "covariances": [1.0, 2.0]}, "covariances must have shape"),
        ({"means": MEANS, "covariances": -FULL}, "positive definite"),
        ({"means": MEANS, "covariances": FULL * [[1, 2], [1, 1]]}, "symmetric"),
    ],
)
def test_bad_parameters_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixturePrior(**parameters).check(2)


def test_support_counts_the_components():
    assert GaussianMixturePrior(7).describe_support() == "R^n_components, around 7 centres"


def test_the_spread_of_far_means_is_exact():
    prior = GaussianMixturePrior(means=[[1e9, 0.0], [1e9, 1.0]])
    deviations = prior.sample_working(4000, 2, random_state=0).std(axis=0)
    np.testing.assert_allclose(deviations, 1, atol=0.05)


@pytest.mark.parametrize("n_components", [1, 2, 3, 8])
def test_a_single_component_is_centred_at_zero(n_components):
    codes = GaussianMixturePrior(1).sample(4000, n_components, random_state=0)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=0.06)


def test_the_thinnest_petals_that_are_advised_can_be_drawn():
    prior = GaussianMixturePrior(length=2.0, width=2e-6)
    assert np.isfinite(prior.log_prob(prior.sample(100, 2, random_state=0))).all()
