"""Files with named columns: CSV and parquet."""

from __future__ import annotations

import argparse
import bz2
import codecs
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aae_sklearn.command._columns import MISSING_WORDS, split_columns
from aae_sklearn.command._data import Data, some_rows
from aae_sklearn.command._encoding import encode
from aae_sklearn.command._errors import CommandError, count, need
from aae_sklearn.command._text import read_text

ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?$"
SEPARATORS = ",;\t|"
OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def read_csv(path: Path, options: argparse.Namespace) -> Data:
    """A text file with a row on each line."""
    pandas = need("pandas", "reading a table")
    separator, has_names = _look_at(path, options)
    try:
        frame = pandas.read_csv(
            path, sep=separator, header=0 if has_names else None, encoding=options.encoding,
            na_values=MISSING_WORDS, skipinitialspace=True, low_memory=False,
        )  # fmt: skip
    except pandas.errors.ParserError as error:
        raise CommandError(_why_not_parsed(path, error)) from error
    except pandas.errors.EmptyDataError as error:
        raise CommandError(
            f"{path} has no columns; it is empty, or has blank lines only"
        ) from error
    except (EOFError, OSError) as error:
        raise CommandError(f"{path} cannot be unpacked: {error}") from error
    for name in frame.columns[frame.dtypes.map(lambda kind: kind.kind in "OT")]:
        frame[name] = _with_dates(frame[name])
    notes = () if has_names else ("the first line holds numbers, so columns are numbered from 0",)
    return from_frame(frame, path, options, notes)


def _with_dates(column: Any) -> Any:
    """The column, as dates where all its cells are dates like 2024-01-31."""
    known = column.dropna().astype(str)
    if known.empty or not known.str.match(ISO_DATE).all():
        return column
    pandas = need("pandas", "reading dates")
    dates = pandas.to_datetime(column, errors="coerce", format="ISO8601")
    return dates if dates.notna().sum() == len(known) else column


def read_parquet(path: Path, options: argparse.Namespace) -> Data:
    """A parquet file."""
    pandas = need("pandas", "reading a table")
    need("pyarrow", "reading parquet")
    try:
        frame = pandas.read_parquet(path)
    except (ValueError, OSError) as error:
        raise CommandError(f"{path} cannot be read as parquet: {error}") from error
    return from_frame(frame, path, options, ())


def from_frame(
    frame: Any, path: Path, options: argparse.Namespace, notes: tuple[str, ...]
) -> Data:
    """What a frame has to map: a column of text, or its numbers and categories."""
    frame.columns = frame.columns.map(str)
    if frame.empty:
        raise CommandError(f"{path} has names of columns and no rows")
    size = f"{count(len(frame), 'row')}, {count(len(frame.columns), 'column')}"
    notes = (f"{path.name}: {size}", *notes)
    keep = some_rows(len(frame), options)
    if keep is not None:
        frame = frame.iloc[keep]
        notes = (*notes, f"{len(keep):,} of them, chosen at random")
    if options.text:
        return read_text(frame, options, notes)
    return encode(frame, split_columns(frame, options), options, notes)


def _look_at(path: Path, options: argparse.Namespace) -> tuple[str, bool]:
    """What separates the cells of the first line, and whether they are names."""
    try:
        with OPENERS.get(path.suffix.lower(), open)(
            path, "rt", encoding=options.encoding, newline=None
        ) as file:
            line = next((line for line in file if line.strip()), "")
    except LookupError as error:
        raise CommandError(
            f"--encoding {options.encoding} is unknown; use for example utf-8 or latin-1"
        ) from error
    except UnicodeError as error:
        raise CommandError(_why_no_text(path, options)) from error
    except (OSError, EOFError) as error:
        raise CommandError(f"{path} cannot be unpacked: {error}") from error
    if "\0" in line:
        raise CommandError(_why_no_text(path, options))
    if options.sep and len(options.sep) > 1:
        raise CommandError(f"--sep must be one character, got {options.sep!r}")
    separator = options.sep or max(SEPARATORS, key=line.count)
    cells = [cell.strip().strip('"') for cell in line.rstrip("\n").split(separator)]
    counted = [str(i) for i in range(len(cells))]  # names that pandas gives an array
    is_counted = len(cells) > 1 and cells == counted
    return separator, is_counted or not all(map(_is_number, cells))


def _why_no_text(path: Path, options: argparse.Namespace) -> str:
    with OPENERS.get(path.suffix.lower(), open)(path, "rb") as file:
        is_wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    other = "utf-16" if is_wide else "latin-1"
    return (
        f"{path} is no text in {options.encoding}; name its encoding, for example "
        f"--encoding {other}"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


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
