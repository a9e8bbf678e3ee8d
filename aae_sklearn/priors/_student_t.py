"""Student's t distribution: heavy tails, per coordinate or in all directions at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import betainc, betaincinv, gammaln, stdtr

from aae_sklearn.priors._checks import FloatArray, as_codes, check_positive
from aae_sklearn.priors._transport import (
    MarginalLaw,
    TransportedPrior,
    independent_from_working,
    independent_log_prob,
    independent_to_working,
    radial_from_working,
    radial_to_working,
)

# In units of sqrt(df): from here on float64 does not tell the tail from its power law.
FAR_TAIL = 1e8


class StudentTPrior(TransportedPrior):
    """Student's t distribution; ``df=1`` is the Cauchy distribution.

    Parameters
    ----------
    df : float or None, default=None
        Degrees of freedom, at least 0.1. Fewer degrees give heavier tails. None means
        ``max(n_components - 1, 1)``, the rule of parametric t-SNE [1]_.
    scale : float, default=1.0
        Scale of each coordinate. It is the standard deviation only in the limit of large `df`.
    multivariate : bool, default=False
        If False, coordinates are independent. If True, they share one random scale:
        ``z = scale * g * sqrt(df / chi2_df)`` with g normal. Both have the same marginals.
        Far samples lie near the axes if False, and in all directions if True.

    References
    ----------
    .. [1] van der Maaten, "Learning a Parametric Embedding by Preserving Local Structure",
       AISTATS 2009.

    Examples
    --------
    >>> from aae_sklearn.priors import StudentTPrior
    >>> cauchy = StudentTPrior(df=1)
    >>> cauchy.to_working([[1e6, 0.0]]).round(4)
    array([[4.9798, 0.    ]])
    >>> cauchy.log_prob([[0.0]]).round(4)
    array([-1.1447])
    """

    def __init__(
        self, df: float | None = None, scale: float = 1.0, multivariate: bool = False
    ) -> None:
        self.df = df
        self.scale = scale
        self.multivariate = multivariate

    def check(self, n_components: int) -> None:
        super().check(n_components)
        if self.df is not None and check_positive("df", self.df) < 0.1:
            raise ValueError(
                f"df must be at least 0.1, got {self.df!r}: below, samples exceed what "
                "float64 holds; df=1 is the Cauchy distribution."
            )
        check_positive("scale", self.scale)
        if not isinstance(self.multivariate, (bool, np.bool_)):
            raise TypeError(f"multivariate must be True or False, got {self.multivariate!r}.")

    def to_working(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        if self.multivariate:
            return radial_to_working(z / self.scale, self._squared_radius(z.shape[1]))
        return independent_to_working(z, self._marginal(z.shape[1]))

    def from_working(self, working: ArrayLike) -> FloatArray:
        u = as_codes(working)
        if self.multivariate:
            squared_radius = self._squared_radius(u.shape[1])
            return self.scale * radial_from_working(u, squared_radius)
        return independent_from_working(u, self._marginal(u.shape[1]))

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        if self.multivariate:
            return self._joint_log_prob(z)
        return independent_log_prob(z, self._marginal(z.shape[1]))

    def _marginal(self, n_components: int) -> MarginalLaw:
        df = degrees_of_freedom(self.df, n_components)
        if df == 1:
            cauchy: MarginalLaw = stats.cauchy(scale=self.scale)  # in closed form
            return cauchy
        return StudentTMarginal(df, self.scale)

    def _squared_radius(self, n_components: int) -> StudentTSquaredRadius:
        return StudentTSquaredRadius(n_components, degrees_of_freedom(self.df, n_components))

    def _joint_log_prob(self, codes: FloatArray) -> FloatArray:
        n, df = codes.shape[1], degrees_of_freedom(self.df, codes.shape[1])
        normaliser = (
            gammaln((df + n) / 2)
            - gammaln(df / 2)
            - n / 2 * np.log(df * np.pi)
            - n * np.log(self.scale)
        )
        squared = np.sum((codes / self.scale) ** 2, axis=1)
        log_density: FloatArray = normaliser - (df + n) / 2 * np.log1p(squared / df)
        return log_density


def degrees_of_freedom(df: float | None, n_components: int) -> float:
    """Those that were given, or with None the rule of parametric t-SNE."""
    return float(max(n_components - 1, 1) if df is None else df)


@dataclass(frozen=True)
class StudentTSquaredRadius:
    """Distribution of |z|² of the multivariate t distribution with scale 1.

    |z|² / n follows the F distribution with (n, df) degrees. In terms of the incomplete beta
    function I: P(|z|² <= s) = I(n/2, df/2; s / (df + s)), 1 - P = I(df/2, n/2; df / (df + s)).
    scipy.stats.f is not used: its upper quantiles lose their precision far out.
    """

    n_components: int
    df: float

    def cdf(self, x: FloatArray) -> FloatArray:
        below: FloatArray = betainc(self.n_components / 2, self.df / 2, x / (self.df + x))
        return below

    def sf(self, x: FloatArray) -> FloatArray:
        above: FloatArray = betainc(self.df / 2, self.n_components / 2, self.df / (self.df + x))
        return above

    def ppf(self, q: FloatArray) -> FloatArray:
        share = betaincinv(self.n_components / 2, self.df / 2, q)
        squared: FloatArray = self.df * share / (1 - share)
        return squared

    def isf(self, q: FloatArray) -> FloatArray:
        share = betaincinv(self.df / 2, self.n_components / 2, q)
        # |z| stops at 1e150, the largest length whose square is a float64.
        squared: FloatArray = self.df * (1 - share) / np.maximum(share, 1e-300)
        return squared


@dataclass(frozen=True)
class StudentTMarginal:
    """Student's t distribution of one coordinate, about its location.

    Its tail P(z > t) becomes proportional to t^-df. scipy.stats.t is not used: its quantiles far
    out are infinite or of the wrong sign.
    """

    df: float
    scale: float
    location: float = 0.0

    def cdf(self, x: FloatArray) -> FloatArray:
        return self.sf(2 * self.location - x)

    def sf(self, x: FloatArray) -> FloatArray:
        distance = np.abs(x - self.location) / self.scale
        tail = stdtr(self.df, -np.minimum(distance, self._far))
        tail = tail * (self._far / np.maximum(distance, self._far)) ** self.df
        above: FloatArray = np.where(x < self.location, 1 - tail, tail)
        return above

    def ppf(self, q: FloatArray) -> FloatArray:
        return 2 * self.location - self.isf(q)

    def isf(self, q: FloatArray) -> FloatArray:
        tail = np.minimum(q, 1 - q)
        near = np.maximum(tail, stdtr(self.df, -self._far))
        squared = StudentTSquaredRadius(1, self.df)
        outer, inner = squared.isf(2 * near), squared.ppf(1 - 2 * np.maximum(near, 0.25))
        distance = np.sqrt(np.where(near < 0.25, outer, inner)) * (near / tail) ** (1 / self.df)
        signed: FloatArray = np.where(q > 0.5, -distance, distance)
        return self.location + self.scale * signed

    def logpdf(self, x: FloatArray) -> FloatArray:
        log_density: FloatArray = stats.t(self.df, self.location, self.scale).logpdf(x)
        return log_density

    def support(self) -> tuple[float, float]:
        return -np.inf, np.inf

    @property
    def _far(self) -> float:
        return FAR_TAIL * math.sqrt(self.df)
