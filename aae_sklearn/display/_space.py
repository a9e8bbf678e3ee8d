"""The frame of a map with three components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._style import FAINT, MUTED, as_written, check_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def is_space(ax: Axes | None) -> bool:
    """Whether the axes have depth; a new figure's will have it where it is needed."""
    if ax is None:
        return True
    check_axes(ax)
    return ax.name == "3d"


def space_frame(
    ax: Axes | None,
    limits: list[tuple[float, float]],
    axis_labels: tuple[str | None, ...],
    size: tuple[float, float],
) -> Axes:
    """Axes with depth and equal scales, on white walls."""
    from matplotlib.ticker import MaxNLocator

    space: Any = ax
    if space is None:
        from matplotlib import pyplot as plt

        space = plt.subplots(figsize=size, subplot_kw={"projection": "3d"})[1]
        # No layout engine knows how far the names of turned axes reach.
        space.figure.subplots_adjust(0.0, 0.05, 0.93 * 6.0 / size[0], 0.95)
    space.set(xlim=limits[0], ylim=limits[1], zlim=limits[2])
    space.set_box_aspect([np.ptp(pair) for pair in limits], zoom=0.9)
    space.computed_zorder = False  # names and new rows stay in front of the points
    names = zip((space.xaxis, space.yaxis, space.zaxis), axis_labels, strict=True)
    for axis, name in names:
        axis.set_label_text(as_written(name or ""), fontsize=9, color=MUTED)
        axis.set_pane_color("white")
        axis.set_major_locator(MaxNLocator(5))
    space.tick_params(labelsize=8, labelcolor=MUTED, color=FAINT)
    flat: Axes = space
    return flat
