"""Another table, read as the one that was fitted: for a Pipeline that outlives the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from aae_sklearn.command._columns import Columns
from aae_sklearn.command._errors import need
from aae_sklearn.command._values import (
    as_dates,
    as_texts,
    days_since,
    is_worded,
    plain_names,
    plain_words,
)


def make_reader(columns: Columns) -> FunctionTransformer:
    """From a frame to the columns that were fitted, numbers first, as the command read them."""
    how = {
        "numbers": list(columns.numbers.columns),
        "categories": columns.categories,
        "commas": columns.commas,
        "first_dates": columns.dates,
    }
    return FunctionTransformer(read_again, kw_args=how)


def read_again(
    X: Any,
    numbers: Sequence[str],
    categories: Sequence[str],
    commas: Mapping[str, str],
    first_dates: Mapping[str, Any],
) -> Any:
    """Columns of a frame; rows that have no columns are numbers already.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    if not hasattr(X, "columns"):
        return X
    X = _with_columns(X, (*numbers, *categories))
    read = []
    for name in numbers:
        if name in first_dates:
            read.append(days_since(first_dates[name], as_dates(X[name])))
        else:
            read.append(_numbers(X[name], commas.get(name)))
    read.extend(plain_words(X[name]) for name in categories)
    return need("pandas", "reading a table").concat(read, axis=1)


def read_text_again(X: Any, name: str) -> Any:
    """A frame's column of texts, without missing ones; texts stay as they are.

    Raises
    ------
    ValueError
        If the column is missing.
    """
    return as_texts(_with_columns(X, [name])[name]) if hasattr(X, "columns") else X


def _with_columns(X: Any, names: Sequence[str]) -> Any:
    """The frame with plain names; raise if one is missing."""
    X = plain_names(X)
    missing = [name for name in names if name not in X.columns]
    if missing:
        raise ValueError(f"X has no column {missing[0]!r}; it has {', '.join(X.columns)}")
    return X


def _numbers(column: Any, point: str | None) -> Any:
    """Numbers, also of flags and of texts, whose comma a point or nothing stands for."""
    pandas = need("pandas", "reading a table")
    if is_worded(column):
        column = column.astype(str).str.strip().replace({"True": "1", "False": "0"})
        if point is not None:
            column = column.str.replace(",", point, regex=False)
    numbers = pandas.to_numeric(column, errors="coerce").astype(float)
    return numbers.where(np.isfinite(numbers))
