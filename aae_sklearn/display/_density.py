"""Density of codes on a grid, and contours that hold given shares of a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_BINS = 60
SHARES = (0.5, 0.9, 0.99)  # of the samples inside the contours


def density(codes: FloatArray, extent: tuple[float, ...]) -> FloatArray:
    """Smoothed share of the codes per cell of a grid, first row at the bottom."""
    box = [(extent[2], extent[3]), (extent[0], extent[1])]
    counts, _, _ = np.histogram2d(codes[:, 1], codes[:, 0], bins=N_BINS, range=box)
    smooth: FloatArray = gaussian_filter(counts / len(codes), sigma=1.6)
    return smooth


def middles(low: float, high: float) -> FloatArray:
    """Middles of the cells of the grid along an axis."""
    return low + (high - low) / N_BINS * (np.arange(N_BINS) + 0.5)


def levels_of_shares(shares_per_cell: FloatArray) -> dict[float, float]:
    """Density above which each of ``SHARES`` lies, without those that reach out of the grid."""
    cells = np.sort(shares_per_cell.ravel())[::-1]
    inside = np.cumsum(cells)
    shares = [share for share in SHARES if share <= inside[-1]]
    return {share: float(cells[np.searchsorted(inside, share)]) for share in shares}


def draw_contours(ax: Axes, shares_per_cell: FloatArray, extent: tuple[float, ...]) -> list[float]:
    """Lines that hold shares of the samples; returns the shares."""
    x, y = middles(*extent[:2]), middles(*extent[2:])
    levels = levels_of_shares(shares_per_cell)
    if levels:
        heights = np.unique(list(levels.values()))
        ax.contour(x, y, shares_per_cell, heights, colors=INK, linewidths=0.8, alpha=0.7)
    return list(levels)
