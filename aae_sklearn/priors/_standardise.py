"""Priors whose working space is a fixed shift and scaling of each coordinate.

They have no bijection to N(0, I) in closed form. Networks need means near 0 and standard
deviations near 1. Coordinates with heavy tails pass through arcsinh first, which is linear in
the centre and logarithmic far out.
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

# A coordinate is heavy-tailed if its farthest sample is this many standard deviations away.
HEAVY = 10.0
REFERENCE_SAMPLES = 4096  # from which location and scale are estimated
LARGEST_ARCSINH = 700.0  # sinh overflows beyond


@dataclass(frozen=True)
class Standardisation:
    """u = (g((z - location) / scale) - center) / spread.

    g is arcsinh in heavy-tailed coordinates and the identity in the others. All fields have
    shape (n_components,).
    """

    location: FloatArray
    scale: FloatArray
    heavy: NDArray[np.bool_]
    center: FloatArray
    spread: FloatArray

    def forward(self, codes: FloatArray) -> FloatArray:
        """Codes z to working vectors u."""
        standard = (codes - self.location) / self.scale
        bent = np.where(self.heavy, np.arcsinh(standard), standard)
        return (bent - self.center) / self.spread

    def inverse(self, working: FloatArray) -> FloatArray:
        """Working vectors u to codes z, clipped to what float64 holds."""
        bent = working * self.spread + self.center
        safe = np.clip(bent, -LARGEST_ARCSINH, LARGEST_ARCSINH)
        standard = np.where(self.heavy, np.sinh(safe), bent)
        with np.errstate(over="ignore"):
            codes = standard * self.scale + self.location
        return np.clip(codes, -np.finfo(np.float64).max, np.finfo(np.float64).max)


class StandardisedPrior(Prior):
    """A prior whose working space is a fixed standardisation of the codes."""

    @abstractmethod
    def standardisation(self, n_components: int) -> Standardisation:
        """Return shift and scale of each coordinate, the same at each call."""

    def to_working(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        return self.standardisation(z.shape[1]).forward(z)

    def from_working(self, working: ArrayLike) -> FloatArray:
        u = as_codes(working)
        return self.standardisation(u.shape[1]).inverse(u)


class SampledPrior(StandardisedPrior):
    """A prior whose standardisation is estimated from samples, once for given parameters."""

    @abstractmethod
    def reference(self, n_components: int) -> FloatArray:
        """Return samples that location and scale are estimated from, the same at each call."""

    def standardisation(self, n_components: int) -> Standardisation:
        parameters = tuple(self.get_params(deep=False).values())
        width, known, standardisation = getattr(self, "_known", (0, (), None))
        if width != n_components or standardisation is None or not _same(known, parameters):
            standardisation = from_samples(self.reference(n_components))
            self._known = (n_components, parameters, standardisation)
        return standardisation

    def __getstate__(self) -> dict[str, Any]:
        # A pickle, and a hash of it, holds parameters only: `_known` follows from them.
        return {key: value for key, value in super().__getstate__().items() if key != "_known"}


def _same(known: tuple[object, ...], parameters: tuple[object, ...]) -> bool:
    """Whether two tuples hold the same objects; equality of arrays would be slow."""
    pairs = zip(known, parameters, strict=False)
    return len(known) == len(parameters) and all(one is other for one, other in pairs)


def from_moments(mean: FloatArray, variance: FloatArray) -> Standardisation:
    """Standardisation by known means and variances, both of shape (n_components,)."""
    scale = np.sqrt(variance)
    return Standardisation(
        location=mean,
        scale=np.where(scale > 0, scale, 1.0),
        heavy=np.zeros(mean.shape, dtype=bool),
        center=np.zeros_like(mean),
        spread=np.ones_like(mean),
    )


def from_samples(samples: FloatArray) -> Standardisation:
    """Standardisation estimated from samples.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_components)
        Samples of the distribution.

    Returns
    -------
    standardisation : Standardisation
        By mean and standard deviation. By median, quartiles and arcsinh in the coordinates
        whose farthest sample is more than HEAVY standard deviations away from the mean.
    """
    # Squares of very heavy-tailed samples overflow, and such a coordinate counts as heavy.
    with np.errstate(over="ignore", invalid="ignore"):
        light = from_moments(samples.mean(axis=0), samples.var(axis=0))
        farthest = np.max(np.abs(light.forward(samples)), axis=0)
    heavy = ~((farthest <= HEAVY) & np.isfinite(light.scale))
    if not heavy.any():
        return light
    median, quartile = np.median(samples, axis=0), _normal_scale(samples)
    location = np.where(heavy, median, light.location)
    scale = np.where(heavy, np.where(quartile > 0, quartile, 1.0), light.scale)
    unit = Standardisation(location, scale, heavy, light.center, light.spread)
    bent = unit.forward(samples)
    center = np.where(heavy, bent.mean(axis=0), 0.0)
    spread = np.where(heavy, bent.std(axis=0), 1.0)
    return Standardisation(location, scale, heavy, center, spread)


def _normal_scale(samples: FloatArray) -> FloatArray:
    """Standard deviation of the normal distribution with the samples' interquartile range."""
    low, high = np.quantile(samples, [0.25, 0.75], axis=0)
    scale: FloatArray = (high - low) / (2 * stats.norm.ppf(0.75))
    return scale
