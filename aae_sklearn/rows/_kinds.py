"""What is in X where a number should be, such as dates and masked cells, each with its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What a type holds by its name, and what to pass in its place.
_NESTED = "List|Array|Struct|(large_|fixed_size_)?list|struct|map|tuple|dict|set|ndarray"
_NO_NUMBERS = {
    re.compile(r"datetime|timedelta|timestamp|period|duration|^date", re.IGNORECASE): (
        "dates or spans of time",
        "pass numbers, for example the seconds since the first date",
    ),
    re.compile(r"^interval", re.IGNORECASE): (
        "intervals",
        "pass numbers, for example pandas.IntervalIndex(column).mid",
    ),
    re.compile(rf"^({_NESTED})\b"): ("nested values", "give each of these a column of its own"),
}


def refuse_no_numbers(X: Any) -> None:
    """Raise if X is an array of dates, or a frame with a column of dates, intervals or lists.

    Raises
    ------
    ValueError
        Which names the column.
    """
    for name, kind in _column_kinds(X):
        for pattern, (what, cure) in _NO_NUMBERS.items():
            if pattern.search(kind):
                where = "X" if name is None else f"column {name!r} of X"
                raise ValueError(f"{where} holds {what} ({kind}); {cure}, or drop the column")


def _column_kinds(X: Any) -> Iterator[tuple[Any, str]]:
    """The type of each column of a frame, by its name, or that of an array."""
    if not (hasattr(X, "columns") and hasattr(X, "dtypes")):
        yield None, str(getattr(X, "dtype", ""))
        return
    for name, dtype in zip(X.columns, X.dtypes, strict=True):
        values = getattr(dtype, "categories", None)
        yield name, str(dtype if values is None else getattr(values, "dtype", dtype))
    if _has_objects(X):
        for name, column in X.items():
            yield name, type(next(iter(column.dropna()), None)).__name__


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
    return X.where(X.notna(), np.nan) if _has_objects(X) else X


def _has_objects(X: Any) -> bool:
    """Whether X is a frame of pandas with a column of objects."""
    has_columns = hasattr(X, "columns") and hasattr(X, "isna")
    return has_columns and "object" in map(str, X.dtypes)
