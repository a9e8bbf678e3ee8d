"""Centre, scale and rotate rows, and undo it.

Distances between rows are what a map shows, so by default one common factor scales
all columns: it changes no ratio of distances and makes the unit of X irrelevant.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import xlogy
from sklearn.decomposition import PCA
from sklearn.utils import gen_batches
from sklearn.utils.sparsefuncs import incr_mean_variance_axis

_CHUNK_ELEMENTS = 2**18
_SPARSE_CHUNK_ROWS = 4_096
_MAX_PCA_ROWS = 20_000
_MAX_COPIED_ROWS = 60_000
_READ_AROUND = 2**21
_NEAR = 2**5  # rows from one to the next
_FEWEST_READ = 2**4
_MAX_COVARIANCE_FEATURES = 2_000


def dense(rows: Any) -> NDArray[Any]:
    """A few rows as an array in memory, whatever they were."""
    if not isinstance(rows, np.memmap):
        return rows.toarray() if sparse.issparse(rows) else np.asarray(rows)
    copied = np.array(rows)
    _release(rows)
    return copied


def take_rows(rows: Any, index: NDArray[np.int64]) -> Any:
    """Rows of an index, of a memory map as an array."""
    if not isinstance(rows, np.memmap):
        return rows[index]
    taken = np.empty((len(index), rows.shape[1]), rows.dtype)
    # What lies between them comes into memory, too: the further apart, the fewer at a time.
    apart = max(1, int(np.ptp(index)) // (len(index) * _NEAR))
    for part in chunk_slices(len(index), apart * rows.shape[1], at_least=_FEWEST_READ):
        taken[part] = rows[index[part]]
        _release(rows[index[part].min() : index[part].max() + 1])
    return taken


class Selection:
    """Some rows of X, read when they are asked for."""

    def __init__(self, rows: Any, index: NDArray[np.int64]) -> None:
        self.rows = rows
        self.index = index
        self.shape = (len(index), rows.shape[1])

    def __getitem__(self, part: slice | NDArray[np.int64]) -> Any:
        return take_rows(self.rows, self.index[part])


def _stored(rows: Any) -> Any:
    return rows.rows if isinstance(rows, Selection) else rows


def is_mapped(rows: Any) -> bool:
    """Whether rows are in a file, and come into memory as they are read."""
    return isinstance(_stored(rows), np.memmap)


def is_sparse(rows: Any) -> bool:
    """Whether only what is not 0 of the rows is stored."""
    return bool(sparse.issparse(_stored(rows)))


def is_quick(rows: Any) -> bool:
    """Whether some rows are read as fast as those that follow one another."""
    stored = _stored(rows)
    return isinstance(stored, np.ndarray) and stored.flags.c_contiguous and not is_mapped(stored)


def select_rows(rows: Any, index: NDArray[np.int64]) -> Any:
    """Rows of an ascending index without repeats, as a `Selection` or a copy.

    A copy is made of few rows that are slow to read again: mapped, sparse, or column by column.
    """
    if len(index) == rows.shape[0]:
        return rows
    if is_quick(rows) or len(index) > _MAX_COPIED_ROWS:
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
        start = max(0, first - first % mmap.PAGESIZE - _READ_AROUND)
        length = min(first + rows.nbytes + _READ_AROUND, length) - start
    mapped.madvise(mmap.MADV_DONTNEED, start, length)


def chunk_slices(n_rows: int, n_features: int, *, at_least: int = 1) -> Iterator[slice]:
    """Cut rows into slices of about 260,000 elements, and of some rows at least."""
    size = max(at_least, _CHUNK_ELEMENTS // n_features)
    return (slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size))


@dataclass(frozen=True)
class Standardizer:
    """Affine map between rows in the user's unit and rows of about unit variance.

    Attributes
    ----------
    mean : ndarray of shape (n_features,), float64
    scale : ndarray of shape (n_features,) or (), float64
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def standardize(self, rows: Any) -> NDArray[np.float32]:
        """Rows (dense or sparse) to float32; subtracted in float64, so offsets are exact."""
        standardized, factor = np.empty(rows.shape, dtype=np.float32), 1 / self.scale
        for part in chunk_slices(*rows.shape):
            centred = dense(rows[part]).astype(np.float64)
            centred -= self.mean
            centred *= factor
            standardized[part] = centred
        return standardized

    def restore(self, standardized: NDArray[Any]) -> NDArray[np.float64]:
        """Undo `standardize`."""
        restored = standardized.astype(np.float64)
        restored *= self.scale
        restored += self.mean
        return restored


