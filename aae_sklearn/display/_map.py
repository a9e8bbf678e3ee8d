"""The frame of a map: axes, limits, a note, a colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray, robust_limits
from aae_sklearn.display._coloring import Coloring, plain_colors
from aae_sklearn.display._labels import emptiest_corner
from aae_sklearn.display._points import is_inside
from aae_sklearn.display._space import space_frame
from aae_sklearn.display._style import FAINT, INK, MUTED, as_written, canvas, settle_layout, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONG_SIDE = 6.0  # inches
SLIMMEST = 0.6  # shortest side of the figure over its longest


def frame(
    ax: Axes | None,
    codes: FloatArray,
    axis_labels: tuple[str | None, ...],
    key_width: float = 0.0,
) -> Axes:
    """Axes whose limits hold the bulk of the codes; a new figure has room for the key."""
    limits = [robust_limits(column) for column in codes.T]
    if len(limits) == 3:
        return space_frame(ax, limits, axis_labels, (LONG_SIDE + key_width, LONG_SIDE))
    width, height = figure_size(limits[0], limits[1], axis_labels[1] is not None)
    ax = canvas(ax, (width + key_width, height))
    x_limits = _widened(limits[0], ax.get_xlim(), ax.get_shared_x_axes().get_siblings(ax))
    y_limits = _widened(limits[1], ax.get_ylim(), ax.get_shared_y_axes().get_siblings(ax))
    ax.set(xlim=x_limits, ylim=y_limits, xlabel=as_written(axis_labels[0] or ""))
    tidy(ax)
    if axis_labels[1] is None:
        ax.set(yticks=[])
        ax.spines["left"].set_visible(False)
    else:
        ax.locator_params(nbins=5)
        ax.set_ylabel(as_written(axis_labels[1]))
    return ax


def _widened(
    limits: tuple[float, float], present: tuple[float, float], siblings: list[Axes]
) -> tuple[float, float]:
    """The limits, which leave nothing out that is drawn on axes that share them."""
    if not any(axes.has_data() for axes in siblings):
        return limits
    return min(*limits, *present), max(*limits, *present)


def figure_size(
    x_limits: tuple[float, float], y_limits: tuple[float, float], is_plane: bool
) -> tuple[float, float]:
    """Inches of a figure that has the shape of the map, within reason."""
    if not is_plane:
        return LONG_SIDE, 0.4 * LONG_SIDE
    ratio = (y_limits[1] - y_limits[0]) / (x_limits[1] - x_limits[0])
    ratio = float(np.clip(ratio, SLIMMEST, 1 / SLIMMEST))
    return LONG_SIDE * min(1.0, 1 / ratio), LONG_SIDE * min(1.0, ratio)


def settle(ax: Axes, axis_labels: tuple[str | None, ...]) -> None:
    """Fix the size of the axes, and with two components equal scales."""
    settle_layout(ax)
    if len(axis_labels) == 2 and axis_labels[1] is not None:
        equalize(ax)


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


def describe(ax: Axes, codes: FloatArray, n_new: int, coloring: Coloring, has_key: bool) -> str:
    """What a reader must know about the rows drawn, a line each."""
    lines = [f"{len(codes) - n_new:,} rows"]
    if n_new:
        is_plain = np.array_equal(coloring.new_colors, plain_colors(n_new, INK))
        lines.append(f"{n_new:,} new " + ("in black" if is_plain else "outlined"))
    classes = coloring.classes
    if classes is not None and classes.rest_name == "other":
        lines.append(f"{len(classes.names) or 'none'} of {classes.n_labels:,} labels coloured")
    elif coloring.n_grey and not has_key:
        lines.append(f"{coloring.n_grey:,} unlabelled, grey")
    n_outside = int(np.sum(~is_inside(ax, codes)))
    if n_outside:
        lines.append(f"{n_outside:,} outside")
    return "\n".join(lines)


def write_note(ax: Axes, text: str, codes: FloatArray, taken: str | None) -> Any:
    """Small text in the emptiest corner of the axes that is not ``taken``."""
    from matplotlib.patheffects import withStroke

    is_flat = codes.shape[1] == 2
    vertical, side = (emptiest_corner(ax, codes, taken) if is_flat else "lower left").split()
    place = float(side == "right"), float(vertical == "upper")
    return ax.annotate(
        text, place, xytext=(3 - 6 * place[0], 3 - 6 * place[1]), xycoords="axes fraction",
        textcoords="offset points", ha="right" if place[0] else "left",
        va="top" if place[1] else "bottom", fontsize=7.5, color=MUTED, zorder=7,
        path_effects=[withStroke(linewidth=2.0, foreground="white", alpha=0.8)],
    )  # fmt: skip


def draw_colorbar(ax: Axes, mappable: Any, label: str | None, unit: str | None = None) -> Any:
    """A slim colour bar with few ticks, written as dates if the values are."""
    bar = ax.figure.colorbar(
        mappable, ax=ax, shrink=0.6, aspect=28, pad=0.02 if ax.name != "3d" else 0.12
    )
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, labelcolor=MUTED, color=FAINT, length=3)
    if unit == "dates":
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
        bar.ax.yaxis.set_major_locator(locator)
        formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
        bar.ax.yaxis.set_major_formatter(formatter)
        bar.ax.yaxis.get_offset_text().set(fontsize=8, color=MUTED)
    else:
        bar.ax.locator_params(nbins=5)
        label = " ".join(part for part in (label, _in_brackets(unit)) if part)
    if label:
        bar.set_label(as_written(label), fontsize=9, color=MUTED)
    return bar


def _in_brackets(unit: str | None) -> str:
    return f"({unit})" if unit else ""
