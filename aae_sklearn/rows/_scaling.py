"""Centre and scale rows, and undo it.

Distances between rows are what a map shows, so by default one common factor scales
all columns: it changes no ratio of distances and makes the unit of X irrelevant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import xlogy
from sklearn.utils import gen_batches
from sklearn.utils.sparsefuncs import incr_mean_variance_axis, min_max_axis

from aae_sklearn.rows._bounds import Bounds, Extremes, find_bounds, warn_beyond
from aae_sklearn.rows._rows import (
    Transformed,
    chunk_slices,
    dense,
    is_sparse,
)
from aae_sklearn.runtime._names import NO_NAMES, Names
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class Standardizer:
    """Affine map between rows in the user's unit and rows of about unit variance.

    Attributes
    ----------
    mean : ndarray of shape (n_features,), float64
    scale : ndarray of shape (n_features,) or (), float64
    bounds : Bounds or None
        Between which cells are read.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    bounds: Bounds | None = None

    def clip(self, rows: Any) -> Any:
        """Some rows with all cells within bounds; themselves if they are."""
        return rows if self.bounds is None else self.bounds.clip(rows)

    def standardize(self, rows: Any) -> NDArray[np.float32]:
        """Rows (dense or sparse) to float32; subtracted in float64, so offsets are exact."""
        standardized, factor = np.empty(rows.shape, dtype=np.float32), 1 / self.scale
        for part in chunk_slices(*rows.shape):
            centred = self.clip(dense(rows[part])).astype(np.float64)
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


@dataclass(frozen=True)
class ColumnScaling:
    """What is known of the columns, and how rows are scaled."""

    moments: ColumnMoments
    extremes: Extremes
    standardizer: Standardizer


def fit_standardizer(rows: Any, kind: str, names: Names = NO_NAMES) -> ColumnScaling:
    """Moments and extremes of the rows, and the map for them.

    Cells far outside of all others count as the nearest of these.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    kind : {"common", "per_feature", "none"}
        As for `make_standardizer`.
    names : Names
        For warnings and errors.
    """
    moments, extremes = _survey(rows)
    bounds, are_crossed = find_bounds(rows, extremes, kind, names)
    if are_crossed:
        moments, extremes = _survey(Transformed(rows, bounds.clip))
    _check_moments(moments, extremes, rows.shape, names)
    standardizer = make_standardizer(moments, kind)
    standardizer = replace(standardizer, bounds=bounds)
    return ColumnScaling(moments, extremes, standardizer)


def warn_beyond_bounds(rows: Any, standardizer: Standardizer, names: Names) -> None:
    """Warn of cells far outside of those that the standardizer was fitted to."""
    warn_beyond(_survey(rows)[1], standardizer.bounds, names)


def _survey(rows: Any) -> tuple[ColumnMoments, Extremes]:
    with np.errstate(over="ignore", invalid="ignore"):
        return _survey_sparse(rows) if is_sparse(rows) else _survey_dense(rows)


def _check_moments(
    moments: ColumnMoments, extremes: Extremes, shape: tuple[int, int], names: Names
) -> None:
    n_rows, n_features = shape
    with np.errstate(over="ignore", invalid="ignore"):
        largest = moments.variance * n_rows * n_features * defaults.SQUARES_ROOM
    if not np.isfinite(largest).all():
        sizes = np.maximum(np.abs(extremes.low), np.abs(extremes.high))
        column = int(np.argmax(sizes))
        raise ValueError(
            f"X has values too large to compute a variance, {sizes[column]:g} in "
            f"{names.column(column)}; divide X by a constant"
        )
    if _varies(moments).any():
        return
    if (extremes.high - extremes.low > 1e-9 * np.abs(moments.mean)).any():
        raise ValueError(
            "X has values that differ too little to compute a variance; multiply X by a constant"
        )
    raise ValueError(
        f"all {n_features} feature(s) of X are constant, so there is nothing to learn; "
        "pass rows that differ"
    )


def _survey_sparse(rows: Any) -> tuple[ColumnMoments, Extremes]:
    mean = variance = np.zeros(rows.shape[1])
    low, high = np.full(rows.shape[1], np.inf), np.full(rows.shape[1], -np.inf)
    n_merged = np.zeros(rows.shape[1], dtype=np.int64)
    for part in gen_batches(rows.shape[0], defaults.SPARSE_CHUNK_ROWS):
        chunk = rows[part]
        # The oldest scikit-learn merges the moments of 32-bit indices only.
        indices = sparse.safely_cast_index_arrays(chunk, np.int32)
        chunk = sparse.csr_array((chunk.data, *indices), shape=chunk.shape)
        mean, variance, n_merged = incr_mean_variance_axis(
            chunk, axis=0, last_mean=mean, last_var=variance, last_n=n_merged
        )
        least, largest = min_max_axis(chunk, axis=0)
        low, high = np.minimum(low, least), np.maximum(high, largest)
    moments = ColumnMoments(mean.astype(np.float64), variance.astype(np.float64))
    return moments, Extremes(low, high)


def _survey_dense(rows: Any) -> tuple[ColumnMoments, Extremes]:
    """Moments of chunks, merged: one pass over the rows, and no cancellation.

    Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The American
    Statistician 37, 1983. Differences to the first row keep constants exact.
    """
    n_rows, n_features = rows.shape
    first = dense(rows[:1]).astype(np.float64)
    mean, squares, n_merged = np.zeros(n_features), np.zeros(n_features), 0
    low, high = np.full(n_features, np.inf), np.full(n_features, -np.inf)
    for part in chunk_slices(n_rows, n_features):
        chunk = dense(rows[part]).astype(np.float64)
        low, high = np.minimum(low, chunk.min(axis=0)), np.maximum(high, chunk.max(axis=0))
        chunk -= first
        of_chunk = chunk.mean(axis=0)
        chunk -= of_chunk
        share = len(chunk) / (n_merged + len(chunk))
        squares += np.einsum("ij,ij->j", chunk, chunk)
        squares += np.square(of_chunk - mean) * n_merged * share
        mean += (of_chunk - mean) * share
        n_merged += len(chunk)
    return ColumnMoments(first[0] + mean, squares / n_rows), Extremes(low, high)


def _varies(moments: ColumnMoments) -> NDArray[np.bool_]:
    """Which columns have a variance beyond what rounding their mean makes.

    Squares near the smallest number of float64 have few digits, and their quotients are no shares.
    """
    rounding = 8 * np.finfo(np.float64).eps * np.abs(moments.mean)
    varies: NDArray[np.bool_] = np.sqrt(moments.variance) > np.maximum(
        rounding, defaults.LEAST_DEVIATION
    )
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
