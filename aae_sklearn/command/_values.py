"""What cells of a table mean: names, words for a missing cell, dates, commas in numbers.

The command reads a file by these, and so does the Pipeline that it saves.
"""

from __future__ import annotations

from typing import Any

from aae_sklearn.command._errors import need

# Written for a missing cell by statistical programs, beyond those that pandas knows.
MISSING_WORDS = ["?", ".", "-", "missing", "unknown"]
MISSING_CELLS = frozenset(
    [*MISSING_WORDS, "", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)
ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
WITH_COMMA = r"[-+\d.]*,[-+\d.,]*"
THOUSANDS = r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"


def plain_names(frame: Any) -> Any:
    """The frame, with names of columns that are text without blanks before it.

    Names of several levels are joined by "_".
    """
    return frame.set_axis([_plain_name(name) for name in frame.columns], axis=1)


def _plain_name(name: Any) -> str:
    levels = name if isinstance(name, tuple) else (name,)
    return "_".join(str(level).lstrip() for level in levels if level != "")


def is_worded(column: Any) -> bool:
    """Whether pandas found something else than numbers and dates in it."""
    return bool(column.dtype.kind in "OT")


def plain_words(column: Any) -> Any:
    """The column, with words without blanks before them, and missing where a word says so."""
    return column.astype(object).map(_plain_word) if is_worded(column) else column


def _plain_word(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    word = cell.lstrip()
    return None if word in MISSING_WORDS else word


def as_texts(column: Any) -> Any:
    """Texts, of which a missing one is empty."""
    return column.astype(object).where(column.notna(), "").astype(str)


def as_dates(column: Any) -> Any:
    """Dates and times of UTC; missing where a cell is none."""
    pandas = need("pandas", "reading dates")
    column = column.astype(str) if is_worded(column) else column
    dates = pandas.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    return dates.dt.tz_localize(None)


def with_dates(column: Any) -> Any:
    """The column, as dates where all its cells are dates like 2024-01-31."""
    known = column.dropna().astype(str)
    if known.empty or not known.str.match(ISO_DATE).all():
        return column
    dates = as_dates(column)
    return dates if dates.notna().sum() == len(known) else column


def days_since(first: Any, dates: Any) -> Any:
    """Dates as numbers."""
    return (dates - first) / need("pandas", "reading dates").Timedelta(days=1)


def with_commas(cells: Any) -> Any:
    """Those of some texts that are digits with a comma."""
    return cells[cells.str.fullmatch(WITH_COMMA)]


def meaning_of_comma(cells: Any) -> str:
    """What to write for the comma in numbers: nothing where it separates thousands, or a point."""
    return "" if len(cells) and cells.str.fullmatch(THOUSANDS).all() else "."


def classes_or_values(words: Any) -> Any:
    """Numbers or dates where all known cells are; otherwise words, which are not cleaned."""
    pandas = need("pandas", "reading a table")
    known = words.where(~words.isin(MISSING_CELLS))
    numbers = pandas.to_numeric(known, errors="coerce")
    if numbers.notna().sum() == known.notna().sum():
        return numbers
    dates = with_dates(known)
    return dates if dates.dtype.kind == "M" else words.where(words != "", None)
