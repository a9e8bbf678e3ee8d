"""The swiss roll: a spiral in 2-D, a rolled sheet in 3-D."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from scipy.special import log_ndtr, logsumexp

from aae_sklearn.priors._checks import (
    FloatArray,
    IntArray,
    as_codes,
    check_count,
    check_not_negative,
    check_positive,
    code_chunks,
)
from aae_sklearn.priors._mixture import MixturePrior
from aae_sklearn.priors._standardise import Standardisation, from_moments

HALF_HEIGHT = np.sqrt(3.0)  # the uniform distribution on [-sqrt 3, sqrt 3] has variance 1
# Replaces the noise of a roll without noise when codes are assigned to arcs, in radii.
ASSIGNMENT_NOISE = 0.02
NODES_PER_PANEL = 12


class SwissRollPrior(MixturePrior):
    """A spiral with normal noise in 2-D; the same spiral with a uniform height in 3-D.

    With U uniform on [0, 1], the spiral has radius ``radius * sqrt(U)`` at the angle
    ``2 * pi * turns * sqrt(U)``. Samples are therefore spread evenly along it. The spiral is
    cut into `n_clusters` arcs of equal probability, which are the mixture components: arc k
    holds U in [k, k + 1] / n_clusters.

    Parameters
    ----------
    n_clusters : int, default=10
        Number of arcs.
    turns : float, default=2.0
        Number of turns of the spiral, which are ``radius / turns`` apart.
    radius : float, default=2.0
        Radius of the spiral's outer end. Codes have standard deviation 1 at 2; public
        implementations use 3.
    noise : float, default=0.15
        Standard deviation of the normal noise added to the spiral's two coordinates. Without
        noise there is no density.

    Notes
    -----
    The density is the integral over U of the noise's density around the spiral's points. It is
    computed by Gauss-Legendre quadrature with panels of two standard deviations of the noise.
    In 3-D the second coordinate is the height. It is independent of the others, uniform on
    [-sqrt(3), sqrt(3)], and has the same noise.

    References
    ----------
    Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, 2015, figure 4.

    Examples
    --------
    >>> from aae_sklearn.priors import SwissRollPrior
    >>> prior = SwissRollPrior()
    >>> codes, arc = prior.sample_components(1000, n_components=2, random_state=0)
    >>> float((prior.assign(codes) == arc).mean()) > 0.9
    True
    """

    def __init__(
        self,
        n_clusters: int = 10,
        *,
        turns: float = 2.0,
        radius: float = 2.0,
        noise: float = 0.15,
    ) -> None:
        self.n_clusters = n_clusters
        self.turns = turns
        self.radius = radius
        self.noise = noise

    def check(self, n_components: int) -> None:
        super().check(n_components)
        check_count("n_clusters", self.n_clusters)
        check_positive("turns", self.turns)
        check_positive("radius", self.radius)
        check_not_negative("noise", self.noise)
        if n_components not in (2, 3):
            raise ValueError(
                f"a swiss roll has n_components 2 or 3, got {n_components}; set n_components "
                "to 2 or 3, or use GaussianMixturePrior."
            )

    @property
    def n_mixture_components(self) -> int:
        return self.n_clusters

    @property
    def has_log_prob(self) -> bool:
        return self.noise > 0

    def component_weights(self, n_components: int) -> FloatArray:
        return np.full(self.n_clusters, 1 / self.n_clusters)

    def component_log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(
                "a swiss roll without noise has no density; set noise to a positive number."
            )
        return self._log_prob_with_noise(as_codes(codes), self.noise)

    def assign(self, codes: ArrayLike) -> IntArray:
        noise = self.noise if self.noise > 0 else ASSIGNMENT_NOISE * self.radius
        log_density = self._log_prob_with_noise(as_codes(codes), noise)
        component: IntArray = np.argmax(log_density, axis=1).astype(np.int64)
        return component

    def standardisation(self, n_components: int) -> Standardisation:
        self.check(n_components)
        mean, variance = _spiral_moments(self.turns)
        mean = self.radius * mean
        variance = self.radius**2 * variance + self.noise**2
        if n_components == 3:
            mean = np.insert(mean, 1, 0.0)
            variance = np.insert(variance, 1, 1.0 + self.noise**2)
        return from_moments(mean, variance)

    def describe_support(self) -> str:
        return f"a spiral of {self.turns:g} turns, blurred by {self.noise:g}"

    def _draw(
        self, component: IntArray, n_components: int, rng: np.random.RandomState
    ) -> FloatArray:
        position = (component + rng.uniform(size=len(component))) / self.n_clusters
        points = self.radius * _spiral(np.sqrt(position), self.turns)
        if n_components == 3:
            height = rng.uniform(-HALF_HEIGHT, HALF_HEIGHT, size=len(component))
            points = np.insert(points, 1, height, axis=1)
        return points + self.noise * rng.standard_normal(points.shape)

    def _log_prob_with_noise(self, codes: FloatArray, noise: float) -> FloatArray:
        self.check(codes.shape[1])
        flat = codes if codes.shape[1] == 2 else codes[:, [0, 2]]
        # In units of the radius; d(z / radius) costs radius² in 2-D.
        nodes = _nodes(self.n_clusters, self.turns, noise / self.radius)
        chunks = code_chunks(flat / self.radius, max(len(s) for s, _ in nodes))
        arcs = [_arc_log_prob(chunk, nodes, self.turns, noise / self.radius) for chunk in chunks]
        spiral: FloatArray = np.concatenate(arcs) - 2 * np.log(self.radius)
        if codes.shape[1] == 2:
            return spiral
        return spiral + _height_log_prob(codes[:, 1], noise)[:, None]


def _spiral(s: FloatArray, turns: float) -> FloatArray:
    """Points of the spiral with outer radius 1, at s = sqrt(U)."""
    angle = 2 * np.pi * turns * s
    return np.stack([s * np.cos(angle), s * np.sin(angle)], axis=-1)


@lru_cache(maxsize=16)
def _spiral_moments(turns: float) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the spiral's two coordinates; s = sqrt(U) has density 2 s."""
    s, weights = _panels(0.0, 1.0, max(8, int(8 * turns)))
    points = _spiral(s, turns)
    mean = (2 * s * weights) @ points
    return mean, (2 * s * weights) @ points**2 - mean**2


