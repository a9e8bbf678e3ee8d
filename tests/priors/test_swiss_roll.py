"""SwissRollPrior against its formula and scipy's quadrature."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from aae_sklearn.priors import SwissRollPrior


def quadrature_log_density(point, radius, turns, noise):
    """Log of the integral over U of N(point; spiral(U), noise² I), with s = sqrt(U)."""

    def integrand(s):
        angle = 2 * np.pi * turns * s
        spiral = radius * s * np.array([np.cos(angle), np.sin(angle)])
        return 2 * s * np.exp(-0.5 * np.sum((point - spiral) ** 2) / noise**2)

    edges = np.linspace(0, 1, 201)
    total = sum(integrate.quad(integrand, a, b)[0] for a, b in pairwise(edges))
    return np.log(total) - np.log(2 * np.pi * noise**2)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"radius": 3.0, "turns": 1.5, "noise": 0.2}, {"n_clusters": 1, "noise": 1.0}],
)
def test_log_density_in_two_dimensions(parameters):
    prior = SwissRollPrior(**parameters)
    codes = np.vstack([prior.sample(3, 2, random_state=0), [[0.0, 0.0], [2.0, 0.1], [-0.3, 0.8]]])
    expected = [
        quadrature_log_density(point, prior.radius, prior.turns, prior.noise) for point in codes
    ]
    np.testing.assert_allclose(prior.log_prob(codes), expected, atol=1e-6)


def test_log_density_in_three_dimensions_is_a_product():
    prior = SwissRollPrior(noise=0.3)
    height = np.array([-2.5, -1.7, 0.0, 1.0, 1.9])
    flat = prior.sample(5, 2, random_state=0)
    codes = np.insert(flat, 1, height, axis=1)
    half = np.sqrt(3)
    law = stats.norm(scale=0.3)
    blurred = (law.cdf(height + half) - law.cdf(height - half)) / (2 * half)
    expected = prior.log_prob(flat) + np.log(blurred)
    np.testing.assert_allclose(prior.log_prob(codes), expected, atol=1e-6)


def test_log_density_does_not_depend_on_the_arcs():
    codes = SwissRollPrior().sample(20, 2, random_state=0)
    one, many = SwissRollPrior(1).log_prob(codes), SwissRollPrior(25).log_prob(codes)
    np.testing.assert_allclose(one, many, atol=1e-9)


def test_far_codes_have_a_finite_log_density():
    log_density = SwissRollPrior(noise=0.05).log_prob(np.array([[10.0, 0.0], [0.0, -100.0]]))
    np.testing.assert_allclose(
        log_density, [-0.5 * 8**2 / 0.05**2, -0.5 * 98**2 / 0.05**2], rtol=0.05
    )


def test_codes_whose_squares_overflow_have_no_density():
    prior = SwissRollPrior()
    np.testing.assert_array_equal(prior.log_prob([[1e200, 0.0]]), -np.inf)
    np.testing.assert_array_equal(prior.log_prob([[0.0, 1e200, 0.0]]), -np.inf)


@pytest.mark.parametrize("height", [1e5, 1e17, -1e100])
def test_far_heights_have_the_density_of_the_noise_beyond_the_edge(height):
    log_density = SwissRollPrior(noise=0.3).log_prob([[0.0, height, 0.0]])
    np.testing.assert_allclose(log_density, -0.5 * ((abs(height) - 3**0.5) / 0.3) ** 2, rtol=1e-8)


def test_draws_without_noise_lie_on_the_spiral_evenly_in_the_squared_radius():
    prior = SwissRollPrior(noise=0.0)
    codes, arc = prior.sample_components(3000, 2, random_state=0)
    squared = np.sum(codes**2, axis=1) / prior.radius**2
    assert stats.kstest(squared, stats.uniform.cdf).pvalue > 1e-3
    np.testing.assert_array_equal(arc, np.floor(10 * squared).astype(int))
    angle = np.arctan2(codes[:, 1], codes[:, 0])
    turn = 4 * np.pi * np.sqrt(squared)
    np.testing.assert_allclose(np.cos(angle - turn), 1, atol=1e-9)
    np.testing.assert_array_equal(prior.assign(codes[:200]), arc[:200])


def test_the_height_of_the_rolled_sheet_is_uniform_with_spread_one():
    codes = SwissRollPrior(noise=0.0).sample(3000, 3, random_state=0)
    half = np.sqrt(3)
    assert stats.kstest(codes[:, 1], stats.uniform(-half, 2 * half).cdf).pvalue > 1e-3
    radius = np.hypot(codes[:, 0], codes[:, 2])
    assert stats.kstest(radius**2 / 4, stats.uniform.cdf).pvalue > 1e-3


@pytest.mark.parametrize("n_components", [2, 3])
def test_the_working_space_is_standardised_by_the_true_moments(n_components):
    working = SwissRollPrior(noise=0.4).sample_working(100_000, n_components, random_state=0)
    np.testing.assert_allclose(working.mean(axis=0), 0, atol=0.015)
    np.testing.assert_allclose(working.std(axis=0), 1, atol=0.015)


def test_long_lists_of_codes_are_worked_on_in_parts():
    prior = SwissRollPrior(n_clusters=2)
    codes = prior.sample(3000, 2, random_state=0)
    expected = np.concatenate([prior.log_prob(part) for part in np.array_split(codes, 7)])
    np.testing.assert_allclose(prior.log_prob(codes), expected, atol=1e-12)


@pytest.mark.parametrize("n_components", [1, 4])
def test_other_dimensions_are_refused(n_components):
    with pytest.raises(ValueError, match=f"n_components 2 or 3, got {n_components}; set"):
        SwissRollPrior().check(n_components)
    with pytest.raises(ValueError, match="n_components 2 or 3"):
        SwissRollPrior().to_working(np.zeros((1, n_components)))


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match="noise must not be negative"):
        SwissRollPrior(noise=-0.1).check(2)
    with pytest.raises(TypeError, match=r"n_clusters must be an integer, got 2\.5"):
        SwissRollPrior(2.5).check(2)


def test_no_noise_no_density():
    prior = SwissRollPrior(noise=0)
    assert not prior.has_log_prob
    with pytest.raises(NotImplementedError, match="set noise to a positive number"):
        prior.log_prob([[0.0, 0.0]])
