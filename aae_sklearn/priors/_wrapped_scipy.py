"""Frozen distributions of scipy.stats as priors.

A univariate distribution has a cdf: its working space is N(0, I). A multivariate one is
standardised.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.stats.distributions import rv_frozen

from aae_sklearn.priors._checks import FloatArray, as_codes
from aae_sklearn.priors._student_t import StudentTMarginal
from aae_sklearn.priors._transport import IndependentPrior, MarginalLaw
from aae_sklearn.priors._wrapped import WrappedPrior


class ScipyPrior(IndependentPrior):
    """Independent coordinates with one frozen univariate distribution of scipy.

    Parameters
    ----------
    distribution : frozen continuous distribution of scipy.stats
        Distribution of each coordinate, for example ``scipy.stats.logistic(scale=2)``.

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
                "distribution; use a continuous one."
            )
        below_zero = np.asarray(self.distribution.cdf(0.0))
        if below_zero.shape != () or np.isnan(below_zero):
            raise ValueError(
                f"{_scipy_name(self.distribution)} must have scalar parameters in their "
                "domain; use a callable prior for coordinates with different distributions."
            )

    def marginal(self, n_components: int) -> MarginalLaw:
        law: MarginalLaw = self.distribution
        if not _is_student_t(law):
            return law
        given = given_arguments(self.distribution)
        return StudentTMarginal(given["df"], given["scale"], given["loc"])

    def describe_support(self) -> str:
        low, high = self.distribution.support()
        return f"each coordinate in [{low:g}, {high:g}]"

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"ScipyPrior({_scipy_name(self.distribution)})"


class ScipyMultivariatePrior(WrappedPrior):
    """A frozen multivariate distribution of scipy as the joint distribution of a code.

    Parameters
    ----------
    distribution : frozen multivariate distribution of scipy.stats
        Joint distribution of a code, for example ``scipy.stats.multivariate_normal(mean, cov)``.

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
        samples = np.asarray(self.distribution.rvs(size=n_samples, random_state=rng))
        if samples.ndim <= 2 and samples.size == n_samples * n_components:
            return samples.reshape(n_samples, n_components)  # scipy drops axes of length 1
        return samples

    def check(self, n_components: int) -> None:
        if hasattr(self.distribution, "logpmf"):
            raise TypeError(
                f"codes are real vectors, but {self!r} wraps a discrete distribution; use a "
                "continuous one."
            )
        super().check(n_components)

    @property
    def has_log_prob(self) -> bool:
        # scipy's Dirichlet takes codes as columns, so it counts as having no density.
        if not hasattr(self.distribution, "logpdf"):
            return False
        samples = np.asarray(self.distribution.rvs(size=5, random_state=0)).reshape(5, -1)
        try:
            return bool(np.shape(self.distribution.logpdf(samples)) == (5,))
        except ValueError:
            return False

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(f"{self!r} has no logpdf that takes codes as rows.")
        z = as_codes(codes)
        try:
            return np.asarray(self.distribution.logpdf(z), dtype=float).reshape(-1)
        except ValueError:
            if z.shape[1] != np.size(self.distribution.rvs(random_state=0)):
                raise
            return np.array([self._log_prob_of(code) for code in z])

    def _log_prob_of(self, code: FloatArray) -> float:
        """Log density of one code, minus infinity where scipy refuses it, as off a sphere."""
        try:
            return float(self.distribution.logpdf(code))
        except ValueError:
            return -np.inf

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        name = type(self.distribution).__name__.removesuffix("_frozen")
        return f"ScipyMultivariatePrior({name})"


def _is_student_t(distribution: Any) -> bool:
    return type(distribution.dist) is type(stats.t)


def given_arguments(distribution: Any) -> dict[str, float]:
    """loc and scale of a frozen distribution, and df of Student's t distribution."""
    args, given = list(distribution.args), {"loc": 0.0, "scale": 1.0, **distribution.kwds}
    if _is_student_t(distribution) and "df" not in given:
        given["df"] = args.pop(0)
    given.update(zip(("loc", "scale"), args, strict=False))
    return {name: float(value) for name, value in given.items()}


def _scipy_name(distribution: Any) -> str:
    """The call that makes a frozen distribution, such as ``t(3, scale=2)``."""
    arguments = [str(value) for value in distribution.args]
    arguments += [f"{name}={value}" for name, value in distribution.kwds.items()]
    return f"{distribution.dist.name}({', '.join(arguments)})"
