"""Many points on one pair of axes: size, opacity and shading follow from their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHADE_ABOVE = 50_000  # rows from which single points no longer read
RASTERIZE_ABOVE = 2_000
FULL_AREA = 140_000.0  # square points: the axes of a 6 inch figure
SHADE_PIXELS = 420


def point_style(n_points: int, area: float) -> tuple[float, float]:
    """Area of a marker in square points, and its opacity.

    Both fall as powers of the number of points such that the ink grows slowly: 500 points on a
    6 inch figure are easy to hit with the eye, 50,000 still show where they are dense.
    """
    size = float(np.clip(20.0 * (1000.0 / n_points) ** 0.6, 0.5, 34.0))
    alpha = float(np.clip(0.8 * (1000.0 / n_points) ** 0.3, 0.2, 0.9))
    return max(size * area / FULL_AREA, 0.4), alpha


def axes_area(ax: Axes) -> float:
    """Area of the axes in square points."""
    box = ax.get_window_extent()
    dpi: float = ax.figure.dpi
    return float(box.width * box.height) * (72.0 / dpi) ** 2


def is_inside(ax: Any, codes: FloatArray) -> Any:
    """Mask of the codes within the limits of the axes."""
    limits = [ax.get_xlim(), ax.get_ylim(), *([ax.get_zlim()] if codes.shape[1] == 3 else [])]
    low, high = np.transpose(limits)
    return ((codes >= low) & (codes <= high)).all(axis=1)


def shuffled(n_points: int) -> npt.NDArray[np.intp]:
    """A fixed random order, so that no class lies above all others."""
    return np.random.default_rng(0).permutation(n_points)


def draw_points(
    ax: Axes, codes: FloatArray, colors: FloatArray, fade: float = 1.0, **kwargs: Any
) -> Any:
    """One scatter of all points in a fixed random order; ``fade`` scales their opacity."""
    order = shuffled(len(codes))
    size, alpha = point_style(len(codes), axes_area(ax))
    style: dict[str, Any] = {"s": size, "alpha": alpha * fade, "linewidths": 0}
    style["rasterized"] = len(codes) > RASTERIZE_ABOVE
    if codes.shape[1] == 3:
        # Axes with depth do not cut off what lies outside, and their shade would change colours.
        order = order[is_inside(ax, codes[order])]
        style["depthshade"] = False
    style |= {"c": colors[order]}
    axes: Any = ax  # mypy knows no axes with depth
    return axes.scatter(*codes[order].T, **style | kwargs)


def draw_rows(
    ax: Axes,
    codes: FloatArray,
    colors: FloatArray,
    shading: str | bool,
    *,
    is_alone: bool,
    **style: Any,
) -> Any:
    """Points, or their density where they are many and no style of points is asked for.

    They are faint if something is drawn over them.
    """
    if shading not in (True, False, "auto"):
        raise ValueError(f"shading must be True, False or 'auto', got {shading!r}.")
    if shading == "auto":
        shading = codes.shape[1] == 2 and not style and len(codes) > SHADE_ABOVE
    if shading and codes.shape[1] == 3:
        raise ValueError("shading=True needs a plane, and the codes have three components.")
    if shading and style:
        raise ValueError(
            f"the shaded density is an image, which takes no {', '.join(style)}; leave that out, "
            "or draw points by shading=False."
        )
    if shading:
        return shade_points(ax, codes, colors, 1.0 if is_alone else 0.5)
    return draw_points(ax, codes, colors, 1.0 if is_alone else 0.5, **style)


def draw_new_points(ax: Axes, codes: FloatArray, colors: FloatArray) -> Any:
    """Opaque points above all others, with a dark rim."""
    size, _ = point_style(2 * len(codes), axes_area(ax))
    rim = 0.6 if size > 8 else 0.3
    return draw_points(
        ax, codes, colors, s=1.2 * size, alpha=0.95, linewidths=rim, edgecolors=INK, zorder=5
    )


def shade_points(ax: Axes, codes: FloatArray, colors: FloatArray, fade: float = 1.0) -> Any:
    """An image whose colour is the mean of the points in a pixel and whose opacity their number.

    The axis limits must be set before: the image fills them.
    """
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    extent = (left, right, bottom, top)
    box = ax.get_window_extent()
    scale = SHADE_PIXELS / max(box.width, box.height)
    shape = max(int(box.height * scale), 1), max(int(box.width * scale), 1)
    image = density_image(codes, colors, extent, shape)
    return ax.imshow(image, extent=extent, origin="lower", aspect=ax.get_aspect(), alpha=fade)


def density_image(
    codes: FloatArray,
    colors: FloatArray,
    extent: tuple[float, float, float, float],
    shape: tuple[int, int],
) -> FloatArray:
    """RGBA image of shape (*shape, 4), first row at the bottom.

    Opacity grows with the logarithm of the count over that of the 99.9 % densest pixel. It is
    at least 0.3 where there is a point, so that single rows stay visible next to dense clusters,
    and soon high, so that colours are those of the key.
    """
    left, right, bottom, top = extent
    column = np.floor((codes[:, 0] - left) / (right - left) * shape[1])
    row = np.floor((codes[:, 1] - bottom) / (top - bottom) * shape[0])
    inside = (column >= 0) & (column < shape[1]) & (row >= 0) & (row < shape[0])
    pixel = (row[inside] * shape[1] + column[inside]).astype(np.intp)
    counts = np.bincount(pixel, minlength=shape[0] * shape[1])
    rgba = np.zeros((len(counts), 4))
    filled = counts > 0
    for channel in range(3):
        total = np.bincount(pixel, weights=colors[inside, channel], minlength=len(counts))
        rgba[filled, channel] = total[filled] / counts[filled]
    rgba[filled, 3] = opacity(counts[filled])
    return rgba.reshape(*shape, 4)


def opacity(counts: npt.NDArray[np.integer[Any]]) -> FloatArray:
    """Of pixels by how many points are in each, none of them empty."""
    densest = max(float(np.quantile(counts, 0.999)), 1.0) if len(counts) else 1.0
    share = np.log(counts) / np.log(densest + 1)
    clipped: FloatArray = np.clip(0.3 + 0.7 * share**0.6, 0, 1)
    return clipped
