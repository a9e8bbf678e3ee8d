"""Which reader a file needs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from aae_sklearn.command._arrays import read_arrays
from aae_sklearn.command._cells import read_h5ad
from aae_sklearn.command._data import Data
from aae_sklearn.command._errors import CommandError
from aae_sklearn.command._first_line import OPENERS
from aae_sklearn.command._tables import read_csv, read_parquet

Reader = Callable[[Path, argparse.Namespace], Data]


class Format(NamedTuple):
    """How a kind of file is read, and which of `OPTIONS` say something about it."""

    read: Reader
    options: tuple[str, ...]


COLUMNS = ("color", "index", "text", "columns", "drop", "keep")
OPTIONS = (*COLUMNS, "key", "sep", "encoding")
TEXT_FILE = Format(read_csv, (*COLUMNS, "sep", "encoding"))
ARRAYS = Format(read_arrays, ("color", "key"))
READERS: dict[str, Format] = {
    ".csv": TEXT_FILE,
    ".tsv": TEXT_FILE,
    ".txt": TEXT_FILE,
    ".parquet": Format(read_parquet, COLUMNS),
    ".npy": ARRAYS,
    ".npz": ARRAYS,
    ".h5ad": Format(read_h5ad, ("color", "key")),
}
COMPRESSED = tuple(OPENERS)


def read(path: Path, options: argparse.Namespace) -> Data:
    """Read a file by its suffix.

    Raises
    ------
    CommandError
        If there is no such file, no reader for it, or nothing in it, or if an option says nothing
        about it.
    """
    if path.is_dir():
        raise CommandError(f"{path} is a folder; name a file in it")
    if not path.exists():
        raise CommandError(f"there is no file {path}; look at the name and the folder")
    if path.stat().st_size == 0:
        raise CommandError(f"{path} is empty; it was probably not written to its end")
    kind = kind_of(path)
    if kind not in READERS:
        raise CommandError(
            f"{path.name} ends in {kind or 'nothing'}; what can be read is "
            f"{', '.join(READERS)}. Save a spreadsheet as CSV"
        )
    if path.suffix.lower() in COMPRESSED and READERS[kind] is not TEXT_FILE:
        raise CommandError(f"{path.name} is compressed, which text files alone may be; unpack it")
    _check_options(options, kind)
    try:
        return READERS[kind].read(path, options)
    except MemoryError as error:
        raise CommandError(f"{path} does not fit in memory; map some of it: --rows") from error


def _check_options(options: argparse.Namespace, kind: str) -> None:
    """Raise if an option would be ignored."""
    given = [name for name in OPTIONS if getattr(options, name) not in (None, [], "utf-8")]
    known = READERS[kind].options
    for name in given:
        if name not in known:
            names = ", ".join(f"--{name}" for name in known)
            raise CommandError(f"--{name} says nothing about {kind} files; they take {names}")
        if options.text is not None and name in ("columns", "drop", "keep"):
            raise CommandError(f"--{name} does not go with --text, which maps one column alone")


def kind_of(path: Path) -> str:
    """The suffix that says what a file holds: that before .gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""
