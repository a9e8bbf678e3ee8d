"""Rows as small pictures: image tiles, or bars and lines for tabular rows."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._palette import N_COLORS, PALETTE
from aae_sklearn.display._style import ACCENT, INK, as_written, draw_image

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ImageShape = tuple[int, int] | tuple[int, int, int]
MAX_BARS = 12  # more features are drawn as a line
MAX_LINE = 100  # more features would fill a glyph with ink
N_SELECTED = 60
SHARP_WIDTH = 28
GAP = 0.07  # between two tiles, in widths of a tile


class Scale(NamedTuple):
    """Values drawn at the bottom and at the top (black and white for images)."""

    low: Any
    high: Any


def check_image_shape(image_shape: Any) -> None:
    """Refuse what is no shape of an image; None is none."""
    if image_shape is None:
        return
    is_shape = isinstance(image_shape, tuple | list) and len(image_shape) in (2, 3)
    if (
        not is_shape
        or not all(isinstance(n, Integral) and int(n) > 0 for n in image_shape)
        or (len(image_shape) == 3 and image_shape[2] not in (1, 3))
    ):
        raise ValueError(
            "image_shape must be (height, width), (height, width, 1) or (height, width, 3), got "
            f"{image_shape!r}."
        )


def as_images(rows: FloatArray, image_shape: ImageShape) -> FloatArray:
    """Rows as images of shape (n_rows, height, width) or (n_rows, height, width, 3)."""
    check_image_shape(image_shape)
    if int(np.prod(image_shape)) != rows.shape[1]:
        raise ValueError(
            f"image_shape={image_shape} has {int(np.prod(image_shape))} values, the rows have "
            f"{rows.shape[1]} features."
        )
    images = rows.reshape(len(rows), *image_shape)
    return images[..., 0] if images.ndim == 4 and images.shape[3] == 1 else images


def image_scale(rows: FloatArray) -> Scale:
    """Common black and white of several images: their smallest and largest value."""
    low, high = float(np.nanmin(rows)), float(np.nanmax(rows))
    return Scale(low, high if high > low else low + 1.0)


def decoded_scale(rows: FloatArray) -> Scale:
    """As :func:`image_scale`, without the overshoot of a decoder in a few pixels."""
    known = rows[np.isfinite(rows)]
    if not known.size:
        return Scale(0.0, 1.0)
    low, high = (float(q) for q in np.quantile(known, [0.02, 0.99]))
    return Scale(low, high) if high > low else image_scale(known)


def feature_scale(rows: FloatArray) -> Scale:
    """For bars each feature has its own range, for a line all share the central 99 %."""
    if rows.shape[1] <= MAX_BARS:
        low, high = np.fmin.reduce(rows, axis=0), np.fmax.reduce(rows, axis=0)
        return Scale(low, np.where(high > low, high, low + 1.0))
    low, high = (float(q) for q in np.nanquantile(rows, [0.005, 0.995]))
    return Scale(low, high if high > low else low + 1.0)


def most_variable(
    rows: FloatArray, most: int = MAX_LINE, n_selected: int = N_SELECTED
) -> npt.NDArray[np.intp]:
    """Features that are shown: all up to ``most``, else those of largest variance, in order."""
    if rows.shape[1] <= most:
        return np.arange(rows.shape[1])
    known: Any = np.ma.masked_invalid(rows)
    variance = np.ma.filled(known.var(axis=0), 0.0)
    return np.sort(np.argsort(-variance, kind="stable")[:n_selected])


def selection_remark(n_features: int) -> str:
    """What :func:`most_variable` left out."""
    return f"the {N_SELECTED} most variable of {n_features:,} features"


def draw_rows(
    ax: Axes,
    rows: FloatArray,
    n_columns: int,
    image_shape: ImageShape | None = None,
    *,
    scale: Scale | None = None,
    corner: tuple[float, float] = (0.0, 0.0),
    **kwargs: Any,
) -> Any:
    """Draw rows as tiles with ``image_shape``, else as bars or lines, the first at the top left.

    A tile is one unit wide; ``corner`` is the lower left of all.
    """
    if image_shape is None:
        scale = scale or feature_scale(rows)
        return draw_glyphs(ax, rows, n_columns, scale, corner, **kwargs)
    images = as_images(rows, image_shape)
    return draw_images(ax, images, n_columns, scale or image_scale(rows), corner, **kwargs)


def veil(ax: Axes, corners: FloatArray, height: float) -> Any:
    """Make tiles of width 1, given by their lower left corners, pale."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    patches = [Rectangle((x, y), 1.0, height) for x, y in corners]
    paper = ax.get_facecolor()
    style: dict[str, Any] = {"facecolor": paper, "linewidth": 0, "alpha": 0.82, "zorder": 4}
    return ax.add_collection(PatchCollection(patches, **style), autolim=False)


