"""Laws from elsewhere: scipy.stats, torch.distributions, fitted estimators, callables.

A univariate scipy law has a cdf and is played as N(0, I). Of the others nothing is known but
their draws: networks meet them standardised as a fixed sample suggests.
"""

from __future__ import annotations

import copy
import inspect
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.stats.distributions import rv_frozen
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ._base import FloatArray, RandomState, as_codes
from ._standardise import SampledPrior
from ._transport import IndependentPrior, MarginalLaw

REFERENCE_DRAWS = 4096


class ScipyPrior(IndependentPrior):
    """Independent coordinates that follow one frozen univariate scipy distribution.

    Parameters
    ----------
    distribution : frozen continuous distribution of scipy.stats
        Law of each coordinate, for example ``scipy.stats.logistic(scale=2)``.

    Examples
    --------
    >>> from scipy import stats
    >>> from aae_sklearn.priors import ScipyPrior
    >>> ScipyPrior(stats.t(3, scale=2))
    ScipyPrior(t(3, scale=2))
    """

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution

    def check(self, n_components: int) -> None:
        super().check(n_components)
        if not isinstance(self.distribution, rv_frozen):
            raise TypeError(
                "distribution must be a frozen univariate distribution of scipy.stats, such as "
                f"scipy.stats.norm(), got {self.distribution!r}."
            )
        if not hasattr(self.distribution, "logpdf"):
            raise TypeError(
                f"codes are real vectors, but {_scipy_name(self.distribution)} is a discrete "
                "law; use a continuous distribution."
            )
        if np.shape(self.distribution.mean()) != () or np.isnan(self.distribution.cdf(0.0)):
            raise ValueError(
                f"{_scipy_name(self.distribution)} must have scalar parameters in their "
                "domain; use a callable prior for coordinates with different laws."
            )

    def marginal(self, n_components: int) -> MarginalLaw:
        return self.distribution

    def support(self) -> str:
        low, high = self.distribution.support()
        return f"each coordinate in [{low:g}, {high:g}]"

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"ScipyPrior({_scipy_name(self.distribution)})"


class WrappedPrior(SampledPrior):
    """A law known by its draws, and maybe a log density."""

    @abstractmethod
    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        """Ask the wrapped object for draws."""

    def check(self, n_components: int) -> None:
        super().check(n_components)
        self.sample(2, n_components, random_state=0)

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        rng = check_random_state(random_state)
        draws = np.asarray(self.draw(n_samples, n_components, rng), dtype=np.float64)
        if draws.shape != (n_samples, n_components):
            raise ValueError(
                f"{self!r} gave draws of shape {draws.shape} where (n_samples, n_components) = "
                f"{(n_samples, n_components)} was asked for; change n_components or the law."
            )
        if not np.isfinite(draws).all():
            raise ValueError(f"{self!r} gave draws with NaN or infinity; check its parameters.")
        return draws

    def reference(self, n_components: int) -> FloatArray:
        return self.sample(REFERENCE_DRAWS, n_components, random_state=0)


class ScipyMultivariatePrior(WrappedPrior):
    """A frozen multivariate scipy distribution as the joint law of the coordinates.

    Parameters
    ----------
    distribution : frozen multivariate distribution of scipy.stats
        For example ``scipy.stats.multivariate_normal(mean, cov)``.

    Examples
    --------
    >>> from scipy import stats
    >>> from aae_sklearn.priors import ScipyMultivariatePrior
    >>> prior = ScipyMultivariatePrior(stats.multivariate_normal([0.0, 5.0]))
    >>> prior.sample(3, n_components=2, random_state=0).shape
    (3, 2)
    """

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution

    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        draws = np.asarray(self.distribution.rvs(size=n_samples, random_state=rng))
        if draws.ndim <= 2 and draws.size == n_samples * n_components:
            return draws.reshape(n_samples, n_components)  # scipy drops axes of length 1
        return draws

    def check(self, n_components: int) -> None:
        if hasattr(self.distribution, "logpmf"):
            raise TypeError(
                f"codes are real vectors, but {self!r} wraps a discrete law; use a continuous "
                "distribution."
            )
        super().check(n_components)

    @property
    def has_log_prob(self) -> bool:
        # scipy's Dirichlet law wants its codes in columns; it counts as having no density.
        if not hasattr(self.distribution, "logpdf"):
            return False
        draws = np.asarray(self.distribution.rvs(size=5, random_state=0)).reshape(5, -1)
        try:
            return np.shape(self.distribution.logpdf(draws)) == (5,)
        except ValueError:
            return False

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(f"{self!r} has no logpdf that takes codes as rows.")
        return np.asarray(self.distribution.logpdf(as_codes(codes)), dtype=float).reshape(-1)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        name = type(self.distribution).__name__.removesuffix("_frozen")
        return f"ScipyMultivariatePrior({name})"


