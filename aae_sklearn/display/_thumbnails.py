"""Rows drawn as small images in their places on the map, none over another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._tiles import image_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_CELLS = 24  # along the longer side of the axes


def choose_rows(
    codes: FloatArray, extent: tuple[float, float, float, float], aspect: float = 1.0
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], float]:
    """For each occupied cell of a grid the row nearest to the middle of the cell.

    Returns the rows, their cells (column, row) and the width of a cell; ``aspect`` is height
    over width of an image.
    """
    left, right, bottom, top = extent
    sides = right - left, (top - bottom) / aspect
    width = min(max(sides) / N_CELLS, *sides)  # one image fits, however slim
    size = np.array([width, width * aspect])
    place = (codes - [left, bottom]) / size
    # Whole cells only: a row in the last part of one is drawn in the cell before.
    last = np.floor([right - left, top - bottom] / size + 1e-9).astype(np.intp) - 1
    cell = np.clip(np.floor(place).astype(np.intp), 0, last)
    off_center = np.linalg.norm(place - cell - 0.5, axis=1)
    nearest_first = np.argsort(off_center, kind="stable")
    inside = np.all((codes >= [left, bottom]) & (codes <= [right, top]), axis=1)
    nearest_first = nearest_first[inside[nearest_first]]
    cells, first = np.unique(cell[nearest_first], axis=0, return_index=True)
    return nearest_first[first], cells, width


def is_drawing(images: FloatArray) -> bool:
    """Whether the images are strokes on an empty ground (at least 30 % at the least value)."""
    return images.ndim == 3 and float(np.mean(images == images.min())) >= 0.3


def tint(images: FloatArray, colors: FloatArray) -> FloatArray:
    """RGBA images: strokes in the colour of their class, photographs as they are."""
    scale = image_scale(images)
    ink = np.clip((images - scale.low) / (scale.high - scale.low), 0, 1)
    if ink.ndim == 4:
        return np.concatenate([ink, np.ones_like(ink[..., :1])], axis=-1)
    if not is_drawing(images):
        return np.stack([ink, ink, ink, np.ones_like(ink)], axis=-1)
    paint = np.broadcast_to(colors[:, None, None, :3], (*ink.shape, 3))
    return np.concatenate([paint, ink[..., None]], axis=-1)


def draw_thumbnails(ax: Axes, codes: FloatArray, images: FloatArray, colors: FloatArray) -> Any:
    """One image of all thumbnails; the axis limits must be set before."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    height, width = images.shape[1:3]
    aspect = height / width
    rows, cells, size = choose_rows(codes, (left, right, bottom, top), aspect)
    n_columns, n_rows = cells.max(axis=0) + 1
    sheet = np.zeros((n_rows * height, n_columns * width, 4))
    for tile, (column, row) in zip(tint(images[rows], colors[rows]), cells, strict=True):
        y, x = (n_rows - 1 - row) * height, column * width
        sheet[y : y + height, x : x + width] = tile
    extent = (left, left + n_columns * size, bottom, bottom + n_rows * size * aspect)
    return ax.imshow(sheet, extent=extent, aspect="equal", zorder=4)
