"""Real rows in the page: what is usual of each feature, and the values of as many rows as fit."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array

from aae_sklearn.display._arrays import FloatArray, as_matrix
from aae_sklearn.rows._kinds import nan_where_masked

N_LOOKED_AT = 10_000  # rows that tell what is usual
N_COMPRESSED = 400  # rows that tell how many bytes a row takes
MAX_BYTES = 7_500_000  # of the rows' values, compressed; a third more in the file
CHUNK_NUMBERS = 10_000_000  # of rows that are read at a time


@dataclass(frozen=True)
class Usual:
    """What is usual of each feature that is shown, each of shape (n_features,).

    ``low`` and ``high`` are the least and the largest value.
    """

    mean: FloatArray
    deviation: FloatArray
    low: FloatArray
    high: FloatArray


class Format(NamedTuple):
    """How a cell is written: as a whole number up to ``levels``, the next one if it is missing.

    ``packs`` puts two cells into a byte, and missing ones at the least value.
    """

    levels: int
    dtype: type[np.unsignedinteger[Any]]
    packs: bool = False


FINE, COARSE = Format(65_534, np.uint16), Format(254, np.uint8)
FEW = Format(15, np.uint8, packs=True)  # levels of grey, enough for a small picture


@dataclass(frozen=True)
class KeptRows:
    """Values of some rows, between the least and the largest of their column.

    Attributes
    ----------
    index : ndarray of shape (n_kept,)
        Which rows.
    cells : ndarray of shape (n_kept, n_features), or half as wide where they are packed
    format : Format
    """

    index: npt.NDArray[np.uint32]
    cells: npt.NDArray[Any]
    format: Format


class Rows:
    """Rows as they were given, read a part at a time.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_rows, n_features)
    """

    def __init__(self, X: Any) -> None:
        self.whole = check_array(
            nan_where_masked(X), dtype=None if hasattr(X, "dtype") else "numeric",
            accept_sparse="csr", ensure_all_finite="allow-nan", ensure_min_features=1,
        )  # fmt: skip
        self.n_rows, self.n_features = self.whole.shape

    def take(self, index: Any, columns: Any = slice(None)) -> FloatArray:
        """Some rows, dense."""
        return as_matrix(self.whole[index][:, columns], "X")

    def some(self, n_some: int, random_state: int | None) -> npt.NDArray[np.intp]:
        """Indices of at most so many rows, drawn at random and in order."""
        drawn = np.random.RandomState(random_state).permutation(self.n_rows)[:n_some]
        return np.sort(drawn)

    def parts(self, index: npt.NDArray[Any], width: int) -> list[npt.NDArray[Any]]:
        """The indices in parts that take little memory."""
        return np.array_split(index, max(1, len(index) * width // CHUNK_NUMBERS))


def find_usual(rows: Rows, columns: Any, random_state: int | None) -> Usual:
    """Range of the columns, and mean and deviation of some of the rows."""
    some = rows.take(rows.some(N_LOOKED_AT, random_state), columns).astype(np.float64)
    is_known = ~np.isnan(some)
    n_known = np.maximum(is_known.sum(axis=0), 1)
    mean = np.where(is_known, some, 0).sum(axis=0) / n_known
    variance = np.where(is_known, np.square(some - mean), 0).sum(axis=0) / n_known
    low, high = np.full(len(mean), np.inf), np.full(len(mean), -np.inf)
    for part in rows.parts(np.arange(rows.n_rows), len(mean)):
        cells = rows.take(part, columns)
        low = np.fmin(low, np.fmin.reduce(cells, axis=0))
        high = np.fmax(high, np.fmax.reduce(cells, axis=0))
    empty = low > high
    low[empty], high[empty] = 0.0, 0.0
    return Usual(mean, np.sqrt(variance), low, high)


def keep_rows(
    rows: Rows, columns: Any, usual: Usual, is_image: bool, random_state: int | None
) -> KeptRows:
    """Values of all rows, or of a random part of them that takes at most `MAX_BYTES`."""
    for form in (COARSE, FEW) if is_image else (FINE, COARSE):
        n_fitting = _count_that_fits(rows, columns, usual, form, random_state)
        if n_fitting >= rows.n_rows:
            break
    index = rows.some(n_fitting, random_state)
    parts = rows.parts(index, len(usual.mean))
    cells = [_written(rows.take(part, columns), usual, form) for part in parts]
    return KeptRows(index.astype(np.uint32), np.concatenate(cells), form)


def _count_that_fits(
    rows: Rows, columns: Any, usual: Usual, form: Format, random_state: int | None
) -> int:
    index = rows.some(N_COMPRESSED, random_state)
    written = zlib.compress(_written(rows.take(index, columns), usual, form).tobytes())
    return int(MAX_BYTES / (len(written) / len(index)))


def _written(some: FloatArray, usual: Usual, form: Format) -> npt.NDArray[Any]:
    span = np.where(usual.high > usual.low, usual.high - usual.low, 1.0)
    shares = np.clip((some - usual.low) / span, 0, 1)
    cells = np.round(np.nan_to_num(shares) * form.levels)
    if form.packs:
        return _packed(cells.astype(np.uint8))
    written: npt.NDArray[Any] = np.where(np.isnan(some), form.levels + 1, cells)
    return written.astype(form.dtype)


def _packed(cells: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Two cells to a byte, the first in its lower half."""
    even = np.pad(cells, ((0, 0), (0, cells.shape[1] % 2)))
    packed: npt.NDArray[np.uint8] = even[:, ::2] | (even[:, 1::2] << np.uint8(4))
    return packed
