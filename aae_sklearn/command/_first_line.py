"""The first line of a text file: what separates its cells, and whether they are names."""

from __future__ import annotations

import argparse
import bz2
import codecs
import gzip
import lzma
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aae_sklearn.command._errors import DAMAGED, CommandError
from aae_sklearn.command._values import MISSING_CELLS

SEPARATORS = [",", ";", "\t", "|"]
BLANKS = r"\s+"
DECIMAL_COMMA = r"[-+]?\d+,\d+"
OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def look_at(path: Path, options: argparse.Namespace) -> tuple[str, bool]:
    """What separates the cells of the first line, and whether they are names."""
    line = _first_line(path, options)
    separator = _read_separator(options.sep) if options.sep else _find_separator(line)
    return separator, _are_names(_split(line, separator))


def _first_line(path: Path, options: argparse.Namespace) -> str:
    open_text = OPENERS.get(path.suffix.lower(), open)
    try:
        with (
            reading_text(path, options),
            open_text(path, "rt", encoding=options.encoding, newline=None) as file,
        ):
            line = next((line for line in file if line.strip()), "")
    except LookupError as error:
        raise CommandError(
            f"--encoding {options.encoding} is unknown; use for example utf-8 or latin-1"
        ) from error
    if "\0" in line:
        raise CommandError(_why_no_text(path, options))
    return str(line).removeprefix("\ufeff")


@contextmanager
def reading_text(path: Path, options: argparse.Namespace) -> Iterator[None]:
    """A context that tells what is wrong with a file that is no text, or was cut."""
    try:
        yield
    except UnicodeError as error:
        raise CommandError(_why_no_text(path, options)) from error
    except DAMAGED as error:
        raise CommandError(f"{path} cannot be unpacked: {error}") from error


def _why_no_text(path: Path, options: argparse.Namespace) -> str:
    with OPENERS.get(path.suffix.lower(), open)(path, "rb") as file:
        is_wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    other = "utf-16" if is_wide else "latin-1"
    return (
        f"{path} is no text in {options.encoding}; name its encoding, for example "
        f"--encoding {other}"
    )


def _read_separator(typed: str) -> str:
    separator = typed.replace("\\t", "\t")
    if len(separator) > 1:
        raise CommandError(f"--sep must be one character, got {typed!r}")
    return BLANKS if separator == " " else separator


def _find_separator(line: str) -> str:
    """The one between numbers, whose comma may be decimal; else the one most often unquoted."""
    for separator in [*SEPARATORS[1:], BLANKS]:
        cells = _split(line, separator)
        if len(cells) > 1 and _are_numbers(cells):
            return separator
    return max(SEPARATORS, key=re.sub('"[^"]*"', "", line).count)


def _split(line: str, separator: str) -> list[str]:
    cells = line.split() if separator == BLANKS else line.rstrip("\n").split(separator)
    return [cell.strip().strip('"') for cell in cells]


def _are_names(cells: list[str]) -> bool:
    """Whether there are words, or numbers that count columns as pandas does.

    Above names of rows there is an empty cell, and the numbers after it may be years.
    """
    if not _are_numbers(cells):
        return True
    if cells[0] == "" and all(map(str.isdecimal, cells[1:])):
        years = [int(cell) for cell in cells[1:]]
        return years == sorted(set(years))
    return len(cells) > 1 and cells == [str(i) for i in range(len(cells))]


def _are_numbers(cells: list[str]) -> bool:
    """Whether cells are numbers, of which some may be missing."""
    known = [cell for cell in cells if cell not in MISSING_CELLS]
    return bool(known) and all(map(_is_number, known))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return re.fullmatch(DECIMAL_COMMA, cell) is not None
    return True
