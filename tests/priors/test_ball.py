"""BallPrior against closed forms."""

import numpy as np
import pytest
from scipy import stats

from aae_sklearn.priors import BallPrior


def rejected_uniform(n_samples, n_components, radius):
    """Uniform draws in a ball, by rejection from the cube."""
    cube = np.random.RandomState(0).uniform(-radius, radius, size=(n_samples, n_components))
    return cube[np.linalg.norm(cube, axis=1) <= radius]


@pytest.mark.parametrize("n_components", [1, 2, 8])
def test_radius_and_direction_of_draws(n_components):
    codes = BallPrior(2.0).sample(4000, n_components, random_state=0)
    radius = np.linalg.norm(codes, axis=1)
    assert radius.max() <= 2.0
    # P(|z| <= r) = (r / radius)^n
    assert stats.kstest(radius, stats.powerlaw(n_components, scale=2).cdf).pvalue > 1e-3
    assert abs(np.mean(codes[:, 0] > 0) - 0.5) < 0.03


def test_draws_agree_with_rejection():
    codes = BallPrior(2.0).sample(4000, 3, random_state=1)
    other = rejected_uniform(8000, 3, 2.0)
    for column, expected in zip(codes.T, other.T, strict=True):
        assert stats.ks_2samp(column, expected).pvalue > 1e-3


def test_codes_of_the_ball_become_normal():
    working = BallPrior(2.0).to_working(rejected_uniform(8000, 3, 2.0))
    for column in working.T:
        assert stats.kstest(column, stats.norm.cdf).pvalue > 1e-3
    assert stats.kstest(np.sum(working**2, axis=1), stats.chi2(3).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("n_components", "volume"),
    [(1, 4.0), (2, 4 * np.pi), (3, 32 / 3 * np.pi), (4, 8 * np.pi**2)],
)
def test_log_density_is_minus_log_volume(n_components, volume):
    codes = np.zeros((3, n_components))
    codes[1, 0], codes[2, 0] = 2.0, 2.001
    expected = [-np.log(volume), -np.log(volume), -np.inf]
    np.testing.assert_allclose(BallPrior(2.0).log_prob(codes), expected, atol=1e-12)


def test_every_working_vector_falls_in_the_ball():
    working = (
        np.random.RandomState(0).standard_normal((100, 3)) * np.geomspace(1, 1e9, 100)[:, None]
    )
    lengths = np.linalg.norm(BallPrior(2.0).from_working(working), axis=1)
    assert lengths.max() <= 2.0


@pytest.mark.parametrize("n_components", [1, 2, 32, 200])
def test_round_trip_from_the_centre_to_the_edge(n_components):
    directions = np.random.RandomState(0).standard_normal((60, n_components))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    codes = directions * np.concatenate([[0, 1e-30, 1e-9], np.linspace(0.01, 2, 57)])[:, None]
    prior = BallPrior(2.0)
    working = prior.to_working(codes)
    np.testing.assert_allclose(prior.from_working(working), codes, rtol=1e-9, atol=1e-300)
    lengths = np.linalg.norm(working, axis=1)
    assert (np.diff(lengths) > 0).all()


def test_support_names_the_radius():
    assert BallPrior(2.5).describe_support() == "the ball |z| <= 2.5"
