"""Priors that networks meet as N(0, I), through a bijection that keeps probabilities.

A value of the source distribution goes to the value of the target distribution that has the
same probability below it: ``G^-1(F(value))``. Above the median the probabilities above are
matched instead, since ``1 - F`` keeps its relative precision where ``F`` has rounded to 1.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.utils import check_random_state

from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._checks import FloatArray, RandomState, as_codes

# |u| stops at 37 where the support is unbounded: float64 does not hold the normal tail beyond.
SMALLEST_TAIL = 1e-299
# |u| stops at 8 at a finite end of the support: float64 cannot come closer to the end.
SMALLEST_TAIL_AT_AN_END = 1e-15
# In the centre of a radial distribution both radii are proportional; a smaller mass underflows.
SMALLEST_CENTRE = 1e-100

NORMAL = stats.norm()


class ScalarLaw(Protocol):
    """A distribution of one number, as `transport` uses it; frozen scipy distributions fit."""

    def cdf(self, x: FloatArray) -> FloatArray: ...
    def sf(self, x: FloatArray) -> FloatArray: ...
    def ppf(self, q: FloatArray) -> FloatArray: ...
    def isf(self, q: FloatArray) -> FloatArray: ...


class MarginalLaw(ScalarLaw, Protocol):
    """The distribution of one coordinate of an `IndependentPrior`."""

    def logpdf(self, x: FloatArray) -> FloatArray: ...
    def support(self) -> tuple[float, float]: ...


class TransportedPrior(Prior):
    """A prior with an exact bijection to N(0, I): its working samples are standard normal."""

    @property
    def is_normal_inside(self) -> bool:
        return True

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        return self.from_working(self.sample_working(n_samples, n_components, random_state))

    def sample_working(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        self.check(n_components)
        rng = check_random_state(random_state)
        working: FloatArray = rng.standard_normal((n_samples, n_components))
        return working

    @abstractmethod
    def to_working(self, codes: ArrayLike) -> FloatArray: ...

    @abstractmethod
    def from_working(self, working: ArrayLike) -> FloatArray: ...


class IndependentPrior(TransportedPrior):
    """A prior with independent, identically distributed coordinates."""

    @abstractmethod
    def marginal(self, n_components: int) -> MarginalLaw:
        """Distribution of one coordinate.

        Parameters
        ----------
        n_components : int
            Number of components of a code.

        Returns
        -------
        marginal : frozen continuous distribution of scipy.stats, or an object like it
            With the methods cdf, sf, ppf, isf, logpdf and support.
        """

    def to_working(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        return independent_to_working(z, self.marginal(z.shape[1]))

    def from_working(self, working: ArrayLike) -> FloatArray:
        u = as_codes(working)
        return independent_from_working(u, self.marginal(u.shape[1]))

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        return independent_log_prob(z, self.marginal(z.shape[1]))


def transport(
    values: FloatArray,
    source: ScalarLaw,
    target: ScalarLaw,
    smallest_below: float = SMALLEST_TAIL,
    smallest_above: float = SMALLEST_TAIL,
) -> FloatArray:
    """Map values of the source distribution to the target's, keeping their probabilities.

    Parameters
    ----------
    values : ndarray
        Values of the source distribution.
    source, target : ScalarLaw
        Distributions of one number.
    smallest_below, smallest_above : float, default=1e-299
        Lower bounds of the probabilities below and above a value.

    Returns
    -------
    values : ndarray
        Values of the target distribution, of the same shape. NaN stays NaN.
    """
    mapped = np.empty_like(values)
    # The quantiles of very heavy tails overflow; the clip below keeps them finite.
    with np.errstate(over="ignore", under="ignore"):
        below = source.cdf(values)
        lower = below <= 0.5
        mapped[lower] = target.ppf(np.maximum(below[lower], smallest_below))
        above = source.sf(values[~lower])
        mapped[~lower] = target.isf(np.maximum(above, smallest_above))
    return np.clip(mapped, -np.finfo(np.float64).max, np.finfo(np.float64).max)


def independent_to_working(codes: FloatArray, marginal: MarginalLaw) -> FloatArray:
    """u_i = Phi^-1(F(z_i)) for each coordinate."""
    return transport(codes, marginal, NORMAL, *_smallest_tails(marginal))


def independent_from_working(working: FloatArray, marginal: MarginalLaw) -> FloatArray:
    """z_i = F^-1(Phi(u_i)) for each coordinate."""
    return transport(working, NORMAL, marginal, *_smallest_tails(marginal))


def independent_log_prob(codes: FloatArray, marginal: MarginalLaw) -> FloatArray:
    """log p(z) = sum of log f(z_i) over the coordinates."""
    with np.errstate(over="ignore"):
        log_density: FloatArray = np.sum(marginal.logpdf(codes), axis=1)
        return log_density


def _smallest_tails(marginal: MarginalLaw) -> tuple[float, float]:
    """Smallest probabilities below and above a value, by whether the support ends there."""
    low, high = marginal.support()
    return (
        SMALLEST_TAIL_AT_AN_END if np.isfinite(low) else SMALLEST_TAIL,
        SMALLEST_TAIL_AT_AN_END if np.isfinite(high) else SMALLEST_TAIL,
    )


def radial_to_working(
    codes: FloatArray, squared_radius: ScalarLaw, bounded: bool = False
) -> FloatArray:
    """u = z / |z| * r with r² the chi-square quantile at the probability of |z|²."""
    chi2 = stats.chi2(codes.shape[1])
    return _change_radius(codes, squared_radius, chi2, bounded)


def radial_from_working(
    working: FloatArray, squared_radius: ScalarLaw, bounded: bool = False
) -> FloatArray:
    """z = u / |u| * r with r² the quantile of |z|² at the probability of |u|²."""
    chi2 = stats.chi2(working.shape[1])
    return _change_radius(working, chi2, squared_radius, bounded)


def _change_radius(
    vectors: FloatArray, source: ScalarLaw, target: ScalarLaw, bounded: bool
) -> FloatArray:
    """Map squared lengths and keep directions; near the centre multiply by a constant."""
    smallest_above = SMALLEST_TAIL_AT_AN_END if bounded else SMALLEST_TAIL
    # A row is divided by its largest entry first: float64 does not hold the square of 1e200.
    largest = np.max(np.abs(vectors), axis=1, keepdims=True)
    shape = vectors / np.where(largest > 0, largest, 1.0)
    length = largest * np.linalg.norm(shape, axis=1, keepdims=True)
    centre = source.ppf(np.array([SMALLEST_CENTRE]))
    squared = np.clip(length, np.sqrt(centre), 1e150) ** 2
    mapped = transport(squared, source, target, SMALLEST_CENTRE, smallest_above)
    inside = length < np.sqrt(centre)
    ratio = np.sqrt(mapped) / np.where(inside, np.sqrt(centre), length)
    return vectors * ratio
