"""Labels and columns of a frame as the page shows them, and colours by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._coloring import as_values, join_columns
from aae_sklearn.display._columns import Column, as_column, is_missing
from aae_sklearn.display._explorer._payload import compact
from aae_sklearn.display._palette import (
    colored_labels,
    holds_values,
    names_of_values,
    number_labels,
)

MILLISECONDS = 86_400_000.0  # of a day


@dataclass(frozen=True)
class Shown:
    """A column of the page: classes, or values.

    Attributes
    ----------
    name : str
    role : {"label", "column", "quality"}
    kind : {"classes", "values", "dates"}
    cells : ndarray of shape (n_rows,)
        Of classes their positions in ``names``, the number of names where there is none.
    new_cells : ndarray of shape (n_new,) or None
        Those of the new rows.
    names : list of str
    colored : list of int
        Positions of the classes that have a colour.
    unit : str or None
    """

    name: str
    role: str
    kind: str
    cells: npt.NDArray[Any]
    new_cells: npt.NDArray[Any] | None = None
    names: list[str] = field(default_factory=list)
    colored: list[int] = field(default_factory=list)
    unit: str | None = None


class Named(NamedTuple):
    """Cells of a column, the names that they count, and which of these have a colour."""

    cells: npt.NDArray[Any]
    names: list[str]
    colored: list[int]


def show_column(
    name: str,
    role: str,
    column: Column,
    new_column: Column | None = None,
    *,
    label_names: Sequence[str] | None = None,
    color_by: str = "auto",
) -> Shown:
    """Classes or values of rows and of new rows, by the rules of the other maps."""
    joined = join_columns([column] if new_column is None else [column, new_column])
    if holds_values(joined, color_by):
        values, unit = as_values(joined)
        cells, kind = compact(values), "values"
        if unit == "dates":
            cells, kind, unit = values * MILLISECONDS, "dates", None
        named = Named(cells, [], [])
    else:
        kind, unit = "classes", None
        named = _number(joined, label_names)
    cells, names, colored = named
    new_cells = None if new_column is None else cells[len(column) :]
    return Shown(name, role, kind, cells[: len(column)], new_cells, names, colored, unit)


def show_values(name: str, values: FloatArray) -> Shown:
    """The quality of places."""
    return Shown(name, "quality", "values", values.astype(np.float32))


def _number(column: Column, label_names: Sequence[str] | None) -> Named:
    labels = number_labels(column, label_names)
    n_labels = len(labels.names)
    index = np.where(labels.position < 0, n_labels, labels.position)
    cells = index.astype(np.min_scalar_type(n_labels))
    return Named(cells, list(labels.names), colored_labels(labels).tolist())


def frame_columns(frame: Any, n_rows: int) -> Iterator[Shown]:
    """Columns of a data frame or of a mapping of names to columns."""
    if frame is None:
        return
    if not isinstance(frame, Mapping) and not hasattr(frame, "columns"):
        raise TypeError(
            "frame must be a data frame, or a dict of columns by their names, got "
            f"{type(frame).__name__}."
        )
    for name in frame.columns if hasattr(frame, "columns") else frame:
        column = as_column(_plain(frame[name]), n_rows, f"the column {name!r} of frame")
        if column is not None:
            yield show_column(str(name), "column", column)


def _plain(column: Any) -> Any:
    """Categories and nullable numbers as objects, which `as_column` understands."""
    return column.to_numpy() if hasattr(column, "to_numpy") else column


def row_names(names: Any, n_rows: int) -> list[str] | None:
    """Names of rows as text."""
    column = as_column(names, n_rows, "names")
    if column is None:
        return None
    known = ~is_missing(column)
    written = np.full(n_rows, "", dtype=object)
    written[known] = names_of_values(column[known])
    return [str(name) for name in written]
