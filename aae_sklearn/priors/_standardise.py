"""Laws that networks meet after a fixed shift and scaling of each coordinate.

Where no bijection to N(0, I) is at hand, means near 0 and spread near 1 are what networks
need. Coordinates with heavy tails pass through arcsinh first, which is linear in the centre
and logarithmic far out.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._checks import FloatArray, as_codes

# A coordinate is heavy-tailed if its largest draw is this many standard deviations away.
HEAVY = 10.0
REFERENCE_DRAWS = 4096
LARGEST_ARCSINH = 700.0  # sinh overflows beyond


@dataclass(frozen=True)
class Standardisation:
    """u = (g((z - location) / scale) - center) / spread, g = arcsinh if heavy, else identity.

    All fields have shape (n_components,).
    """

    location: FloatArray
    scale: FloatArray
    heavy: NDArray[np.bool_]
    center: FloatArray
    spread: FloatArray

    def forward(self, codes: FloatArray) -> FloatArray:
        standard = (codes - self.location) / self.scale
        bent = np.where(self.heavy, np.arcsinh(standard), standard)
        return (bent - self.center) / self.spread

    def backward(self, working: FloatArray) -> FloatArray:
        bent = working * self.spread + self.center
        safe = np.clip(bent, -LARGEST_ARCSINH, LARGEST_ARCSINH)
        standard = np.where(self.heavy, np.sinh(safe), bent)
        with np.errstate(over="ignore"):
            codes = standard * self.scale + self.location
        return np.clip(codes, -np.finfo(np.float64).max, np.finfo(np.float64).max)


class StandardisedPrior(Prior):
    """A law whose working space is a fixed standardisation of the codes."""

    @abstractmethod
    def standardisation(self, n_components: int) -> Standardisation:
        """Shift and scale of each coordinate; the same at each call."""

    def to_working(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        return self.standardisation(z.shape[1]).forward(z)

    def from_working(self, working: ArrayLike) -> FloatArray:
        u = as_codes(working)
        return self.standardisation(u.shape[1]).backward(u)


class SampledPrior(StandardisedPrior):
    """A law whose standardisation is read from draws, once for the present parameters."""

    @abstractmethod
    def reference(self, n_components: int) -> FloatArray:
        """Draws that tell the law's location and spread; the same at each call."""

    def standardisation(self, n_components: int) -> Standardisation:
        parameters = (n_components, *self.get_params(deep=False).values())
        known, standardisation = getattr(self, "_known", ((), None))
        if standardisation is None or not _same(known, parameters):
            standardisation = from_draws(self.reference(n_components))
            self._known = (parameters, standardisation)
        return standardisation

    def __getstate__(self) -> dict[str, Any]:
        # What is known can be read again; a pickle (or a hash of it) holds parameters only.
        return {key: value for key, value in super().__getstate__().items() if key != "_known"}


def _same(known: tuple[object, ...], parameters: tuple[object, ...]) -> bool:
    pairs = zip(known, parameters, strict=False)
    return len(known) == len(parameters) and all(one is other for one, other in pairs)


def from_moments(mean: FloatArray, variance: FloatArray) -> Standardisation:
    """Standardise by known means and variances, both of shape (n_components,)."""
    scale = np.sqrt(variance)
    return Standardisation(
        location=mean,
        scale=np.where(scale > 0, scale, 1.0),
        heavy=np.zeros(mean.shape, dtype=bool),
        center=np.zeros_like(mean),
        spread=np.ones_like(mean),
    )


def from_draws(draws: FloatArray) -> Standardisation:
    """Standardise as a sample of the law suggests.

    Parameters
    ----------
    draws : ndarray of shape (n_samples, n_components)
        Draws from the law.

    Returns
    -------
    standardisation : Standardisation
        By mean and standard deviation; by median, quartiles and arcsinh in the coordinates
        whose largest draw is more than ten standard deviations away from the mean.
    """
    # Squares of very heavy-tailed draws overflow, and such a coordinate counts as heavy.
    with np.errstate(over="ignore", invalid="ignore"):
        light = from_moments(draws.mean(axis=0), draws.var(axis=0))
        farthest = np.max(np.abs(light.forward(draws)), axis=0)
    heavy = ~((farthest <= HEAVY) & np.isfinite(light.scale))
    if not heavy.any():
        return light
    median, quartile = np.median(draws, axis=0), _normal_scale(draws)
    location = np.where(heavy, median, light.location)
    scale = np.where(heavy, np.where(quartile > 0, quartile, 1.0), light.scale)
    unit = Standardisation(location, scale, heavy, light.center, light.spread)
    bent = unit.forward(draws)
    center = np.where(heavy, bent.mean(axis=0), 0.0)
    spread = np.where(heavy, bent.std(axis=0), 1.0)
    return Standardisation(location, scale, heavy, center, spread)


def _normal_scale(draws: FloatArray) -> FloatArray:
    """Interquartile range as the standard deviation of a normal law with the same range."""
    low, high = np.quantile(draws, [0.25, 0.75], axis=0)
    scale: FloatArray = (high - low) / (2 * stats.norm.ppf(0.75))
    return scale
