"""Default places of the components of a Gaussian mixture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.spatial.distance import pdist

from aae_sklearn.priors._checks import FloatArray

# Distance between the nearest two centres, in standard deviations of a component.
SEPARATION = 6.0


def round_scale(means: FloatArray) -> float:
    """Standard deviation of round components whose nearest centres are SEPARATION of it apart."""
    smallest = float(np.min(pdist(means))) if len(means) > 1 else 0.0
    return smallest / SEPARATION if smallest > 0 else 1.0


@lru_cache(maxsize=64)
def petals(
    n_clusters: int, length: float, width: float, distance: float
) -> tuple[FloatArray, FloatArray]:
    """Means and Cholesky factors of petals.

    Petal k is N(0, length²) x N(0, width²), shifted outwards by `distance` and rotated by
    2 pi k / n_clusters.
    """
    angle = 2 * np.pi * np.arange(n_clusters) / n_clusters
    outward = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    across = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    axes = np.stack([length * outward, width * across], axis=2)
    try:
        factors = np.linalg.cholesky(axes @ np.swapaxes(axes, 1, 2)).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"length={length!r} and width={width!r} differ by more than float64 holds; make the "
            "smaller at least 1e-6 of the larger."
        ) from error
    return distance * outward, factors


@lru_cache(maxsize=64)
def separated(n_clusters: int, n_components: int) -> tuple[FloatArray, FloatArray]:
    """Means and factors of round components with distant centres, overall variance 1."""
    if n_clusters == 1:
        centres = np.zeros((1, n_components))
    elif n_components == 1:
        centres = np.linspace(-1, 1, n_clusters)[:, None]
    else:
        centres = _spread_directions(n_clusters, n_components)
    scale = round_scale(centres)
    total = np.sqrt(np.mean(centres.var(axis=0)) + scale**2)
    factors = np.tile(scale / total * np.eye(n_components), (n_clusters, 1, 1))
    return centres / total, factors


def _spread_directions(n_clusters: int, n_components: int) -> FloatArray:
    """Unit vectors chosen one by one, each the farthest from those chosen before."""
    candidates = np.random.RandomState(0).standard_normal((100 * n_clusters, n_components))
    candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
    chosen = candidates[:1]
    nearest = np.full(len(candidates), np.inf)
    for _ in range(n_clusters - 1):
        nearest = np.minimum(nearest, np.linalg.norm(candidates - chosen[-1], axis=1))
        chosen = np.concatenate([chosen, candidates[[np.argmax(nearest)]]])
    return chosen
