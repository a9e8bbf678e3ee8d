"""A mixture of Gaussians: a ring of petals in 2-D, separated balls elsewhere, or as given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from aae_sklearn.priors._checks import FloatArray, IntArray, as_codes, check_count, check_positive
from aae_sklearn.priors._mixture import MixturePrior
from aae_sklearn.priors._placement import petals, round_scale, separated
from aae_sklearn.priors._standardise import Standardisation, from_moments


class GaussianMixturePrior(MixturePrior):
    """A mixture of Gaussians: a ring of petals in 2-D, or as given.

    Without `means` the components are placed by a fixed rule:

    - In 2-D they are the petals of the paper [1]_: long along the radius, narrow across it,
      with centres on a ring.
    - In 1-D they stand in a row.
    - In 3-D and more they are round, with centres spread over a sphere.

    Outside of 2-D the nearest two centres are six standard deviations of a mixture component
    apart, and with equal weights the variance of a coordinate is 1, on average over the
    coordinates. A single component is centred at 0.

    Parameters
    ----------
    n_clusters : int, default=10
        Number of mixture components. It is read from `means` where they are given.
    means : array-like of shape (n_clusters, n_components) or None, default=None
        Centres of the mixture components. None places them by the rule above.
    covariances : array-like or None, default=None
        Covariances of the mixture components, allowed with `means` only. The shape is
        (n_clusters, n_components, n_components) for full matrices, (n_clusters, n_components)
        for variances of the coordinates, (n_clusters,) for one variance of each component.
        None makes them round, with a sixth of the distance between the nearest two centres as
        standard deviation.
    weights : array-like of shape (n_clusters,) or None, default=None
        Probabilities of the mixture components, with sum 1. None makes them equal.
    length : float, default=0.5
        Standard deviation of a petal along the radius.
    width : float, default=0.1
        Standard deviation of a petal across the radius.
    distance : float or None, default=None
        Distance of the petals' centres from 0. None means ``1.4 * max(1, n_clusters / 10)``,
        and 0 for a single petal.

    Notes
    -----
    The paper shows the ring and gives no numbers. The defaults of `length`, `width` and
    `distance` are those that public implementations share.

    References
    ----------
    .. [1] Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, 2015, figures 2 and 4.

    Examples
    --------
    >>> from aae_sklearn.priors import GaussianMixturePrior
    >>> prior = GaussianMixturePrior(means=[[-3.0, 0.0], [3.0, 0.0]], weights=[0.25, 0.75])
    >>> codes, component = prior.sample_components(1000, n_components=2, random_state=0)
    >>> prior.assign([[-2.0, 0.5], [4.0, 1.0]])
    array([0, 1])
    >>> prior.sample_component([0, 1], n_components=2, random_state=0).shape
    (2, 2)
    """

    def __init__(
        self,
        n_clusters: int = 10,
        *,
        means: ArrayLike | None = None,
        covariances: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        length: float = 0.5,
        width: float = 0.1,
        distance: float | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.means = means
        self.covariances = covariances
        self.weights = weights
        self.length = length
        self.width = width
        self.distance = distance

    def check(self, n_components: int) -> None:
        super().check(n_components)
        check_count("n_clusters", self.n_clusters)
        check_positive("length", self.length)
        check_positive("width", self.width)
        if self.distance is not None:
            check_positive("distance", self.distance)
        self._components(n_components)

    @property
    def n_mixture_components(self) -> int:
        return self.n_clusters if self.means is None else len(np.asarray(self.means))

    def component_weights(self, n_components: int) -> FloatArray:
        count = self.n_clusters
        if self.means is not None:
            count = len(_checked_means(self.means, n_components))
        if self.weights is None:
            return np.full(count, 1 / count)
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.shape != (count,):
            raise ValueError(
                f"weights must have shape ({count},), one for each component, got {weights.shape}."
            )
        if not (np.all(weights > 0) and np.isclose(weights.sum(), 1)):
            raise ValueError(f"weights must be positive with sum 1, got {weights}.")
        normalised: FloatArray = weights / weights.sum()
        return normalised

    def component_log_prob(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        mixture = self._components(z.shape[1])
        log_density = [
            _normal_log_prob(z, mean, factor)
            for mean, factor in zip(mixture.means, mixture.factors, strict=True)
        ]
        return np.stack(log_density, axis=1) + np.log(mixture.weights)

    def standardisation(self, n_components: int) -> Standardisation:
        mixture = self._components(n_components)
        mean = mixture.weights @ mixture.means
        variances = np.sum(mixture.factors**2, axis=2) + (mixture.means - mean) ** 2
        return from_moments(mean, mixture.weights @ variances)

    def describe_support(self) -> str:
        return f"R^n_components, around {self.n_mixture_components} centres"

    def _draw(
        self, component: IntArray, n_components: int, rng: np.random.RandomState
    ) -> FloatArray:
        mixture = self._components(n_components)
        noise = rng.standard_normal((len(component), n_components))
        codes = np.empty_like(noise)
        for index, (mean, factor) in enumerate(zip(mixture.means, mixture.factors, strict=True)):
            rows = component == index
            codes[rows] = mean + noise[rows] @ factor.T
        return codes

    def _components(self, n_components: int) -> Components:
        weights = self.component_weights(n_components)
        if self.means is not None:
            means = _checked_means(self.means, n_components)
            return Components(means, _factors(self.covariances, means), weights)
        if self.covariances is not None:
            raise ValueError("covariances need means; pass both, or neither.")
        if n_components == 2:
            distance = self._petal_distance()
            means, factors = petals(self.n_clusters, self.length, self.width, distance)
        else:
            means, factors = separated(self.n_clusters, n_components)
        return Components(means, factors, weights)

    def _petal_distance(self) -> float:
        if self.distance is not None:
            return self.distance
        return 1.4 * max(1.0, self.n_clusters / 10) if self.n_clusters > 1 else 0.0


@dataclass(frozen=True)
class Components:
    """Parameters of k components in n dimensions.

    Means have shape (k, n). Lower triangular factors L of the covariances L L^T have shape
    (k, n, n). Weights have shape (k,) and sum 1.
    """

    means: FloatArray
    factors: FloatArray
    weights: FloatArray


def _normal_log_prob(codes: FloatArray, mean: FloatArray, factor: FloatArray) -> FloatArray:
    """log N(z; mean, L L^T) = -|L^-1 (z - mean)|² / 2 - log det L - n/2 log 2 pi."""
    whitened = solve_triangular(factor, (codes - mean).T, lower=True)
    log_det = np.sum(np.log(np.abs(np.diag(factor))))
    normaliser = log_det + len(mean) / 2 * np.log(2 * np.pi)
    log_density: FloatArray = -0.5 * np.sum(whitened**2, axis=0) - normaliser
    return log_density


def _checked_means(means: ArrayLike, n_components: int) -> FloatArray:
    """Centres given by the user as float64 of shape (n_clusters, n_components)."""
    array = np.asarray(means, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != n_components or not len(array):
        raise ValueError(
            f"means must have shape (n_clusters, n_components={n_components}), got "
            f"{array.shape}; pass a row for each component, and set n_components to the number "
            "of columns."
        )
    if not np.isfinite(array).all():
        raise ValueError("means must be finite, got NaN or infinity.")
    return array


def _factors(covariances: ArrayLike | None, means: FloatArray) -> FloatArray:
    """Cholesky factors (k, n, n) of covariances given as full, diagonal, round or None."""
    count, n_components = means.shape
    identity = np.eye(n_components)
    if covariances is None:
        return np.tile(round_scale(means) * identity, (count, 1, 1))
    array = np.asarray(covariances, dtype=np.float64)
    if array.shape == (count,):
        array = array[:, None, None] * identity
    elif array.shape == (count, n_components):
        array = array[:, :, None] * identity
    if array.shape != (count, n_components, n_components):
        raise ValueError(
            f"covariances must have shape ({count},), ({count}, {n_components}) or "
            f"({count}, {n_components}, {n_components}), got {array.shape}."
        )
    return _cholesky(array)


def _cholesky(covariances: FloatArray) -> FloatArray:
    if not np.allclose(covariances, np.swapaxes(covariances, 1, 2)):
        raise ValueError("covariances must be symmetric.")
    try:
        return np.linalg.cholesky(covariances).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise ValueError("covariances must be positive definite.") from error
