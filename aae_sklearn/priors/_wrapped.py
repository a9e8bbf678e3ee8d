"""Priors known by their samples only: fitted estimators and callables.

Their working space is standardised by location and scale of a fixed sample.
"""

from __future__ import annotations

import copy
import inspect
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from aae_sklearn.priors._checks import FloatArray, RandomState, as_codes
from aae_sklearn.priors._standardise import REFERENCE_SAMPLES, SampledPrior


class WrappedPrior(SampledPrior):
    """A prior known by its samples, and maybe by a log density."""

    @abstractmethod
    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        """Sample the wrapped object.

        Parameters
        ----------
        n_samples : int
            Number of samples.
        n_components : int
            Number of components of a code.
        rng : RandomState
            Source of randomness.

        Returns
        -------
        samples : array-like of shape (n_samples, n_components)
            What the wrapped object returned; `sample` checks it.
        """

    def check(self, n_components: int) -> None:
        super().check(n_components)
        self.sample(2, n_components, random_state=0)

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        rng = check_random_state(random_state)
        samples = np.asarray(self.draw(n_samples, n_components, rng), dtype=np.float64)
        if samples.shape != (n_samples, n_components):
            raise ValueError(
                f"{self!r} gave samples of shape {samples.shape} where (n_samples, n_components) "
                f"= {(n_samples, n_components)} was asked for; change n_components or the prior."
            )
        if not np.isfinite(samples).all():
            raise ValueError(f"{self!r} gave samples with NaN or infinity; check its parameters.")
        return samples

    def describe_support(self) -> str:
        return f"the support of {self!r}"

    def reference(self, n_components: int) -> FloatArray:
        return self.sample(REFERENCE_SAMPLES, n_components, random_state=0)


class EstimatorPrior(WrappedPrior):
    """The distribution that a fitted scikit-learn estimator samples from.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator with a ``sample`` method, such as GaussianMixture,
        BayesianGaussianMixture or KernelDensity. Its ``score_samples``, if it has one, is the
        log density.

    Notes
    -----
    ``sklearn.clone`` keeps the estimator inside this prior fitted. It makes an unfitted copy of
    an estimator that is passed as ``prior`` directly. Wrap the estimator before a grid search.

    Examples
    --------
    >>> from sklearn.neighbors import KernelDensity
    >>> from aae_sklearn.priors import EstimatorPrior
    >>> kde = KernelDensity(bandwidth=0.5).fit([[0.0, 0.0], [2.0, 0.0]])
    >>> EstimatorPrior(kde).log_prob([[0.0, 0.0]]).round(4)
    array([-1.1444])
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def check(self, n_components: int) -> None:
        try:
            check_is_fitted(self.estimator)
        except NotFittedError as error:
            raise ValueError(
                f"the prior {self.estimator!r} is not fitted: fit it, and wrap it in "
                "EstimatorPrior, which keeps it fitted when scikit-learn clones parameters."
            ) from error
        try:
            super().check(n_components)
        except NotImplementedError as error:
            raise ValueError(self._no_samples()) from error

    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        estimator = self._thawed()
        if not hasattr(estimator, "sample"):
            raise ValueError(self._no_samples())
        if "random_state" in inspect.signature(estimator.sample).parameters:
            drawn = estimator.sample(n_samples, random_state=rng)
        elif hasattr(estimator, "random_state"):
            seeded = copy.copy(estimator)
            seeded.random_state = rng
            drawn = seeded.sample(n_samples)
        else:
            raise TypeError(
                f"{self.estimator!r} takes no random_state; pass a callable "
                "(n_samples, n_components, random_state) -> array that calls it."
            )
        # Mixtures return samples and their components, in the order of the components.
        return rng.permutation(drawn[0]) if isinstance(drawn, tuple) else drawn

    @property
    def has_log_prob(self) -> bool:
        return hasattr(self.estimator, "score_samples")

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(f"{self!r} has no score_samples.")
        return np.asarray(self.estimator.score_samples(as_codes(codes)), dtype=np.float64)

    def _no_samples(self) -> str:
        return (
            f"the prior {self.estimator!r} draws no samples, which a fit needs; use one whose "
            "sample works: of KernelDensity the kernels 'gaussian' and 'tophat' alone, or "
            "GaussianMixture."
        )

    def _thawed(self) -> Any:
        """The estimator itself, where a FrozenEstimator holds it."""
        is_frozen = isinstance(self.estimator, FrozenEstimator)
        return self.estimator.estimator if is_frozen else self.estimator

    def __sklearn_clone__(self) -> EstimatorPrior:
        return type(self)(copy.deepcopy(self.estimator))


class CallablePrior(WrappedPrior):
    """The distribution that a function samples from.

    Parameters
    ----------
    function : callable
        A function that is called as ``function(n_samples, n_components, random_state)`` with a
        ``numpy.random.RandomState``, and returns an array of shape (n_samples, n_components).
        A function defined in a module can be pickled, a lambda cannot.

    Examples
    --------
    >>> from aae_sklearn.priors import CallablePrior
    >>> def exponential(n_samples, n_components, random_state):
    ...     return random_state.exponential(size=(n_samples, n_components))
    >>> CallablePrior(exponential)
    CallablePrior(exponential)
    """

    def __init__(self, function: Callable[..., ArrayLike]) -> None:
        self.function = function

    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        return self.function(n_samples, n_components, rng)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"CallablePrior({getattr(self.function, '__name__', repr(self.function))})"