def draw_bar_key(ax: Axes, names: list[str]) -> Any:
    """Names and colours of the bars below the axes and the name of the x axis."""
    from matplotlib.patches import Patch
    from matplotlib.transforms import ScaledTranslation

    names = [as_written(name) for name in names]
    handles = [Patch(color=PALETTE[j % N_COLORS], label=name) for j, name in enumerate(names)]
    points = 20.0 + 11.0 * len(ax.get_xlabel().splitlines())
    below = ScaledTranslation(0, -points / 72.0, ax.figure.dpi_scale_trans)
    return ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), frameon=False,
        bbox_transform=ax.transAxes + below, borderpad=0, borderaxespad=0,
        ncols=min(len(names), 4), fontsize=8, labelcolor=INK, handlelength=0.9, handleheight=0.9,
    )  # fmt: skip


def mosaic(images: FloatArray, n_columns: int, gap: int = 0) -> FloatArray:
    """Images in a grid, row by row from the top left; gaps and missing tiles are NaN."""
    n_rows = -(-len(images) // n_columns)
    height, width = images.shape[1] + gap, images.shape[2] + gap
    sheet = np.full((n_rows * height, n_columns * width, *images.shape[3:]), np.nan)
    for k, image in enumerate(images):
        top, left = (k // n_columns) * height, (k % n_columns) * width
        sheet[top : top + height - gap, left : left + width - gap] = image
    # The last gap would be a margin, not a gap.
    return sheet[: sheet.shape[0] - gap, : sheet.shape[1] - gap]


def draw_images(
    ax: Axes,
    images: FloatArray,
    n_columns: int,
    scale: Scale,
    corner: tuple[float, float] = (0.0, 0.0),
    **kwargs: Any,
) -> Any:
    """Draw tiles one unit wide from the lower left ``corner``, the first at the top left."""
    n_rows = -(-len(images) // n_columns)
    height = images.shape[1] / images.shape[2]
    # Small images are magnified so that the gap between two can be thinner than a pixel.
    zoom = -(-SHARP_WIDTH // images.shape[2])
    images = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    extent = (corner[0], corner[0] + n_columns, corner[1], corner[1] + n_rows * height)
    sheet = mosaic(images, n_columns, gap=round(GAP * images.shape[2]))
    if sheet.ndim == 3:
        sheet = np.clip((sheet - scale.low) / (scale.high - scale.low), 0, 1)
        sheet = np.dstack([np.nan_to_num(sheet), ~np.isnan(sheet[..., :1])])
        return draw_image(ax, sheet, extent=extent, **kwargs)
    style = {"cmap": "gray_r", "vmin": scale.low, "vmax": scale.high}
    return draw_image(ax, sheet, extent=extent, **style | kwargs)


def draw_glyphs(
    ax: Axes,
    rows: FloatArray,
    n_columns: int,
    scale: Scale,
    corner: tuple[float, float] = (0.0, 0.0),
    color: str | None = None,
    **kwargs: Any,
) -> Any:
    """Draw each row in a cell of one unit as bars (up to 12 features) or as a line."""
    n_cells = -(-len(rows) // n_columns)
    k = np.arange(len(rows))
    left = corner[0] + k % n_columns
    bottom = corner[1] + n_cells - 1 - k // n_columns
    heights = np.clip((rows - scale.low) / (scale.high - scale.low), 0, 1)
    if rows.shape[1] <= MAX_BARS:
        return _draw_bars(ax, heights, left, bottom, color, **kwargs)
    return _draw_lines(ax, heights, left, bottom, color or ACCENT, **kwargs)


def _draw_bars(
    ax: Axes, heights: FloatArray, left: Any, bottom: Any, color: str | None, **kwargs: Any
) -> Any:
    from matplotlib.collections import PolyCollection

    n_features = heights.shape[1]
    width = 0.8 / n_features
    x0 = left[:, None] + 0.1 + width * np.arange(n_features)
    y0 = np.broadcast_to(bottom[:, None] + 0.1, x0.shape)
    # A bar of a feature's smallest value keeps a sliver: it is small, not absent.
    x1, y1 = x0 + 0.85 * width, y0 + 0.03 + 0.77 * heights
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=-1).reshape(-1, 4, 2)
    colors = [color or PALETTE[j % N_COLORS] for j in range(n_features)] * len(heights)
    style: dict[str, Any] = {"facecolors": colors, "linewidths": 0}
    bars = PolyCollection(list(corners), **style | kwargs)
    return ax.add_collection(bars, autolim=False)


def _draw_lines(
    ax: Axes, heights: FloatArray, left: Any, bottom: Any, color: str, **kwargs: Any
) -> Any:
    from matplotlib.collections import LineCollection

    x = left[:, None] + np.linspace(0.08, 0.92, heights.shape[1])
    y = bottom[:, None] + 0.1 + 0.8 * heights
    style: dict[str, Any] = {"colors": color, "linewidths": 0.8 if heights.shape[1] < 100 else 0.5}
    lines = LineCollection(list(np.stack([x, y], axis=-1)), **style | kwargs)
    return ax.add_collection(lines, autolim=False)
