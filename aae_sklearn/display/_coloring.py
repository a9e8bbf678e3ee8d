"""What colour each point of a map has, and what stands in the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._palette import Classes, find_classes, holds_values
from aae_sklearn.display._style import ACCENT, FAINT, INK


@dataclass(frozen=True)
class Coloring:
    """Colours of the rows and of the new rows.

    Attributes
    ----------
    colors, new_colors : ndarray of shape (n_rows, 4)
        RGBA.
    classes : Classes or None
        Classes of rows and new rows, in this order, if y holds classes.
    mappable : matplotlib ScalarMappable or None
        What a colour bar needs, if y holds values.
    """

    colors: FloatArray
    new_colors: FloatArray
    classes: Classes | None = None
    mappable: Any = None


def color_rows(
    y: npt.NDArray[Any] | None,
    new_y: npt.NDArray[Any] | None,
    n_rows: int,
    n_new: int,
    *,
    label_names: Sequence[str] | None = None,
    color_by: str = "auto",
    cmap: Any = "viridis",
) -> Coloring:
    """Choose colours from classes or values; rows without either get a plain colour."""
    plain = plain_colors(n_rows, FAINT if new_y is not None else ACCENT)
    plain_new = plain_colors(n_new, INK)
    given = [part for part in (y, new_y) if part is not None]
    if not given:
        return Coloring(plain, plain_new)
    joined = np.concatenate(given)
    classes, mappable = None, None
    if holds_values(joined, color_by):
        colors, mappable = _colors_of_values(joined.astype(float), cmap)
    else:
        classes = find_classes(joined, label_names)
        colors = _colors_of_classes(classes)
    first = n_rows if y is not None else 0
    return Coloring(
        plain if y is None else colors[:first],
        plain_new if new_y is None else colors[first:],
        classes,
        mappable,
    )


def plain_colors(n_rows: int, color: str) -> FloatArray:
    """One colour for all rows, as RGBA."""
    from matplotlib.colors import to_rgba

    return np.tile(to_rgba(color), (n_rows, 1))


def _colors_of_classes(classes: Classes) -> FloatArray:
    from matplotlib.colors import to_rgba_array

    # The grey stands last, where index -1 finds it.
    return to_rgba_array([*classes.colors, FAINT])[classes.index]


def _colors_of_values(values: FloatArray, cmap: Any) -> tuple[FloatArray, Any]:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize, to_rgba

    known = np.isfinite(values)
    # A few extreme values would leave all others one colour.
    low, high = np.quantile(values[known], [0.005, 0.995]) if known.any() else (0.0, 1.0)
    mappable = ScalarMappable(Normalize(float(low), float(high)), cmap)
    colors = np.tile(to_rgba(FAINT), (len(values), 1))
    colors[known] = mappable.to_rgba(values[known])
    return colors, mappable
