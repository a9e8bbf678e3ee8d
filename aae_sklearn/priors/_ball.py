"""The uniform distribution in a ball."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from aae_sklearn.priors._checks import FloatArray, as_codes, check_positive
from aae_sklearn.priors._transport import TransportedPrior, radial_from_working, radial_to_working


class BallPrior(TransportedPrior):
    """Uniform distribution in the ball of a given radius around 0.

    Parameters
    ----------
    radius : float, default=1.0
        Radius of the ball, in the units of the codes.

    Examples
    --------
    >>> import numpy as np
    >>> from aae_sklearn.priors import BallPrior
    >>> codes = BallPrior(radius=2.0).sample(100, n_components=3, random_state=0)
    >>> bool(np.linalg.norm(codes, axis=1).max() <= 2.0)
    True
    """

    def __init__(self, radius: float = 1.0) -> None:
        self.radius = radius

    def check(self, n_components: int) -> None:
        super().check(n_components)
        check_positive("radius", self.radius)

    def to_working(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        return radial_to_working(z, self._squared_radius(z), bounded=True)

    def from_working(self, working: ArrayLike) -> FloatArray:
        u = as_codes(working)
        return radial_from_working(u, self._squared_radius(u), bounded=True)

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        n_components = z.shape[1]
        inside = np.linalg.norm(z, axis=1) <= self.radius
        # volume = pi^(n/2) / Gamma(n/2 + 1) * radius^n
        log_volume = (
            n_components / 2 * np.log(np.pi)
            - gammaln(n_components / 2 + 1)
            + n_components * np.log(self.radius)
        )
        return np.where(inside, -log_volume, -np.inf)

    def describe_support(self) -> str:
        return f"the ball |z| <= {self.radius:g}"

    def _squared_radius(self, vectors: FloatArray) -> BallSquaredRadius:
        return BallSquaredRadius(vectors.shape[1], self.radius**2)


@dataclass(frozen=True)
class BallSquaredRadius:
    """Distribution of |z|² in the ball: P(|z|² <= s) = (s / radius²)^(n / 2)."""

    n_components: int
    largest: float

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.minimum(x / self.largest, 1.0) ** (self.n_components / 2)

    def sf(self, x: FloatArray) -> FloatArray:
        share = np.minimum(x / self.largest, 1.0)
        return -np.expm1(self.n_components / 2 * np.log(share))

    def ppf(self, q: FloatArray) -> FloatArray:
        return self.largest * q ** (2 / self.n_components)

    def isf(self, q: FloatArray) -> FloatArray:
        return self.largest * np.exp(2 / self.n_components * np.log1p(-q))
