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


def levels_of_shares(shares_per_cell: FloatArray) -> FloatArray:
    """Densities above which ``SHARES`` of the samples lie, increasing."""
    cells = np.sort(shares_per_cell.ravel())[::-1]
    inside = np.cumsum(cells)
    last = [min(int(np.searchsorted(inside, share)), len(cells) - 1) for share in SHARES[::-1]]
    return np.unique(cells[last])


def draw_contours(ax: Axes, shares_per_cell: FloatArray, extent: tuple[float, ...]) -> None:
    """Lines that hold ``SHARES`` of the samples."""
    cell = (extent[1] - extent[0]) / N_BINS, (extent[3] - extent[2]) / N_BINS
    x = extent[0] + cell[0] * (np.arange(N_BINS) + 0.5)
    y = extent[2] + cell[1] * (np.arange(N_BINS) + 0.5)
    levels = levels_of_shares(shares_per_cell)
    ax.contour(x, y, shares_per_cell, levels, colors=INK, linewidths=0.8, alpha=0.7)
