"""Numbers that often stand for missing cells, such as -999, far from all others; fit says so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.exceptions import FillValuesWarning
from aae_sklearn.rows._bounds import Extremes
from aae_sklearn.rows._rows import chunk_slices, dense
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults

MOST_NAMED = 5  # columns in one warning


def warn_of_fill_values(rows: Any, extremes: Extremes, names: Names) -> bool:
    """Warn if the least or the largest number of columns looks like a fill value.

    It does if all of its digits are 9, if several rows have it, and if it is further from the
    other numbers of the column than these are from each other, or the only negative one.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    extremes : Extremes
        Of these rows.
    names : Names

    Returns
    -------
    warned : bool

    Warns
    -----
    FillValuesWarning
        With the first such column, and the names of others.
    """
    found = []
    for values in (extremes.low, extremes.high):
        columns = np.flatnonzero(np.isin(np.abs(values), defaults.FILL_VALUES))
        counts, others = _look_at(rows, columns, values[columns])
        gap = np.maximum(others.low - values[columns], values[columns] - others.high)
        spread = others.high - others.low
        is_alone = (values[columns] < 0) & (others.low >= 0)
        is_fill = (counts > 1) & (spread > 0) & ((gap > spread) | is_alone)
        found += [
            (int(column), values[column], counts[i], others.low[i], others.high[i])
            for i, column in enumerate(columns)
            if is_fill[i]
        ]
    if not found:
        return False
    column, value, count, low, high = found[0]
    more = [names.column(int(other[0])) for other in found[1:MOST_NAMED]]
    told = f"; the same may hold for {', '.join(more)}" if more else ""
    told += f" and {len(found) - MOST_NAMED:,} more columns" if len(found) > MOST_NAMED else ""
    warn_user(
        f"{names.column(column)} has {value:g} in {count:,} of {rows.shape[0]:,} rows, where "
        f"other cells lie between {low:g} and {high:g}{told}; if it stands for missing cells, "
        "make them NaN and use missing_values='mask'",
        FillValuesWarning,
    )
    return True


def _look_at(
    rows: Any, columns: NDArray[np.intp], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], Extremes]:
    """How many cells of each column have its value, and between what the others lie."""
    counts = np.zeros(len(columns), dtype=np.int64)
    low, high = np.full(len(columns), np.inf), np.full(len(columns), -np.inf)
    for part in chunk_slices(*rows.shape) if len(columns) else ():
        cells = dense(rows[part][:, columns]).astype(np.float64)
        is_value = cells == values
        counts += is_value.sum(axis=0)
        low = np.fmin(low, np.fmin.reduce(np.where(is_value, np.inf, cells), axis=0))
        high = np.fmax(high, np.fmax.reduce(np.where(is_value, -np.inf, cells), axis=0))
    return counts, Extremes(low, high)
