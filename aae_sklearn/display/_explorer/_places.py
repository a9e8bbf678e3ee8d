"""Where on the map rows lie, where the prior has mass, and where a decoded row is an invention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from aae_sklearn.display._arrays import (
    FloatArray,
    in_support,
    last_step,
    prior_draws,
    prior_name,
    robust_limits,
)
from aae_sklearn.display._density import SHARES, density, levels_of_shares, middles
from aae_sklearn.model._program import Limits, grid_codes

N_CELLS = 256  # along each axis of the map of what is known
N_DRAWS = 20_000  # samples that tell the contours
KTH = 3  # neighbour whose distance tells how far apart rows lie
REACH = 1.5  # distances to it within which a place still belongs to a row
USUAL = 0.9  # share of rows that lie no farther apart; lone ones reach no farther than these
LEAST_REACH = 0.006  # of the map's diagonal
N_NEAR = 4  # rows one of which must reach a place
ROOM = 0.4  # around the map, of its sides, in which contours go on
FLAT = 1e-9  # difference of log densities
KNOWN, NO_ROWS, NO_SUPPORT = 0, 1, 2


@dataclass(frozen=True)
class Places:
    """What is known of places.

    Attributes
    ----------
    limits : sequence of (low, high)
        Of both axes.
    reach : float
        Distance to the nearest row up to which a place beyond the limits belongs to the rows.
    cells : ndarray of shape (N_CELLS, N_CELLS), uint8
        KNOWN, NO_ROWS or NO_SUPPORT at points from the lower left to the upper right.
    prior : str or None
        Its name.
    contours : list of (share, line)
        Lines of shape (n_points, 2) around the densest places that hold a share of the prior.
    """

    limits: Limits
    reach: float
    cells: npt.NDArray[np.uint8]
    prior: str | None
    contours: list[tuple[float, FloatArray]]


def survey(estimator: Any, points: FloatArray, width: int, random_state: int | None) -> Places:
    """Look at a map of points (n_rows, 2), which are codes if these have a width of 2."""
    limits = [robust_limits(column) for column in points.T]
    grid = grid_codes(limits, N_CELLS)
    tree = cKDTree(points)
    reaches = _reaches(tree, limits)
    cells = np.where(_is_reached(grid, tree, reaches), KNOWN, NO_ROWS).astype(np.uint8)
    cells[~in_support(estimator, grid[:, :width])] = NO_SUPPORT
    draws = prior_draws(estimator, N_DRAWS, width, random_state)
    name = None if draws is None else prior_name(estimator)
    lines = [] if draws is None or width == 1 else _contours(estimator, draws, _wider(limits))
    return Places(limits, float(reaches.max()), cells.reshape(N_CELLS, N_CELLS), name, lines)


def _reaches(tree: cKDTree, limits: Limits) -> FloatArray:
    """How far around each row a place belongs to the rows, by how far apart these lie there."""
    diagonal = float(np.linalg.norm([high - low for low, high in limits]))
    distances, _ = tree.query(tree.data, k=min(KTH + 1, tree.n))
    apart = distances.reshape(tree.n, -1)[:, -1]
    reaches: FloatArray = REACH * np.minimum(apart, np.quantile(apart, USUAL))
    return np.maximum(reaches, LEAST_REACH * diagonal)


def _is_reached(grid: FloatArray, tree: cKDTree, reaches: FloatArray) -> npt.NDArray[np.bool_]:
    distances, rows = tree.query(grid, k=min(N_NEAR, tree.n))
    is_reached = (distances <= reaches[rows]).reshape(len(grid), -1)
    return np.asarray(is_reached.any(axis=1))


def _wider(limits: Limits) -> Limits:
    """Limits of what is seen around the map, on a screen that is not as square."""
    return [(low - ROOM * (high - low), high + ROOM * (high - low)) for low, high in limits]


def _contours(estimator: Any, draws: FloatArray, limits: Limits) -> list[tuple[float, FloatArray]]:
    """Lines that hold SHARES of the prior, by its density or by that of samples."""
    import contourpy  # which matplotlib draws contours with

    axes, heights, levels = _landscape(estimator, draws, limits)
    x, y = axes
    generator = contourpy.contour_generator(x=x, y=y, z=heights)
    lines: list[tuple[float, FloatArray]] = []
    for share, level in levels.items():
        lines += [(share, np.asarray(line)) for line in generator.lines(level)]
    return lines


def _landscape(
    estimator: Any, draws: FloatArray, limits: Limits
) -> tuple[list[FloatArray], FloatArray, dict[float, float]]:
    """Axes, heights over them, and the height of each share; of a flat one there are none."""
    prior: Any = last_step(estimator).prior_
    if not getattr(prior, "has_log_prob", False):
        heights = density(draws, (*limits[0], *limits[1]))
        return [middles(*pair) for pair in limits], heights, levels_of_shares(heights)
    axes: list[FloatArray] = [np.linspace(low, high, N_CELLS) for low, high in limits]
    heights = np.asarray(prior.log_prob(grid_codes(limits, N_CELLS))).reshape(N_CELLS, -1)
    levels = np.quantile(prior.log_prob(draws), [1 - share for share in SHARES])
    lowest = heights[np.isfinite(heights)].min(initial=np.inf)
    is_flat = not heights.max() - lowest > FLAT
    # Outside of the support the logarithm is minus infinity.
    heights = np.maximum(heights, min(float(lowest), float(levels.min())) - 1)
    return axes, heights, {} if is_flat else dict(zip(SHARES, levels.tolist(), strict=True))
