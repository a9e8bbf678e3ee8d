"""Standardisation by moments, and by quantiles and arcsinh where tails are heavy."""

import numpy as np

from aae_sklearn.priors import CallablePrior
from aae_sklearn.priors._standardise import from_moments, from_samples

RNG_SEED = 0


def test_light_tails_are_standardised_by_their_moments():
    draws = np.random.RandomState(RNG_SEED).normal([5, -1], [3, 0.1], size=(2000, 2))
    working = from_samples(draws).forward(draws)
    np.testing.assert_allclose(working, (draws - draws.mean(axis=0)) / draws.std(axis=0))


def test_only_heavy_coordinates_are_bent():
    rng = np.random.RandomState(RNG_SEED)
    draws = np.column_stack([rng.standard_normal(4000), 3 + 2 * rng.standard_cauchy(4000)])
    standardisation = from_samples(draws)
    np.testing.assert_array_equal(standardisation.heavy, [False, True])
    working = standardisation.forward(draws)
    np.testing.assert_allclose(working.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(working.std(axis=0), 1)
    assert np.abs(working).max() < 10
    np.testing.assert_allclose(standardisation.inverse(working), draws, rtol=1e-9)


def test_far_codes_of_a_heavy_law_come_back():
    draws = np.random.RandomState(RNG_SEED).standard_cauchy((4000, 1))
    standardisation = from_samples(draws)
    codes = np.array([[1e6], [-1e6], [1e12], [0.0]])
    working = standardisation.forward(codes)
    np.testing.assert_allclose(standardisation.inverse(working), codes, rtol=1e-9, atol=1e-12)


def test_a_constant_coordinate_is_only_shifted():
    draws = np.column_stack([np.full(10, 4.0), np.arange(10.0)])
    working = from_samples(draws).forward(draws)
    np.testing.assert_array_equal(working[:, 0], 0)


def test_draws_whose_squares_overflow_count_as_heavy():
    draws = np.random.RandomState(RNG_SEED).standard_normal((1000, 1))
    draws[0] = 1e200
    standardisation = from_samples(draws)
    assert standardisation.heavy.all()
    assert np.isfinite(standardisation.forward(draws)).all()


def test_a_heavy_coordinate_of_mostly_one_value_keeps_its_unit():
    draws = np.zeros((1000, 1))
    draws[0] = 1e6
    standardisation = from_samples(draws)
    assert standardisation.heavy.all()
    np.testing.assert_allclose(standardisation.scale, 1)


def test_moments_are_divided_out():
    standardisation = from_moments(np.array([1.0]), np.array([4.0]))
    np.testing.assert_array_equal(standardisation.forward(np.array([[5.0]])), [[2.0]])


def test_a_prior_of_many_components_is_standardised_once():
    """Python makes a new number of each width beyond 256."""
    sizes = []

    def law(n_samples, n_components, random_state):
        sizes.append(n_samples)
        return random_state.standard_normal((n_samples, n_components))

    prior = CallablePrior(law)
    for width in ("300", "300", "301"):
        prior.sample_working(2, int(width), np.random.RandomState(0))
    assert [size for size in sizes if size > 2] == [4096, 4096]
