"""Which columns of a table are numbers, which are categories, and which are left out."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.command._errors import CommandError, count, need, quoted, shown
from aae_sklearn.command._values import as_dates, days_since, meaning_of_comma, with_commas

MOST_CATEGORIES = 200  # different values of a column that is read as categories
SHARE_OF_ROWS = 0.5  # or this many of the rows
SHARE_OF_NUMBERS = 0.9  # of the cells of a column of numbers with some words in it
MOST_WORD_COLUMNS = 2_000  # columns of words that are looked at
FEWEST_NAMES = 20  # rows whose numbers may be names
ROW_NUMBERS = "numbers of the rows"  # a reason to leave a column out


@dataclass
class Columns:
    """Columns by what they are.

    Attributes
    ----------
    numbers : DataFrame
        NaN where a cell is missing.
    categories : list of str
    left_out : dict of str to list of str
        Columns by the reason for which they are not fitted.
    texts : list of str
        Columns left out that could be read as text.
    notes : list of str
    dates : dict of str to Timestamp
        Numbers that were dates, and the first of these.
    commas : dict of str to str
        Numbers that were written with a comma, and what it stands for: "." or nothing.
    """

    numbers: Any
    categories: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dates: dict[str, Any] = field(default_factory=dict)
    commas: dict[str, str] = field(default_factory=dict)

    def leave_out(self, name: str, reason: str) -> None:
        """Note a column that is not fitted."""
        self.left_out.setdefault(reason, []).append(name)


def check_names(frame: Any, names: list[str], option: str) -> None:
    """Raise if a name that was typed is no column; the error lists what is there."""
    for name in names:
        if name not in frame.columns:
            raise CommandError(
                f"{option}: there is no column {name!r}; columns are {shown(list(frame.columns))}"
            )


def split_columns(
    frame: Any, options: argparse.Namespace, row_numbers: NDArray[np.int64]
) -> Columns:
    """Sort columns into numbers, categories and what is left out."""
    for option in ("color", "index"):
        name = getattr(options, option)
        check_names(frame, [name] if name else [], f"--{option}")
    for option in ("columns", "drop", "keep"):
        check_names(frame, getattr(options, option) or [], f"--{option}")
    apart = {options.color, options.index, *options.drop}
    names = [name for name in dict.fromkeys(options.columns or frame.columns) if name not in apart]
    rest = frame[names]
    is_number = [kind.kind in "iufb" for kind in rest.dtypes.map(_plain)]
    columns = Columns(rest.loc[:, is_number].astype(float))
    _read_words(rest.loc[:, [not yes for yes in is_number]], columns)
    columns.numbers = columns.numbers[rest.columns[rest.columns.isin(columns.numbers.columns)]]
    _drop_idle(columns, {*options.keep, *(options.columns or [])}, row_numbers)
    return columns


def _plain(dtype: Any) -> Any:
    """numpy's dtype of a column; pandas' nullable numbers have one inside."""
    inside = getattr(dtype, "numpy_dtype", dtype)
    return inside if isinstance(inside, np.dtype) else np.dtype(object)


def _read_words(words: Any, columns: Columns) -> None:
    """Find numbers, dates and categories in columns that pandas read as something else."""
    pandas = need("pandas", "reading a table")
    if words.shape[1] > MOST_WORD_COLUMNS:
        raise CommandError(
            f"{words.shape[1]:,} columns hold words and no numbers, such as "
            f"{shown(list(words.columns), 3)}; name those to fit: --columns"
        )
    numbers = {}
    for name in words.columns:
        column = words[name]
        found = (_as_dates if column.dtype.kind == "M" else _as_numbers)(column, columns)
        if found is not None:
            numbers[name] = found
        else:
            _sort_words(column, columns)
    if numbers:
        columns.numbers = pandas.concat([columns.numbers, pandas.DataFrame(numbers)], axis=1)


def _as_dates(column: Any, columns: Columns) -> Any:
    """Days since the first of them."""
    dates = as_dates(column)
    first = columns.dates[column.name] = dates.min()
    return days_since(first, dates)


def _as_numbers(column: Any, columns: Columns) -> Any:
    """Numbers that were written with a comma, or with a few words among them; or None."""
    pandas = need("pandas", "reading a table")
    known = column.notna()
    cells = column.where(known, None).astype(str).str.strip()
    commas = with_commas(cells)
    point = meaning_of_comma(commas)
    values = pandas.to_numeric(cells.str.replace(",", point, regex=False), errors="coerce")
    values = values.where(known)
    n_read = int(values.notna().sum())
    if not n_read or n_read < SHARE_OF_NUMBERS * known.sum():
        return None
    odd = column[known & values.isna()]
    if len(odd):
        columns.notes.append(
            f"{column.name}: {count(len(odd), 'cell')} without a number, such as "
            f"{odd.iloc[0]!r}, counted as missing"
        )
    if len(commas):
        columns.commas[column.name] = point
    return values.astype(float)


def _sort_words(column: Any, columns: Columns) -> None:
    counts = column.astype(str).nunique()
    n_known = int(column.notna().sum())
    if counts <= 1:
        columns.leave_out(column.name, "the same in all rows")
    elif counts <= min(MOST_CATEGORIES, max(2, SHARE_OF_ROWS * n_known)):
        columns.categories.append(column.name)
    else:
        columns.leave_out(column.name, "a different text in most rows")
        columns.texts.append(column.name)


def _drop_idle(columns: Columns, kept: set[str], row_numbers: NDArray[np.int64]) -> None:
    """Leave out numbers that say nothing: empty, constant, or the number of the row."""
    numbers = columns.numbers
    numbers = numbers.replace([np.inf, -np.inf], np.nan)
    n_infinite = int(numbers.isna().to_numpy().sum() - columns.numbers.isna().to_numpy().sum())
    if n_infinite:
        columns.notes.append(f"{count(n_infinite, 'infinite cell')} counted as missing")
    cells = numbers.to_numpy()
    with np.errstate(all="ignore"):
        steps = np.diff(cells, axis=0) / np.diff(row_numbers)[:, None]
    is_empty = np.isnan(cells).all(axis=0)
    is_constant = ~is_empty & (numbers.nunique().to_numpy() <= 1)
    is_counter = (len(cells) > 2) & ((steps == 1).all(axis=0) | (steps == -1).all(axis=0))
    is_counter &= ~numbers.columns.isin(list(columns.dates))
    is_kept = numbers.columns.isin(list(kept))
    reasons = {
        "no known cell": is_empty,
        "the same in all rows": is_constant & ~is_kept,
        ROW_NUMBERS: is_counter & ~is_kept,
    }
    for reason, flags in reasons.items():
        for name in numbers.columns[flags]:
            columns.leave_out(name, reason)
    columns.numbers = numbers.loc[:, ~np.any(list(reasons.values()), axis=0)]
    columns.notes.extend(
        f"{name}: whole numbers that all differ; if they name the rows, --index {quoted(name)}"
        for name in columns.numbers.columns
        if name not in {*kept, *columns.dates} and _may_be_names(columns.numbers[name])
    )


def _may_be_names(numbers: Any) -> bool:
    """Whether numbers look like an identifier: whole, all different, and many."""
    return len(numbers) > FEWEST_NAMES and bool((numbers % 1 == 0).all()) and numbers.is_unique
