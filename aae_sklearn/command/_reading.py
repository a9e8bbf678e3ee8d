"""Which reader a file needs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from aae_sklearn.command._arrays import read_npy, read_npz
from aae_sklearn.command._cells import read_h5ad
from aae_sklearn.command._data import Data
from aae_sklearn.command._errors import CommandError
from aae_sklearn.command._tables import OPENERS, read_csv, read_parquet

Reader = Callable[[Path, argparse.Namespace], Data]
READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".parquet": read_parquet,
    ".npy": read_npy,
    ".npz": read_npz,
    ".h5ad": read_h5ad,
}
COMPRESSED = tuple(OPENERS)


def read(path: Path, options: argparse.Namespace) -> Data:
    """Read a file by its suffix.

    Raises
    ------
    CommandError
        If there is no such file, no reader for it, or nothing in it.
    """
    if path.is_dir():
        raise CommandError(f"{path} is a folder; name a file in it")
    if not path.exists():
        raise CommandError(f"there is no file {path}; look at the name and the folder")
    if path.stat().st_size == 0:
        raise CommandError(f"{path} is empty; it was probably not written to its end")
    reader = READERS.get(kind_of(path))
    if reader is None:
        raise CommandError(
            f"{path.name} ends in {kind_of(path) or 'nothing'}; what can be read is "
            f"{', '.join(READERS)}. Save a spreadsheet as CSV"
        )
    try:
        return reader(path, options)
    except MemoryError as error:
        raise CommandError(f"{path} does not fit in memory; map some of it: --rows") from error


def kind_of(path: Path) -> str:
    """The suffix that says what a file holds: that before .gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""
