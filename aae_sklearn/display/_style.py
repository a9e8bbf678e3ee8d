"""Axes, panels and the few colours that all pictures share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#222222"
MUTED = "#757575"
FAINT = "#B8B8B8"
ACCENT = "#0072B2"
CONTRAST = "#D55E00"


def canvas(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The axes given, or those of a new figure of ``size`` inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def settle_layout(ax: Axes) -> None:
    """Give the axes the size and limits with which they will be drawn."""
    figure: Any = ax.figure
    # The canvas of a subfigure is that of the whole figure.
    figure.canvas.figure.draw_without_rendering()


def panels(
    host: Axes,
    shape: tuple[int, int],
    *,
    width_ratios: Sequence[float] | None = None,
    height_ratios: Sequence[float] | None = None,
) -> list[Axes]:
    """Split the place of ``host`` into a grid of axes, row by row; ``host`` keeps the title."""
    from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec

    ratios: dict[str, Any] = {"width_ratios": width_ratios, "height_ratios": height_ratios}
    figure, place = host.figure, host.get_subplotspec()
    if figure.get_layout_engine() is None:
        ratios |= {"wspace": 0.35, "hspace": 0.45}
    host.set_axis_off()
    if place is None:
        box = host.get_position()
        sides = {"left": box.x0, "right": box.x1, "bottom": box.y0, "top": box.y1}
        grid: Any = GridSpec(*shape, figure=figure, **sides, **ratios)
    else:
        grid = GridSpecFromSubplotSpec(*shape, subplot_spec=place, **ratios)
    return [figure.add_subplot(grid[i, j]) for i in range(shape[0]) for j in range(shape[1])]


def tidy(ax: Axes) -> None:
    """Two thin spines, few ticks, quiet labels."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(FAINT)
    ax.tick_params(color=FAINT, labelcolor=MUTED, labelsize=8, length=3)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_color(MUTED)
        axis.label.set_size(9)


def bare(ax: Axes) -> None:
    """Neither ticks nor spines."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def write_title(ax: Axes, text: str | None) -> None:
    """A title that starts where the axes start."""
    if text:
        ax.set_title(text, loc="left", fontsize=10, color=INK, pad=8)
