"""Cells that lie far outside of all others, and the bounds in which cells are read.

A single cell of 1e12 among numbers from 0 to 16 would own the mean, the unit and the components,
and leave nothing of the other rows in float32. Whether there are such cells shows in one pass:
the extremes of each column against what is typical of some rows. Where there are none, bounds
are so wide that no fitted cell is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.exceptions import ExtremeValuesWarning
from aae_sklearn.rows._rows import chunk_slices, dense, evenly_spaced, take_rows
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bounds:
    """Between which values cells of each column are read.

    Attributes
    ----------
    low, high : ndarray of shape (n_features,)
    """

    low: Floats
    high: Floats

    def clip(self, rows: Any) -> Any:
        """Some rows, dense or sparse; themselves where all of their cells are inside."""
        is_sparse = sparse.issparse(rows)
        cells = rows.data if is_sparse else rows
        least, most = self._of_all_columns
        within = not cells.size or (float(cells.min()) >= least and float(cells.max()) <= most)
        without_zero = self._without_zero if is_sparse else ()
        if within and not len(without_zero):
            return rows
        if not is_sparse:
            return np.clip(rows, self.low, self.high)
        clipped = sparse.csr_array(rows, dtype=np.float64, copy=True)
        column = clipped.indices
        np.clip(clipped.data, self.low[column], self.high[column], out=clipped.data)
        return self._with_cells_not_stored(clipped) if len(without_zero) else clipped

    @cached_property
    def _of_all_columns(self) -> tuple[float, float]:
        """Between which a cell of any column is inside."""
        return float(self.low.max()), float(self.high.min())

    @cached_property
    def _without_zero(self) -> NDArray[np.int64]:
        """Columns in which a cell that is not stored is outside."""
        return np.flatnonzero((self.low > 0) | (self.high < 0))

    def _with_cells_not_stored(self, rows: Any) -> Any:
        """Sparse rows in which columns that 0 is outside of are stored whole."""
        columns = self._without_zero
        some = np.clip(dense(rows[:, columns]), self.low[columns], self.high[columns])
        others = np.ones(rows.shape[1])
        others[columns] = 0
        place = sparse.csr_array(
            (np.ones(len(columns)), (np.arange(len(columns)), columns)),
            shape=(len(columns), rows.shape[1]),
        )
        return sparse.csr_array(rows @ sparse.diags_array(others) + sparse.csr_array(some) @ place)


@dataclass(frozen=True)
class Extremes:
    """Least and largest value of each column."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class _Wild:
    """Cells out of reach.

    Attributes
    ----------
    rows : ndarray of int
        That have some.
    first : tuple of int, int, float
        Row, column and value of one.
    n_cells : int
    others : Extremes
        Of the other cells.
    """

    rows: NDArray[np.int64]
    first: tuple[int, int, float]
    n_cells: int
    others: Extremes


