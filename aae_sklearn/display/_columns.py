"""Labels as people pass them, as a column of classes, numbers, dates or durations."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.rows._label_values import without_mask

Column = npt.NDArray[Any]


def as_column(y: Any, n_rows: int, name: str) -> Column | None:
    """One label per row: an array of numbers, dates, durations, text or other objects."""
    if y is None:
        return None
    column: Column = np.asarray(without_mask(y))
    if column.dtype.kind in "US" and isinstance(y, list | tuple):
        column = np.asarray(y, dtype=object)  # as numpy would make text of numbers and NaN
    if column.shape == (n_rows, 1):  # a data frame of one column
        column = column.reshape(n_rows)
    if column.shape != (n_rows,):
        raise ValueError(
            f"{name} must hold one label or value per row, shape ({n_rows},), got shape "
            f"{column.shape}."
        )
    return _of_one_kind(column) if column.dtype.kind == "O" else column


def check_new_labels(y: Any, rows: Any, name: str, name_of_rows: str) -> None:
    """Refuse labels of new rows without these."""
    if y is not None and rows is None:
        raise ValueError(f"{name} holds labels of new rows; pass these as {name_of_rows}.")


def check_one_kind(y: Column | None, new_y: Column | None, name: str) -> None:
    """Refuse strings for the rows and numbers or dates for the new rows, or the reverse."""
    if y is None or new_y is None:
        return
    known = {"y": _first_known(y), name: _first_known(new_y)}
    strings = [label for label in known.values() if isinstance(label, str)]
    others = [part for part, label in known.items() if not isinstance(label, str | None)]
    if strings and others:
        raise ValueError(
            f"y and {name} mix strings and other values, such as {str(strings[0])!r} and "
            f"{known[others[0]]}; convert both to one type, as by "
            f"np.asarray({others[0]}).astype(str)."
        )


def _first_known(column: Column) -> Any:
    """A label that is not missing; None without one."""
    return next(iter(column[~is_missing(column)]), None)


def name_of(y: Any) -> str | None:
    """The name of a Series, or of the only column of a frame."""
    columns: Any = getattr(y, "columns", ())
    name = columns[0] if len(columns) == 1 else getattr(y, "name", None)
    return None if name is None or callable(name) else str(name)


def is_missing(values: Column) -> npt.NDArray[np.bool_]:
    """Mask of None, NaN, and pandas' NA and NaT."""
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind in "mM":
        return np.asarray(np.isnat(values))
    if values.dtype.kind != "O":
        return np.zeros(values.shape, dtype=bool)
    return np.array([_is_missing_object(value) for value in values], dtype=bool)


def _is_missing_object(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _of_one_kind(column: Column) -> Column:
    """Objects as numbers, dates or durations if all that are known are, else as they are."""
    missing = is_missing(column)
    known = column[~missing]
    kinds: list[tuple[Callable[[Any], bool], Callable[[Any], Any], str]] = [
        (_is_number, float, "float64"),
        (_is_date, _as_datetime64, "datetime64[us]"),
        (_is_duration, _as_timedelta64, "timedelta64[us]"),
    ]
    for belongs, convert, dtype in kinds:
        if len(known) and all(belongs(value) for value in known):
            # NaT for dates, NaN for numbers
            converted = np.full(column.shape, "NaT" if dtype != "float64" else np.nan, dtype=dtype)
            converted[~missing] = [convert(value) for value in known]
            return converted
    return _sortable(column, missing)


def _sortable(column: Column, missing: npt.NDArray[np.bool_]) -> Column:
    """Labels of types that cannot be compared, such as 1 and "a", as text."""
    try:
        np.unique(column[~missing])
    except TypeError:
        column = column.copy()
        column[~missing] = [str(value) for value in column[~missing]]
    return column


def _is_number(value: object) -> bool:
    return isinstance(value, (Real, Decimal)) and not isinstance(value, (bool, np.bool_))


def _is_date(value: object) -> bool:
    return isinstance(value, (date, np.datetime64)) or hasattr(value, "to_timestamp")


def _is_duration(value: object) -> bool:
    return isinstance(value, (timedelta, np.timedelta64))


def _as_datetime64(value: Any) -> np.datetime64:
    """A date, a time or pandas' Period; a time with a zone as its clock shows it."""
    if hasattr(value, "to_timestamp"):
        value = value.to_timestamp()
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.replace(tzinfo=None)
    if hasattr(value, "to_datetime64"):
        value = value.to_datetime64()
    return np.datetime64(value, "us")


def _as_timedelta64(value: Any) -> np.timedelta64:
    return np.timedelta64(
        value.to_timedelta64() if hasattr(value, "to_timedelta64") else value, "us"
    )
