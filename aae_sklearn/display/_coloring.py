"""What colour each point of a map has, and what stands in the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._columns import Column, is_missing
from aae_sklearn.display._palette import N_COLORS, Classes, find_classes, holds_values
from aae_sklearn.display._style import ACCENT, FAINT, INK
from aae_sklearn.runtime._warnings import warn_user

# Seconds, from the longest: a colour bar of durations counts in the first that they span.
UNITS = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0, "seconds": 1.0}


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
    unit : str or None
        What the values count: "dates", a unit of time or None for plain numbers.
    n_grey : int
        Rows without a label or value.
    """

    colors: FloatArray
    new_colors: FloatArray
    classes: Classes | None = None
    mappable: Any = None
    unit: str | None = None
    n_grey: int = 0


def color_rows(
    y: Column | None,
    new_y: Column | None,
    n_rows: int,
    n_new: int,
    *,
    label_names: Sequence[str] | None = None,
    color_by: str = "auto",
    cmap: Any = "viridis",
    color: Any = None,
) -> Coloring:
    """Choose colours from classes or values; rows without either get one plain colour."""
    plain = plain_colors(n_rows, color or (FAINT if new_y is not None else ACCENT))
    plain_new = plain_colors(n_new, INK)
    given = [part for part in (y, new_y) if part is not None]
    if not given:
        return Coloring(plain, plain_new)
    joined = join_columns(given)
    classes, mappable, unit = None, None, None
    if holds_values(joined, color_by):
        values, unit = as_values(joined)
        colors, mappable = _colors_of_values(values, cmap)
        n_grey = int(np.sum(~np.isfinite(values)))
    else:
        classes = find_classes(joined, label_names)
        _warn_of_many(classes)
        colors = _colors_of_classes(classes)
        n_grey = int(np.sum(classes.index == -1))
    first = n_rows if y is not None else 0
    return Coloring(
        plain if y is None else colors[:first],
        plain_new if new_y is None else colors[first:],
        classes, mappable, unit, n_grey,
    )  # fmt: skip


def take_color(style: dict[str, Any], has_labels: bool) -> Any:
    """Remove the colour of all points from the keywords of ``scatter`` and return it."""
    from matplotlib.colors import is_color_like

    for key in ("color", "c", "facecolor", "facecolors"):
        if key not in style:
            continue
        color = style.pop(key)
        if has_labels:
            raise ValueError(
                f"{key}={color!r} and y both colour the points; leave out one of them. The "
                "colours of values come from cmap=."
            )
        if not is_color_like(color):
            raise ValueError(
                f"{key} must be one matplotlib colour such as 'red' or '#0072B2', got {color!r}; "
                "pass classes or values of the rows as y."
            )
        return color
    return None


def plain_colors(n_rows: int, color: Any) -> FloatArray:
    """One colour for all rows, as RGBA."""
    from matplotlib.colors import to_rgba

    return np.tile(to_rgba(color), (n_rows, 1))


def join_columns(parts: list[Column]) -> Column:
    """Labels of rows and of new rows in one column."""
    try:
        return np.concatenate(parts)
    except TypeError as error:  # dates and numbers
        raise ValueError(
            "y and the labels of the new rows must be of one kind, got "
            f"{' and '.join(str(part.dtype) for part in parts)}."
        ) from error


def as_values(column: Column) -> tuple[FloatArray, str | None]:
    """Numbers for a colour scale, and what they count."""
    if column.dtype.kind == "M":
        from matplotlib.dates import date2num

        values = np.full(column.shape, np.nan)
        known = ~is_missing(column)
        values[known] = date2num(column[known])  # type: ignore[no-untyped-call]
        return values, "dates"
    if column.dtype.kind == "m":
        seconds = np.where(is_missing(column), np.nan, column / np.timedelta64(1, "s"))
        longest = np.nanmax(np.abs(seconds), initial=0.0)
        unit = next((name for name in UNITS if longest >= 2 * UNITS[name]), "seconds")
        return seconds / UNITS[unit], unit
    try:
        return np.where(is_missing(column), np.nan, column).astype(float), None
    except (TypeError, ValueError) as error:
        raise ValueError(
            "color_by='values' needs numbers or dates as y, got text; use color_by='classes'."
        ) from error


def _warn_of_many(classes: Classes) -> None:
    if classes.n_labels <= N_COLORS:
        return
    if classes.names:
        problem = f"the {N_COLORS} most frequent are coloured and the others grey"
    else:
        problem = "most of them on a single row, so no class is coloured"
    warn_user(
        f"y has {classes.n_labels:,} different labels, {problem}. Pass fewer classes, or numbers "
        "or dates, which get a colour scale.",
    )


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
    if known.any() and low == high:  # nearly all are equal
        low, high = values[known].min(), values[known].max()
    mappable = ScalarMappable(Normalize(float(low), float(high)), cmap)
    colors = np.tile(to_rgba(FAINT), (len(values), 1))
    colors[known] = mappable.to_rgba(values[known])
    return colors, mappable
