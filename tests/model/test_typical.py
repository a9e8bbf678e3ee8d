"""Outlier scores: 0 for usual rows, large for others, each part against fitted rows near by."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KernelDensity
from sklearn.utils import check_random_state

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.model._excess import Excess, Neighborhood, within_finite
from aae_sklearn.model._typical import DISTANCE, ERROR, Typical
from aae_sklearn.priors import EstimatorPrior, Prior

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_an_excess_is_over_the_mean_of_near_rows():
    codes = np.arange(40.0)[:, None]
    fitted = np.where(codes[:, 0] < 20, 1.0, 5.0) + np.random.RandomState(0).normal(0, 0.1, 40)
    new = np.array([5.0, 5.0])
    near = Neighborhood(codes).excess(np.array([[2.0], [37.0]]))
    _, excess = near.of(fitted, new, both_sides=False)
    assert excess[0] > 10 * abs(excess[1])
    _, overall = Excess.overall().of(fitted, new, both_sides=False)
    assert overall[0] == overall[1]


def test_what_is_less_than_usual_is_strange_where_both_sides_count():
    fitted = np.random.RandomState(0).normal(size=500)
    one, two = (Excess.overall().of(fitted, np.array([-9.0]), both)[1] for both in (False, True))
    assert one < -5
    assert two > 5


def test_one_is_what_a_tenth_of_the_fitted_rows_reach():
    rng = np.random.RandomState(0)
    codes, parts = rng.normal(size=(1_000, 2)), rng.normal(size=(1_000, 2))
    typical = Typical(codes, (ERROR, DISTANCE), parts)
    score = typical.score(rng.normal(size=(4_000, 2)), rng.normal(size=(4_000, 2)))
    assert abs(np.median(score)) < 0.15
    assert abs((score > 1).mean() - 0.1) < 0.03


def test_without_a_density_is_stranger_than_with_the_least():
    fitted = np.array([1.0, 3.0, np.inf, np.nan, -np.inf])
    own, found = within_finite(fitted, np.array([2.0, 4.0, np.inf, -9.0]))
    np.testing.assert_array_equal(own, [1, 3, 5, 5, 1])
    np.testing.assert_array_equal(found, [2, 4, 5, 1])


def test_densities_that_all_are_finite_stay_as_they_are():
    fitted, new = np.array([1.0, 3.0]), np.array([-9.0, 9.0, np.inf])
    for given, bounded in zip((fitted, new), within_finite(fitted, new), strict=True):
        np.testing.assert_array_equal(bounded, given)


class Box(Prior):
    """Uniform, but without a density outside of the box."""

    def sample(self, n_samples, n_components, random_state=None):
        return check_random_state(random_state).uniform(-1.7, 1.7, (n_samples, n_components))

    def log_prob(self, codes):
        return np.where((np.abs(codes) < 1.7).all(axis=1), -2 * np.log(3.4), -np.inf)


TOPHAT = KernelDensity(kernel="tophat", bandwidth=0.2)
NOT_EVERYWHERE = {
    "tophat": EstimatorPrior(TOPHAT.fit(np.random.RandomState(0).randn(200, 2))),
    "box": Box(),
    "edges": stats.beta(0.5, 0.5),
    "sphere": stats.vonmises_fisher(np.eye(5)[0], 3),
}


@pytest.mark.parametrize("name", NOT_EVERYWHERE)
def test_a_density_may_be_infinite(name):
    rows = load_iris().data
    prior, n_components = NOT_EVERYWHERE[name], 5 if name == "sphere" else 2
    aae = AdversarialAutoencoder(n_components, prior=prior, neighbor_weight=0, random_state=0)
    score = aae.fit(rows).outlier_score(np.concatenate([rows, 8 * rows - 20]))
    assert np.isfinite(score).all()
    assert -1 < np.median(score[:150]) < 1
    assert score[:150].max() < score[150:].min()
    has_density = np.isfinite(aae.score_samples(rows))
    if name in ("tophat", "box"):
        assert 0.5 < has_density.mean() < 1
        assert np.median(score[:150][~has_density]) > np.median(score[:150][has_density]) + 0.2


def test_means_of_two_rows_are_told_by_what_components_leave(mnist):
    train, held_out = (rows.reshape(len(rows), -1) / 255.0 for rows in mnist)
    aae = AdversarialAutoencoder(random_state=0, layout_max_iter=9, max_iter=1).fit(train[:600])
    score = aae.outlier_score(np.concatenate([held_out, (held_out + held_out[::-1]) / 2]))
    assert roc_auc_score(np.repeat([0, 1], len(held_out)), score) > 0.7


def test_a_fitted_row_is_compared_with_the_references_of_others(digits):
    aae = AdversarialAutoencoder(random_state=0, layout_max_iter=5, max_iter=1).fit(digits[:300])
    features, rows = aae._model.features, digits[:300]
    plain = features.squared_distance(rows)
    others = features.squared_distance(rows, np.arange(300))
    assert (others >= plain).all()
    assert np.median(others) > 1.5 * np.median(plain)


@pytest.mark.parametrize("neighbor_weight", ["auto", 0])
def test_noise_is_told_from_rows(digits, neighbor_weight):
    aae = AdversarialAutoencoder(8, neighbor_weight=neighbor_weight, random_state=0)
    aae.set_params(n_components=2 if neighbor_weight == "auto" else 8).fit(digits[:600])
    usual = aae.outlier_score(digits[600:800])
    noise = aae.outlier_score(np.random.RandomState(0).permutation(digits[600:800].T).T)
    truth = np.r_[np.zeros(len(usual)), np.ones(len(noise))]
    assert roc_auc_score(truth, np.r_[usual, noise]) > 0.9
    assert -1 < np.median(aae.outlier_score(digits[:600])) < 1
