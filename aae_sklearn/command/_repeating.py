"""Another table, read as the one that was fitted: for a Pipeline that outlives the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from aae_sklearn.command._columns import MISSING_WORDS, Columns, days_since
from aae_sklearn.command._errors import need


def make_reader(columns: Columns) -> FunctionTransformer:
    """From a frame to the columns that were fitted, numbers first, as the command read them."""
    how = {
        "numbers": list(columns.numbers.columns),
        "categories": columns.categories,
        "with_comma": columns.with_comma,
        "first_dates": columns.dates,
    }
    return FunctionTransformer(read_again, kw_args=how)


def read_again(
    X: Any,
    numbers: Sequence[str],
    categories: Sequence[str],
    with_comma: Sequence[str],
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
    pandas = need("pandas", "reading a table")
    X = X.rename(columns=str)
    missing = [name for name in (*numbers, *categories) if name not in X.columns]
    if missing:
        raise ValueError(f"X has no column {missing[0]!r}; it has {', '.join(X.columns)}")
    read = {}
    for name in numbers:
        if name in first_dates:
            dates = pandas.to_datetime(X[name], errors="coerce", format="ISO8601")
            read[name] = days_since(first_dates[name], dates)
        else:
            read[name] = _numbers(X[name], name in with_comma)
    words = X[list(categories)]
    words = words.where(~words.isin(MISSING_WORDS))
    return pandas.DataFrame(read, index=X.index).join(words)


def _numbers(column: Any, with_comma: bool) -> Any:
    pandas = need("pandas", "reading a table")
    if column.dtype.kind in "OT":
        column = column.astype(str).str.strip()
        if with_comma:
            column = column.str.replace(",", ".", n=1, regex=False)
    numbers = pandas.to_numeric(column, errors="coerce").astype(float)
    return numbers.where(np.isfinite(numbers))