def find_bounds(rows: Any, extremes: Extremes, kind: str, names: Names) -> tuple[Bounds, bool]:
    """Bounds for cells, and whether cells of these rows lie outside.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    extremes : Extremes
    kind : {"common", "per_feature", "none"}
        How columns are scaled: whether a cell is compared with all columns or with its own.
    names : Names

    Warns
    -----
    ExtremeValuesWarning
        If there are such cells.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centre, unit = _typical(rows, extremes, kind)
        for factor, share, least in defaults.WILD_CELLS:
            inside = _around(centre, factor * unit)
            outside = (extremes.low < inside.low) | (extremes.high > inside.high)
            n_allowed = _allowed(rows.shape[0], share, least)
            if not n_allowed or not outside.any():
                continue
            wild = _inspect(rows, inside)
            if len(wild.rows) <= n_allowed:
                _warn(wild, rows.shape[0], names)
                return _kept(wild.others, outside, centre, unit), True
        return _wide(extremes, centre, unit), False


def warn_beyond(extremes: Extremes, bounds: Bounds | None, names: Names) -> None:
    """Warn of cells far outside of those of the rows that bounds were found in."""
    if bounds is None:
        return
    is_low, is_high = extremes.low < bounds.low, extremes.high > bounds.high
    if not (is_low | is_high).any():
        return
    column = int((is_low | is_high).argmax())
    value = (extremes.low if is_low[column] else extremes.high)[column]
    warn_user(
        f"X has {value:g} in {names.column(column)}, where the rows that were fitted lie between "
        f"{bounds.low[column]:g} and {bounds.high[column]:g} or are not far outside; the model "
        "reads it as the nearest of these. Correct it, or drop the row",
        ExtremeValuesWarning,
    )


def _allowed(n_rows: int, share: float, least_rows: int) -> int:
    return 0 if n_rows < least_rows else max(1, int(share * n_rows))


def _around(centre: Floats, reach: Floats) -> Bounds:
    return Bounds(np.nan_to_num(centre - reach), np.nan_to_num(centre + reach))


def _wide(extremes: Extremes, centre: Floats, unit: Floats) -> Bounds:
    """Bounds that no cell between the extremes is outside of."""
    wide = _around(centre, defaults.WILD_CELLS[0][0] * unit)
    return Bounds(np.minimum(wide.low, extremes.low), np.maximum(wide.high, extremes.high))


def _kept(others: Extremes, outside: NDArray[np.bool_], centre: Floats, unit: Floats) -> Bounds:
    """The range of the other cells in columns that have wild ones, wide bounds elsewhere."""
    wide = _wide(others, centre, unit)
    low, high = np.where(outside, others.low, wide.low), np.where(outside, others.high, wide.high)
    return Bounds(low, high)


def _typical(rows: Any, extremes: Extremes, kind: str) -> tuple[Floats, Floats]:
    """A robust centre, and a typical distance from it: of rows, or within each column.

    Where all of the rows that are looked at agree, no cell is out of reach.
    """
    n_rows, n_features = rows.shape
    n_some = max(3, min(defaults.TYPICAL_ROWS, defaults.TYPICAL_ELEMENTS // n_features))
    some = dense(take_rows(rows, evenly_spaced(n_rows, n_some))).astype(np.float64)
    centre = np.median(some, axis=0)
    away = np.abs(some - centre)
    if kind != "per_feature":
        largest = away.max(axis=1, keepdims=True)
        parts = away / np.where(largest > 0, largest, 1.0)
        away = largest * np.linalg.norm(parts, axis=1, keepdims=True)
    whole = np.maximum(extremes.high - centre, centre - extremes.low)
    unit = np.array([middle(column) for column in away.T])
    return centre, np.where(unit > 0, unit, whole if kind == "per_feature" else whole.max())


def middle(away: Floats) -> float:
    """The median of what is not 0."""
    positive = away[away > 0]
    return float(np.median(positive)) if len(positive) else 0.0


def _inspect(rows: Any, inside: Bounds) -> _Wild:
    n_features = rows.shape[1]
    low, high = np.full(n_features, np.inf), np.full(n_features, -np.inf)
    found, first, n_cells = [], (0, 0, 0.0), 0
    for start, chunk in _chunks(rows):
        is_wild = (chunk < inside.low) | (chunk > inside.high)
        low = np.minimum(low, np.where(is_wild, np.inf, chunk).min(axis=0))
        high = np.maximum(high, np.where(is_wild, -np.inf, chunk).max(axis=0))
        row, column = np.nonzero(is_wild)
        if not n_cells and len(row):
            first = (start + int(row[0]), int(column[0]), float(chunk[row[0], column[0]]))
        n_cells += len(row)
        found.append(start + np.unique(row))
    return _Wild(np.concatenate(found), first, n_cells, Extremes(low, high))


def _chunks(rows: Any) -> Iterator[tuple[int, Floats]]:
    for part in chunk_slices(*rows.shape):
        yield part.start, dense(rows[part]).astype(np.float64)


def _warn(wild: _Wild, n_rows: int, names: Names) -> None:
    row, column, value = wild.first
    low, high = wild.others.low[column], wild.others.high[column]
    others = f", the first of {wild.n_cells} such cells in {len(wild.rows)} of {n_rows} rows"
    warn_user(
        f"X has {value:g} in {names.cell(row, column)}, where other cells lie "
        f"between {low:g} and {high:g}{others if wild.n_cells > 1 else ''}; the model reads it as "
        "the nearest of these. Correct it, or drop the row",
        ExtremeValuesWarning,
    )