def _panels(low: float, high: float, count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on equal panels of [low, high]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES_PER_PANEL)
    edges = np.linspace(low, high, count + 1)
    half = (edges[1] - edges[0]) / 2
    middles = (edges[:-1] + edges[1:]) / 2
    return (middles[:, None] + half * nodes).ravel(), np.tile(half * weights, count)


@lru_cache(maxsize=16)
def _nodes(
    n_clusters: int, turns: float, noise: float
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """For each arc, quadrature nodes s and the logs of their weights times 2 s."""
    arcs = []
    edges = np.sqrt(np.arange(n_clusters + 1) / n_clusters)
    for low, high in pairwise(edges):
        # |d point / d s| = sqrt(1 + angle²) is at most this at the arc's outer end.
        length = (high - low) * np.sqrt(1 + (2 * np.pi * turns * high) ** 2)
        s, weights = _panels(low, high, int(np.ceil(length / (2 * noise))))
        arcs.append((s, np.log(2 * s * weights)))
    return tuple(arcs)


def _arc_log_prob(
    points: FloatArray,
    nodes: tuple[tuple[FloatArray, FloatArray], ...],
    turns: float,
    noise: float,
) -> FloatArray:
    """Log of the integral over each arc of N(point; spiral(s), noise²) 2 s ds."""
    columns = []
    for s, log_weights in nodes:
        squared = cdist(points, _spiral(s, turns), "sqeuclidean")
        exponent = -0.5 * squared / noise**2 + log_weights
        columns.append(logsumexp(exponent, axis=1) - np.log(2 * np.pi * noise**2))
    return np.stack(columns, axis=1)


def _height_log_prob(height: FloatArray, noise: float) -> FloatArray:
    """Log density of a uniform number on [-sqrt 3, sqrt 3] plus normal noise."""
    # Phi(upper) - Phi(lower), at -|height|, where both are small and log_ndtr is precise.
    upper = log_ndtr((HALF_HEIGHT - np.abs(height)) / noise)
    lower = log_ndtr((-HALF_HEIGHT - np.abs(height)) / noise)
    # Their difference is at most that of the logs of the normal densities. Far out only the latter
    # is precise: there both arguments round to one number, or both logs are -inf.
    with np.errstate(invalid="ignore"):
        difference = np.fmin(lower - upper, -2 * HALF_HEIGHT * np.abs(height) / noise**2)
    log_density: FloatArray = upper + np.log1p(-np.exp(difference)) - np.log(2 * HALF_HEIGHT)
    return log_density
