"""The frame of a map: axes, limits, titles, colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray, robust_limits
from aae_sklearn.display._style import FAINT, MUTED, canvas, tidy, write_remark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONG_SIDE = 6.0  # inches
SLIMMEST = 0.6  # shortest side of the figure over its longest


def frame(
    ax: Axes | None, codes: FloatArray, axis_labels: tuple[str, str | None], key_width: float = 0.0
) -> Axes:
    """Axes whose limits hold the bulk of the codes; a new figure has room for the key beside."""
    limits = robust_limits(codes[:, 0]), robust_limits(codes[:, 1])
    width, height = figure_size(*limits, axis_labels[1] is not None)
    ax = canvas(ax, (width + key_width, height))
    ax.set(xlim=limits[0], ylim=limits[1], xlabel=axis_labels[0])
    tidy(ax)
    if axis_labels[1] is None:
        ax.set(yticks=[])
        ax.spines["left"].set_visible(False)
    else:
        ax.locator_params(nbins=5)
        ax.set_ylabel(axis_labels[1])
    return ax


def figure_size(
    x_limits: tuple[float, float], y_limits: tuple[float, float], is_plane: bool
) -> tuple[float, float]:
    """Inches of a figure that has the shape of the map, within reason."""
    if not is_plane:
        return LONG_SIDE, 0.4 * LONG_SIDE
    ratio = (y_limits[1] - y_limits[0]) / (x_limits[1] - x_limits[0])
    ratio = float(np.clip(ratio, SLIMMEST, 1 / SLIMMEST))
    return LONG_SIDE * min(1.0, 1 / ratio), LONG_SIDE * min(1.0, ratio)


def equalize(ax: Axes) -> None:
    """Equal scales by wider limits, so that maps side by side keep boxes of one size.

    matplotlib's ``adjustable="datalim"`` may also narrow the limits and so hide rows.
    """
    box = ax.get_window_extent()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    unit = max((right - left) / box.width, (top - bottom) / box.height)
    half_width, half_height = unit * box.width / 2, unit * box.height / 2
    middle = (left + right) / 2, (bottom + top) / 2
    ax.set_xlim(middle[0] - half_width, middle[0] + half_width)
    ax.set_ylim(middle[1] - half_height, middle[1] + half_height)
    ax.set_aspect("equal", adjustable="box")


def count_outside(ax: Axes, codes: FloatArray) -> int:
    """Codes beyond the limits of the axes."""
    low = np.array([ax.get_xlim()[0], ax.get_ylim()[0]])
    high = np.array([ax.get_xlim()[1], ax.get_ylim()[1]])
    return int(np.sum(((codes < low) | (codes > high)).any(axis=1)))


def write_remarks(ax: Axes, codes: FloatArray, n_new: int, new_are_colored: bool) -> None:
    """What a reader must know about the rows drawn, small, at the right of the title."""
    remarks = [f"{len(codes) - n_new:,} rows"]
    if n_new:
        remarks.append(f"{n_new:,} new " + ("outlined" if new_are_colored else "in black"))
    n_outside = count_outside(ax, codes)
    if n_outside:
        remarks.append(f"{n_outside:,} outside")
    write_remark(ax, ", ".join(remarks))


def draw_colorbar(ax: Axes, mappable: Any, label: str | None) -> Any:
    """A slim colour bar with few ticks."""
    bar = ax.figure.colorbar(mappable, ax=ax, shrink=0.6, aspect=28, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, labelcolor=MUTED, color=FAINT, length=3)
    bar.ax.locator_params(nbins=5)
    if label:
        bar.set_label(label, fontsize=9, color=MUTED)
    return bar
