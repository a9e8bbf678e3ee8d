"""SpherePrior against closed forms and scipy.stats.uniform_direction."""

import numpy as np
import pytest
import torch
from scipy import stats

from aae_sklearn.priors import SpherePrior


def test_draws_follow_the_uniform_law_of_directions():
    codes = SpherePrior(3.0).sample(4000, 3, random_state=0)
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 3.0)
    # Archimedes: a coordinate of the sphere in three dimensions is uniform.
    for column in codes.T:
        assert stats.kstest(column, stats.uniform(-3, 6).cdf).pvalue > 1e-3
    other = 3 * stats.uniform_direction(5).rvs(4000, random_state=1)
    five = SpherePrior(3.0).sample(4000, 5, random_state=0)
    assert stats.ks_2samp(five[:, 2], other[:, 0]).pvalue > 1e-3


@pytest.mark.parametrize(
    ("n_components", "area"), [(2, 6 * np.pi), (3, 36 * np.pi), (4, 54 * np.pi**2)]
)
def test_log_density_is_minus_log_area(n_components, area):
    codes = SpherePrior(3.0).sample(4, n_components, random_state=0)
    codes = np.vstack([codes, 1.001 * codes[:1], codes[:1].astype(np.float32)])
    expected = [-np.log(area)] * 4 + [-np.inf, -np.log(area)]
    np.testing.assert_allclose(SpherePrior(3.0).log_prob(codes), expected, atol=1e-12)


def test_projection_lands_on_the_sphere_and_lets_gradients_through():
    prior = SpherePrior(3.0)
    working = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    projected = prior.project(working)
    codes = prior.from_working(projected.detach().numpy())
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 3.0, rtol=1e-6)
    projected[:, 0].sum().backward()
    assert torch.isfinite(working.grad).all()
    # Moving along its own direction does not move a projected point.
    radial = (working.grad * working.detach()).sum(dim=1)
    torch.testing.assert_close(radial, torch.zeros(6), atol=1e-5, rtol=0)


def test_projection_of_zero_is_finite():
    assert torch.isfinite(SpherePrior().project(torch.zeros(1, 3))).all()


def test_a_working_coordinate_has_spread_one_in_any_dimension():
    for n_components in (2, 32):
        working = SpherePrior(0.1).sample_working(5000, n_components, random_state=0)
        np.testing.assert_allclose(working.std(axis=0), 1, atol=0.05)


def test_one_component_is_refused():
    with pytest.raises(ValueError, match="n_components of at least 2, got 1; use UniformPrior"):
        SpherePrior().check(1)
    with pytest.raises(ValueError, match="at least 2"):
        SpherePrior().sample(3, 1)


def test_support_names_the_radius():
    assert SpherePrior(2.0).describe_support() == "the sphere |z| = 2"
