"""Fitted estimators and callables as priors."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neighbors import KernelDensity

from aae_sklearn.priors import CallablePrior, EstimatorPrior, resolve_prior

ROWS = np.random.RandomState(0).standard_normal((200, 2)) + np.repeat([[0.0], [8.0]], 100, axis=0)


@pytest.mark.parametrize(
    "estimator",
    [
        KernelDensity(bandwidth=0.3).fit(ROWS),
        GaussianMixture(2, random_state=0).fit(ROWS),
        GaussianMixture(2).fit(ROWS),
        BayesianGaussianMixture(n_components=2, random_state=0).fit(ROWS),
        FrozenEstimator(GaussianMixture(2).fit(ROWS)),
        FrozenEstimator(KernelDensity().fit(ROWS)),
    ],
    ids=lambda estimator: repr(estimator),
)
def test_a_fitted_estimator_is_drawn_from_by_seed(estimator):
    prior = resolve_prior(estimator)
    assert isinstance(prior, EstimatorPrior)
    prior.check(2)
    before = np.random.get_state()[1].copy()
    codes = prior.sample(2000, 2, random_state=0)
    np.testing.assert_array_equal(codes, clone(prior).sample(2000, 2, random_state=0))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    # Half of the rows lie around 8; the halves of the draws do not follow in order.
    assert abs(np.mean(codes[:1000, 0] > 4) - 0.5) < 0.06
    np.testing.assert_allclose(prior.log_prob(ROWS), estimator.score_samples(ROWS))


def test_clone_keeps_the_estimator_fitted():
    prior = clone(EstimatorPrior(GaussianMixture(2, random_state=0).fit(ROWS)))
    prior.check(2)


def test_an_estimator_that_is_not_fitted_is_refused():
    with pytest.raises(
        ValueError, match=r"is not fitted: fit it, and wrap it in\s+EstimatorPrior"
    ):
        resolve_prior(GaussianMixture(2)).check(2)


def test_an_estimator_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"gave samples of shape \(2, 2\).*change n_components"):
        EstimatorPrior(KernelDensity().fit(ROWS)).check(3)


@pytest.mark.parametrize("estimator", [KernelDensity(kernel="epanechnikov"), LinearRegression()])
def test_an_estimator_that_draws_no_samples_is_refused(estimator):
    estimator.fit(ROWS, ROWS[:, 0])
    with pytest.raises(ValueError, match=r"draws no samples.*'gaussian' and 'tophat'") as raised:
        EstimatorPrior(estimator).check(2)
    assert repr(estimator) in str(raised.value)


class Unseeded(BaseEstimator):
    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def sample(self, n_samples):
        return np.zeros((n_samples, 2))


def test_an_estimator_that_takes_no_seed_is_refused():
    with pytest.raises(TypeError, match="takes no random_state; pass a callable"):
        resolve_prior(Unseeded().fit(ROWS)).check(2)


def test_an_estimator_without_density_says_so():
    prior = EstimatorPrior(Unseeded())
    assert not prior.has_log_prob
    with pytest.raises(NotImplementedError, match="no score_samples"):
        prior.log_prob([[0.0, 0.0]])


def cauchy_draws(n_samples, n_components, random_state):
    return random_state.standard_cauchy((n_samples, n_components))


def test_a_callable_is_drawn_from():
    prior = resolve_prior(cauchy_draws)
    assert isinstance(prior, CallablePrior)
    assert repr(prior) == "CallablePrior(cauchy_draws)"
    codes = prior.sample(4000, 2, random_state=0)
    assert stats.kstest(codes[:, 1], stats.cauchy.cdf).pvalue > 1e-3
    assert np.abs(prior.to_working(codes)).max() < 15


def test_a_callable_object_is_drawn_from():
    class Draw:
        def __call__(self, n_samples, n_components, random_state):
            return random_state.uniform(size=(n_samples, n_components))

        def __repr__(self):
            return "Draw()"

    assert repr(resolve_prior(Draw())) == "CallablePrior(Draw())"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda n, d, rng: rng.uniform(size=n), r"gave samples of shape \(2,\)"),
        (lambda n, d, rng: np.full((n, d), np.inf), "NaN or infinity"),
    ],
)
def test_a_callable_with_bad_draws_is_refused(function, message):
    with pytest.raises(ValueError, match=message):
        CallablePrior(function).check(2)


def test_the_fixed_sample_is_drawn_once():
    sizes = []

    def counting(n_samples, n_components, random_state):
        sizes.append(n_samples)
        return random_state.uniform(size=(n_samples, n_components))

    prior = CallablePrior(counting)
    for _ in range(3):
        prior.sample_working(5, 2, random_state=0)
    assert sorted(sizes) == [5, 5, 5, 4096]
    prior.to_working(np.zeros((1, 3)))
    assert sizes.count(4096) == 2


def test_support_names_the_law():
    assert (
        CallablePrior(cauchy_draws).describe_support()
        == "the support of CallablePrior(cauchy_draws)"
    )