@dataclass(frozen=True)
class ColumnMoments:
    """Mean and variance of each column, float64."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def column_moments(rows: Any) -> ColumnMoments:
    """Moments of the columns, without a copy of the rows.

    Raises
    ------
    ValueError
        If the values are too large to be squared, or all columns are constant.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        moments = _sparse_moments(rows) if is_sparse(rows) else _dense_moments(rows)
    if not np.isfinite(moments.variance).all():
        raise ValueError("X has values too large to compute a variance; divide X by a constant")
    if not _varies(moments).any():
        raise ValueError(
            f"all {rows.shape[1]} feature(s) of X are constant, so there is nothing to learn; "
            "pass rows that differ"
        )
    return moments


def _sparse_moments(rows: Any) -> ColumnMoments:
    mean = variance = np.zeros(rows.shape[1])
    n_merged = np.zeros(rows.shape[1], dtype=np.int64)
    for part in gen_batches(rows.shape[0], _SPARSE_CHUNK_ROWS):
        chunk = rows[part]
        # The oldest scikit-learn merges the moments of 32-bit indices only.
        indices = sparse.safely_cast_index_arrays(chunk, np.int32)
        chunk = sparse.csr_array((chunk.data, *indices), shape=chunk.shape)
        mean, variance, n_merged = incr_mean_variance_axis(
            chunk, axis=0, last_mean=mean, last_var=variance, last_n=n_merged
        )
    return ColumnMoments(mean.astype(np.float64), variance.astype(np.float64))


def _dense_moments(rows: Any) -> ColumnMoments:
    """Moments of chunks, merged: one pass over the rows, and no cancellation.

    Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The American
    Statistician 37, 1983. Differences to the first row keep constants exact.
    """
    n_rows, n_features = rows.shape
    first = dense(rows[:1]).astype(np.float64)
    mean, squares, n_merged = np.zeros(n_features), np.zeros(n_features), 0
    for part in chunk_slices(n_rows, n_features):
        chunk = dense(rows[part]).astype(np.float64)
        chunk -= first
        of_chunk = chunk.mean(axis=0)
        chunk -= of_chunk
        share = len(chunk) / (n_merged + len(chunk))
        squares += np.einsum("ij,ij->j", chunk, chunk)
        squares += np.square(of_chunk - mean) * n_merged * share
        mean += (of_chunk - mean) * share
        n_merged += len(chunk)
    return ColumnMoments(first[0] + mean, squares / n_rows)


def _varies(moments: ColumnMoments) -> NDArray[np.bool_]:
    """Which columns have a variance beyond what rounding their mean makes."""
    rounding = 8 * np.finfo(np.float64).eps * np.abs(moments.mean)
    varies: NDArray[np.bool_] = np.sqrt(moments.variance) > rounding
    return varies


def make_standardizer(moments: ColumnMoments, kind: str) -> Standardizer:
    """The map for columns of these moments.

    Parameters
    ----------
    moments : ColumnMoments
    kind : {"common", "per_feature", "none"}
        One factor for all columns; one for each (constant columns keep theirs); rows as
        they are.
    """
    if kind == "none":
        return Standardizer(np.zeros_like(moments.mean), np.ones(()))
    if kind == "common":
        return Standardizer(moments.mean, np.sqrt(moments.variance.mean()))
    deviation = np.where(_varies(moments), np.sqrt(moments.variance), 1.0)
    return Standardizer(moments.mean, deviation)


def mean_row_loss(moments: ColumnMoments, standardizer: Standardizer, loss: str) -> float:
    """Reconstruction loss of predicting the mean row: the level that is no achievement."""
    if loss == "squared_error":
        return float((moments.variance / standardizer.scale**2).sum())
    mean = np.clip(moments.mean, 0, 1)
    entropy = -(xlogy(mean, mean) + xlogy(1 - mean, 1 - mean)).mean()
    return max(float(entropy), float(np.finfo(np.float32).eps))


def fit_rotation(
    rows: Any, standardizer: Standardizer, n_inputs: int, random_state: np.random.RandomState
) -> NDArray[np.float32]:
    """Directions of the first principal components of the standardised rows.

    Fitted on at most 20,000 rows drawn at random.

    Returns
    -------
    components : ndarray of shape (n_inputs, n_features), float32
    """
    n_rows, n_features = rows.shape
    if n_rows > _MAX_PCA_ROWS:
        chosen = random_state.choice(n_rows, _MAX_PCA_ROWS, replace=False)
        rows = take_rows(rows, np.sort(chosen))
    if sparse.issparse(rows) and n_features > _MAX_COVARIANCE_FEATURES:
        solver = "arpack"  # in float32 it takes an eighth of the time
        sample = sparse.csr_array(rows.multiply(1 / standardizer.scale), dtype=np.float32)
    else:
        sample = standardizer.standardize(rows)
        solver = "randomized" if n_features > _MAX_COVARIANCE_FEATURES else "covariance_eigh"
    pca = PCA(n_inputs, svd_solver=solver, random_state=random_state).fit(sample)
    components: NDArray[np.float32] = pca.components_.astype(np.float32)
    return components
