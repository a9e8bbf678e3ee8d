"""Rows in memory, in a file or sparse, read a few at a time."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.settings import _defaults as defaults


def dense(rows: Any) -> NDArray[Any]:
    """A few rows as an array in memory, whatever they were."""
    if not isinstance(rows, np.memmap):
        return rows.toarray() if sparse.issparse(rows) else np.asarray(rows)
    copied = np.array(rows)
    _release(rows)
    return copied


def take_rows(rows: Any, index: slice | NDArray[np.int64]) -> Any:
    """Rows of a slice, or of an index: these of a memory map as an array."""
    if isinstance(index, slice) or not isinstance(rows, np.memmap):
        return rows[index]
    taken = np.empty((len(index), rows.shape[1]), rows.dtype)
    # What lies between them comes into memory, too: the further apart, the fewer at a time.
    apart = max(1, int(np.ptp(index)) // (len(index) * defaults.NEAR_ROWS))
    for part in chunk_slices(len(index), apart * rows.shape[1], at_least=defaults.READ_MIN_ROWS):
        taken[part] = rows[index[part]]
        _release(rows[index[part].min() : index[part].max() + 1])
    return taken


def evenly_spaced(n_rows: int, n_some: int) -> NDArray[np.int64]:
    """Ascending indices of some of so many rows, the first and the last among them, or of all."""
    return np.linspace(0, n_rows - 1, min(n_some, n_rows)).astype(np.int64)


class Selection:
    """Some rows of X, read when they are asked for.

    Attributes
    ----------
    stored : {array, memory map, sparse matrix}
        What is read in the end.
    is_sparse, is_quick : bool
        As the functions of these names say.
    """

    def __init__(self, rows: Any, index: NDArray[np.int64]) -> None:
        self.rows = rows
        self.index = index
        self.shape = (len(index), rows.shape[1])
        self.stored = _stored(rows)
        self.is_sparse = is_sparse(rows)
        self.is_quick = is_quick(rows)

    def __getitem__(self, part: slice | NDArray[np.int64]) -> Any:
        return take_rows(self.rows, self.index[part])


class Transformed:
    """Rows of X after a function of each row, applied when they are asked for.

    Parameters
    ----------
    rows : {array, sparse matrix}
    function : callable
        From some rows to as many others, dense or sparse.

    Attributes
    ----------
    stored, is_sparse, is_quick
        As of a `Selection`.
    """

    is_quick: ClassVar[bool] = False

    def __init__(self, rows: Any, function: Callable[[Any], Any]) -> None:
        self.rows = rows
        self.function = function
        first = function(rows[:1])
        self.stored = _stored(rows)
        self.is_sparse = bool(sparse.issparse(first))
        self.shape = (rows.shape[0], first.shape[1])

    def select(self, index: NDArray[np.int64]) -> Self:
        """Some of the rows, after the same function."""
        return type(self)(select_rows(self.rows, index), self.function)

    def __getitem__(self, part: slice | NDArray[np.int64]) -> Any:
        return self.function(take_rows(self.rows, part))


class KnownPairs:
    """Rows of which only the neighbours among fitted rows are known.

    Parameters
    ----------
    indices, distances : array-like of shape (n_rows, n_neighbors)
    """

    dtype = np.dtype(np.float64)

    def __init__(self, indices: Any, distances: Any) -> None:
        self.pair = np.asarray(indices), np.asarray(distances)
        self.shape = self.pair[0].shape

    def __getitem__(self, part: slice) -> tuple[Any, Any]:
        indices, distances = self.pair
        return indices[part], distances[part]


def _stored(rows: Any) -> Any:
    return getattr(rows, "stored", rows)


def is_mapped(rows: Any) -> bool:
    """Whether rows are in a file, and come into memory as they are read."""
    return isinstance(_stored(rows), np.memmap)


def is_sparse(rows: Any) -> bool:
    """Whether only what is not 0 of the rows is stored."""
    return bool(getattr(rows, "is_sparse", sparse.issparse(rows)))


def is_quick(rows: Any) -> bool:
    """Whether some rows are read as fast as those that follow one another."""
    if hasattr(rows, "is_quick"):
        return bool(rows.is_quick)
    return isinstance(rows, np.ndarray) and rows.flags.c_contiguous and not is_mapped(rows)


def select_rows(rows: Any, index: NDArray[np.int64]) -> Any:
    """Rows of an ascending index without repeats, as a `Selection` or a copy.

    A copy is made of few rows that are slow to read again: mapped, sparse, or column by column.
    Rows after a function select for themselves.
    """
    if len(index) == rows.shape[0]:
        return rows
    if hasattr(rows, "select"):
        return rows.select(index)
    if is_quick(rows) or len(index) > defaults.COPIED_MAX_ROWS:
        return Selection(rows, index)
    return take_rows(rows, index)


def _release(rows: Any) -> None:
    """Give back the pages of a mapped file that were read, as they count as ours till then.

    Those of a copy-on-write map may hold changes, and stay. A copy of a map may be of numpy's
    class for maps, too, and has no file. To give back all of a file after each of its parts would
    take the longer the larger it is; 2 MB before and after a part go with it, since Linux maps up
    to that much around what is read.
    """
    mapped = getattr(rows, "_mmap", None)
    if mapped is None or rows.mode == "c" or not hasattr(mmap, "MADV_DONTNEED"):
        return
    start, length = 0, len(mapped)
    if rows.flags.c_contiguous:
        first = rows.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
        start = max(0, first - first % mmap.PAGESIZE - defaults.READ_AROUND_BYTES)
        length = min(first + rows.nbytes + defaults.READ_AROUND_BYTES, length) - start
    mapped.madvise(mmap.MADV_DONTNEED, start, length)


def chunk_slices(n_rows: int, n_features: int, *, at_least: int = 1) -> Iterator[slice]:
    """Cut rows into slices of about 260,000 elements, and of some rows at least."""
    size = max(at_least, defaults.CHUNK_ELEMENTS // n_features)
    return (slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size))
