"""Axes, panels and the few colours that all displays share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.isotonic import isotonic_regression

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#222222"
MUTED = "#757575"
FAINT = "#B8B8B8"
ACCENT = "#0072B2"
CONTRAST = "#D55E00"
SIDES = {"left", "right", "bottom", "top"}


def canvas(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The plain axes given, or those of a new figure of ``size`` inches."""
    ax = host_of_panels(ax, size)
    _check_plain(ax)
    return ax


def host_of_panels(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The same, but axes of any kind: panels need only their place."""
    if ax is not None:
        check_axes(ax)
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def check_axes(ax: Any) -> None:
    """Raise if ``ax`` is not one Axes but an array of them, a figure or something else."""
    from matplotlib.axes import Axes

    if isinstance(ax, Axes):
        return
    example = "plt.subplots()[1]"
    if isinstance(ax, np.ndarray) and ax.ndim:
        example = f"axes[{', '.join('0' * ax.ndim)}]"
    elif hasattr(ax, "add_subplot"):
        example = "figure.add_subplot()"
    raise TypeError(
        f"ax must be one matplotlib Axes, got {type(ax).__name__}; pass one, such as ax={example}."
    )


def _check_plain(ax: Axes) -> None:
    """Raise if the axes are not rectangular, have depth or have scales that are not linear."""
    curved = {ax.get_xscale(), ax.get_yscale()} - {"linear"}
    if ax.name == "3d" or not set(ax.spines) >= SIDES:
        got = f"{ax.name} axes"
    elif curved:
        got = f"a scale that is {curved.pop()}"
    else:
        return
    raise ValueError(
        f"ax must be flat, rectangular axes with linear scales, got {got}; pass others, such as "
        "ax=plt.subplots()[1]."
    )


def save_and_close(figure: Any, path: Path) -> None:
    """Write a figure that nobody will look at elsewhere."""
    from matplotlib import pyplot as plt

    figure.savefig(path, dpi=150, bbox_inches="tight")
    plt.close(figure)


def as_written(name: str) -> str:
    """A name as matplotlib is to write it: what is between dollar signs is no formula."""
    return name.replace("$", r"\$")


def write_below(ax: Axes, text: str) -> None:
    """Small text under the name of the x axis, where no title and no points are."""
    name = ax.get_xlabel()
    ax.set_xlabel(f"{name}\n{text}" if name else text, fontsize=8, color=MUTED)


def draw_image(ax: Axes, image: Any, **style: Any) -> Any:
    """``ax.imshow``, which takes no colour."""
    for key in ("color", "c"):
        if key in style:
            raise TypeError(
                f"{key}={style[key]!r} has no effect on an image; pass a colormap, such as "
                "cmap='Reds'."
            )
    return ax.imshow(image, **style)


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
    wspace: float | None = None,
) -> list[Axes]:
    """Split the place of ``host`` into a grid of axes, row by row; ``host`` keeps the title."""
    from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec

    ratios: dict[str, Any] = {"width_ratios": width_ratios, "height_ratios": height_ratios}
    ratios["wspace"] = wspace
    figure, place = host.figure, host.get_subplotspec()
    if figure.get_layout_engine() is None:
        ratios |= {"wspace": 0.35, "hspace": 0.45}
    host.set_axis_off()
    if place is None:
        box = host.get_position()
        sides = {"left": box.x0, "right": box.x1, "bottom": box.y0, "top": box.y1}
        whole: Any = figure
        grid: Any = GridSpec(shape[0], shape[1], figure=whole, **sides, **ratios)
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
        axis.label.set_fontsize(9)


def bare(ax: Axes) -> None:
    """Neither ticks nor spines."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def write_title(ax: Axes, text: str | None, default: str | None = None) -> None:
    """The title of the axes, in the place that ``ax.set_title`` replaces; "" writes none."""
    text = default if text is None else text
    if text:
        ax.set_title(text, fontsize=10, color=INK, pad=8)


def name_lines(ax: Axes, lines: list[Any], heights: Any, names: list[str]) -> None:
    """Names of lines at their right ends, in their colours, moved apart upwards and downwards."""
    settle_layout(ax)
    pixels = ax.transData.transform([(0.0, height) for height in heights])[:, 1]
    points = spread_out(pixels * 72.0 / ax.figure.dpi, gap=10.0)
    for line, height, name, moved, at in zip(lines, heights, names, points, pixels, strict=True):
        ax.annotate(
            as_written(name), (1, height), xycoords=ax.get_yaxis_transform(), fontsize=8.5,
            va="center", xytext=(7, moved - at * 72.0 / ax.figure.dpi), textcoords="offset points",
            color=line.get_color(),
        )  # fmt: skip


def spread_out(heights: Any, gap: float) -> Any:
    """The heights, moved as little as needed to lie ``gap`` apart, in the same order."""
    order = np.argsort(heights, kind="stable")
    # With h_k - k * gap nondecreasing the heights are far enough apart: isotonic regression.
    slack = np.asarray(heights, dtype=float)[order] - gap * np.arange(len(order))
    spread = np.empty(len(order))
    spread[order] = isotonic_regression(slack) + gap * np.arange(len(order))
    return spread
