"""What is in X where a number should be: dates and masked cells, each with its remedy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DATES = re.compile(r"datetime|timedelta|period|duration|^date", re.IGNORECASE)


def refuse_dates(X: Any) -> None:
    """Raise if X is an array of dates, or a frame with a column of dates.

    Raises
    ------
    ValueError
        Which names the column.
    """
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        dtypes = list(zip(X.columns, X.dtypes, strict=True))
    else:
        dtypes = [(None, getattr(X, "dtype", ""))]
    for name, dtype in dtypes:
        if _DATES.search(str(dtype)):
            where = "X" if name is None else f"column {name!r} of X"
            raise ValueError(
                f"{where} holds dates or spans of time ({dtype}); pass numbers, for example the "
                "seconds since the first date, or drop the column"
            )


def unmasked(X: np.ma.MaskedArray[Any, Any], masks: bool, name: str = "X") -> NDArray[Any]:
    """A masked array with NaN where cells are masked, and as it is if none are.

    Raises
    ------
    ValueError
        If some are, and missing cells are not allowed.
    """
    is_masked = np.ma.getmaskarray(X)
    if not masks and is_masked.any():
        row, column = np.argwhere(is_masked)[0]
        cure = "use missing_values='mask', or " if name == "X" else ""
        raise ValueError(
            f"{name} has {is_masked.sum()} masked cells, one of them in row {row}, "
            f"column {column} (counted from 0); {cure}fill them in"
        )
    filled: NDArray[Any] = nan_where_masked(X) if masks else X.data
    return filled


def nan_where_masked(X: Any) -> Any:
    """X as it is, or a masked array with NaN where cells are masked."""
    if not isinstance(X, np.ma.MaskedArray):
        return X
    as_floats: Any = X.astype(np.result_type(X.dtype, np.float32))
    return as_floats.filled(np.nan)


def without_na(X: Any) -> Any:
    """X with NaN for pandas' NA among objects, which no number can be made of; else as it is."""
    has_columns = hasattr(X, "columns") and hasattr(X, "isna")
    if not has_columns or "object" not in map(str, X.dtypes):
        return X
    return X.where(X.notna(), np.nan)
