"""Files with named columns: CSV and parquet."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from aae_sklearn.command._columns import split_columns
from aae_sklearn.command._data import Data, some_rows
from aae_sklearn.command._encoding import encode
from aae_sklearn.command._errors import UNREADABLE, CommandError, count, need
from aae_sklearn.command._first_line import look_at, reading_text
from aae_sklearn.command._text import read_text
from aae_sklearn.command._values import (
    MISSING_WORDS,
    classes_or_values,
    is_worded,
    plain_names,
    plain_words,
    with_dates,
)

MARKED = "={}"  # so that pandas makes no number of 001 and nothing of NA


def read_csv(path: Path, options: argparse.Namespace) -> Data:
    """A text file with a row on each line."""
    pandas = need("pandas", "reading a table")
    separator, has_names = look_at(path, options)
    apart: set[Any] = {name for name in (options.color, options.index) if name}
    if not has_names:
        apart = {int(name) for name in apart if name.isdecimal()}
    how = {
        "sep": separator, "header": 0 if has_names else None, "encoding": options.encoding,
        "na_values": MISSING_WORDS, "skipinitialspace": True, "low_memory": False,
        "converters": dict.fromkeys(apart, MARKED.format),
    }  # fmt: skip
    try:
        with reading_text(path, options):
            frame, notes = _parse(path, how)
    except pandas.errors.ParserError as error:
        raise CommandError(_why_not_parsed(path, error)) from error
    except pandas.errors.EmptyDataError as error:
        raise CommandError(
            f"{path} has no columns; it is empty, or has blank lines only"
        ) from error
    if not has_names:
        notes = ["the first line holds numbers, so columns are numbered from 0"]
    for name in apart.intersection(frame.columns):
        frame[name] = frame[name].str[1:]
    frame = plain_names(frame)
    if options.color in frame.columns:
        frame[options.color] = classes_or_values(frame[options.color])
    return from_frame(frame, path, options, notes)


def _parse(path: Path, how: dict[str, Any]) -> tuple[Any, list[str]]:
    """The frame, and a note if rows begin with a name; a separator may end each row."""
    pandas = need("pandas", "reading a table")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        try:
            return pandas.read_csv(path, index_col=False, **how), []
        except pandas.errors.ParserWarning:
            frame = pandas.read_csv(path, **how)
    if frame.index.nlevels > 1 or len(frame.columns) == 1:
        raise CommandError(
            f"{path}: rows have {count(frame.index.nlevels + len(frame.columns), 'cell')} and the "
            f"first line has {len(frame.columns)}; give each column a name, delete what stands "
            "above the names, or say what separates cells: --sep"
        )
    said = "rows have one cell more than the first line, so their first cell is their name"
    return frame, [said]


def read_parquet(path: Path, options: argparse.Namespace) -> Data:
    """A parquet file."""
    pandas = need("pandas", "reading a table")
    need("pyarrow", "reading parquet")
    try:
        frame = plain_names(_with_index(pandas.read_parquet(path)))
    except UNREADABLE as error:
        raise CommandError(f"{path} cannot be read as parquet: {error}") from error
    fitted = frame.columns.difference([options.color, options.index])
    for name in [name for name in fitted if frame.columns.is_unique and is_worded(frame[name])]:
        frame[name] = plain_words(frame[name])
    return from_frame(frame, path, options, [])


def _with_index(frame: Any) -> Any:
    """The frame, whose index is among its columns, if it has a name or levels."""
    has_names = any(name is not None for name in frame.index.names)
    return frame.reset_index() if has_names or frame.index.nlevels > 1 else frame


def from_frame(frame: Any, path: Path, options: argparse.Namespace, notes: list[str]) -> Data:
    """What a frame has to map: a column of text, or its numbers and categories."""
    if not frame.columns.is_unique:
        name = frame.columns[frame.columns.duplicated()][0]
        raise CommandError(f"{path} has several columns that are called {name!r}; rename them")
    if frame.empty:
        raise CommandError(f"{path} has names of columns and no rows")
    if len(frame) == 1:
        raise CommandError(f"{path} has one row; a map needs at least two")
    for name in frame.columns:
        if name != options.index and is_worded(frame[name]):
            frame[name] = with_dates(frame[name])
    size = f"{count(len(frame), 'row')}, {count(len(frame.columns), 'column')}"
    said = (f"{path.name}: {size}", *notes)
    keep = some_rows(len(frame), options)
    numbers = np.arange(len(frame)) if keep is None else keep
    if keep is not None:
        frame = frame.iloc[keep]
        said = (*said, f"{len(keep):,} of them, chosen at random")
    if options.text:
        return read_text(frame, options, said)
    return encode(frame, split_columns(frame, options, numbers), options, said)


def _why_not_parsed(path: Path, error: Exception) -> str:
    reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
    cure = "open it in an editor at this line"
    if "EOF inside string" in reason:
        cure = "a quotation mark is opened there and never closed; put its partner in"
    elif "Expected" in reason:
        cure = (
            "a line has more cells than the first: quote cells that hold the separator, or --sep"
        )
    return f"{path} is no table that can be read: {reason}; {cure}"