class TorchPrior(WrappedPrior):
    """A distribution of torch.distributions.

    Parameters
    ----------
    distribution : torch.distributions.Distribution
        One number: the law of each coordinate, independently. A batch of n_components
        numbers: the law of each coordinate in turn. A vector: the joint law.

    Notes
    -----
    The distribution's parameters stay on their device. torch's generators are put back as
    they were after each draw.

    Examples
    --------
    >>> import torch
    >>> from aae_sklearn.priors import TorchPrior
    >>> prior = TorchPrior(torch.distributions.Gumbel(0.0, 1.0))
    >>> prior.sample(3, n_components=2, random_state=0).shape
    (3, 2)
    """

    def __init__(self, distribution: torch.distributions.Distribution) -> None:
        self.distribution = distribution

    def check(self, n_components: int) -> None:
        if _is_discrete(self.distribution):
            raise TypeError(
                f"codes are real vectors, but {self.distribution!r} is a discrete law; use a "
                "continuous distribution."
            )
        super().check(n_components)

    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        size = (n_samples, n_components) if self._is_scalar else (n_samples,)
        with _torch_seed(int(rng.randint(2**31 - 1))), torch.no_grad():
            return self.distribution.sample(size).double().cpu().numpy()

    @property
    def has_log_prob(self) -> bool:
        name = "log_prob"
        return getattr(type(self.distribution), name) is not getattr(
            torch.distributions.Distribution, name
        )

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(f"{self!r} has no log_prob.")
        values = torch.as_tensor(as_codes(codes), device=self._device)
        with torch.no_grad():
            inside = self.distribution.support.check(values)
            # Codes outside would be refused: their place is taken by a draw.
            safe_codes = torch.as_tensor(
                self.sample(1, values.shape[1], random_state=0), device=self._device
            ).expand_as(values)
            mask = inside if inside.ndim == 2 else inside[:, None]
            log_density = self.distribution.log_prob(torch.where(mask, values, safe_codes))
            log_density = torch.where(inside, log_density, -torch.inf)
        return log_density.reshape(len(values), -1).sum(dim=1).double().cpu().numpy()

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"TorchPrior({self.distribution!r})"

    @property
    def _is_scalar(self) -> bool:
        return not self.distribution.batch_shape and not self.distribution.event_shape

    @property
    def _device(self) -> torch.device:
        with _torch_seed(0), torch.no_grad():
            return self.distribution.sample().device


class EstimatorPrior(WrappedPrior):
    """A fitted scikit-learn estimator that can be drawn from.

    Parameters
    ----------
    estimator : estimator
        Fitted, with a ``sample`` method: GaussianMixture, BayesianGaussianMixture,
        KernelDensity. ``score_samples``, if there is one, gives the log density.

    Notes
    -----
    ``sklearn.clone`` keeps the fitted estimator of this prior. It would unfit an estimator
    that stands alone as a parameter: wrap it before a grid search.

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
        super().check(n_components)

    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        if "random_state" in inspect.signature(self.estimator.sample).parameters:
            drawn = self.estimator.sample(n_samples, random_state=rng)
        elif hasattr(self.estimator, "random_state"):
            seeded = copy.copy(self.estimator)
            seeded.random_state = rng
            drawn = seeded.sample(n_samples)
        else:
            raise TypeError(
                f"{self.estimator!r} takes no random_state; pass a callable "
                "(n_samples, n_components, random_state) -> array that calls it."
            )
        # Mixtures return the draws and their components, in the order of the components.
        return rng.permutation(drawn[0]) if isinstance(drawn, tuple) else drawn

    @property
    def has_log_prob(self) -> bool:
        return hasattr(self.estimator, "score_samples")

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(f"{self!r} has no score_samples.")
        return np.asarray(self.estimator.score_samples(as_codes(codes)), dtype=np.float64)

    def __sklearn_clone__(self) -> EstimatorPrior:
        return type(self)(copy.deepcopy(self.estimator))


class CallablePrior(WrappedPrior):
    """A function that draws codes.

    Parameters
    ----------
    function : callable
        Called as ``function(n_samples, n_components, random_state)`` with a
        ``numpy.random.RandomState``; returns an array of shape (n_samples, n_components).
        A function with a name in a module can be pickled, a lambda cannot.

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


def _scipy_name(distribution: Any) -> str:
    arguments = [f"{value:g}" for value in distribution.args]
    arguments += [f"{name}={value:g}" for name, value in distribution.kwds.items()]
    return f"{distribution.dist.name}({', '.join(arguments)})"


def _is_discrete(distribution: torch.distributions.Distribution) -> bool:
    try:
        return bool(distribution.support.is_discrete)
    except NotImplementedError:
        return False


@contextmanager
def _torch_seed(seed: int) -> Iterator[None]:
    """Seed torch's generators within, and put them back after."""
    # A machine's CUDA generators are left asleep: a seed queued for them would outlive this.
    awake = torch.cuda.is_initialized()
    devices = range(torch.cuda.device_count()) if awake else []
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if awake:
            torch.cuda.manual_seed_all(seed)
        yield
