"""How much of each feature a reconstruction lost, as an image, bars or a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._palette import N_COLORS, PALETTE
from aae_sklearn.display._style import ACCENT, CONTRAST, FAINT, MUTED, as_written, bare, tidy
from aae_sklearn.display._tiles import MAX_BARS, ImageShape, as_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_error_image(ax: Axes, lost: FloatArray, image_shape: ImageShape) -> None:
    """The lost share of each pixel, the mean of its channels."""
    lost = as_images(lost[None], image_shape)[0]
    lost = lost if lost.ndim == 2 else lost.mean(axis=-1)
    image = ax.imshow(lost, cmap="magma_r", vmin=0, vmax=1)
    bare(ax)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.9, aspect=16, pad=0.04)
    bar.outline.set_visible(False)
    bar.set_ticks([0, 0.5, 1], labels=["0", "0.5", "1 (mean row)"])
    bar.ax.tick_params(labelsize=8, labelcolor=MUTED, color=FAINT, length=3)


def draw_error_bars(ax: Axes, lost: FloatArray, feature_names: list[str]) -> None:
    """A bar for each feature, the worst on top."""
    order = np.argsort(np.nan_to_num(lost, nan=-1.0))
    names = [as_written(feature_names[j]) for j in order]
    # The colours of the bars above name them.
    own = np.array([PALETTE[j % N_COLORS] for j in range(len(lost))])
    colors = own[order] if len(lost) <= MAX_BARS else ACCENT
    places = np.arange(len(lost))
    ax.barh(places, np.nan_to_num(lost[order]), color=colors, height=0.65)
    ax.set_yticks(places, names)
    ax.axvline(1.0, color=CONTRAST, linewidth=0.8, linestyle=(0, (4, 3)))
    ax.annotate(
        "mean row", (1, 1), xycoords=("data", "axes fraction"), xytext=(3, -2), va="top",
        textcoords="offset points", fontsize=8, color=CONTRAST,
    )  # fmt: skip
    ax.set_xlim(0, max(1.12, 1.05 * float(np.nanmax(lost))))
    tidy(ax)
    ax.tick_params(axis="y", length=0)


def draw_error_curve(ax: Axes, lost: FloatArray) -> None:
    """The lost shares of many features, in order."""
    lost = np.sort(lost[np.isfinite(lost)])
    rank = np.arange(1, len(lost) + 1)
    ax.fill_between(rank, lost, color=ACCENT, alpha=0.25, linewidth=0)
    ax.plot(rank, lost, color=ACCENT, linewidth=1.4)
    ax.axhline(1.0, color=CONTRAST, linewidth=0.8, linestyle=(0, (4, 3)))
    ax.annotate(
        "mean row", (0, 1), xycoords=("axes fraction", "data"), xytext=(4, -3), va="top",
        textcoords="offset points", fontsize=8, color=CONTRAST,
    )  # fmt: skip
    ax.set(xlim=(1, len(lost)), ylim=(0, max(1.08, 1.05 * float(lost.max()))))
    ax.set_xlabel("features, best kept first")
    tidy(ax)
