"""What one pass over all partitions tells: how many rows, whether they are finite, and moments.

Moments of partitions are merged in the order of the rows, so that no bit depends on how many
workers there are (Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The
American Statistician 37, 1983). Rows that are sampled come along, so that they need no pass of
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.distributed._collections import Collection
from aae_sklearn.distributed._forms import Form
from aae_sklearn.distributed._graphs import computed
from aae_sklearn.distributed._tasks import naming
from aae_sklearn.rows._rows import chunk_slices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Of the known cells of each column.

    Attributes
    ----------
    n_known : ndarray of shape (n_features,)
    mean : ndarray of shape (n_features,)
    squares : ndarray of shape (n_features,)
        Sums of squared differences to the mean.
    low, high : ndarray of shape (n_features,)
        Extremes; infinite where no cell is known.
    """

    n_known: Floats
    mean: Floats
    squares: Floats
    low: Floats
    high: Floats

    @property
    def variance(self) -> Floats:
        """Of each column; 0 where no cell is known."""
        return self.squares / np.maximum(self.n_known, 1)

    def merged(self, other: Moments) -> Moments:
        """Moments of the rows of both."""
        n_known = self.n_known + other.n_known
        share = other.n_known / np.maximum(n_known, 1)
        step = other.mean - self.mean
        return Moments(
            n_known,
            self.mean + step * share,
            self.squares + other.squares + np.square(step) * self.n_known * share,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )


@dataclass(frozen=True)
class Found:
    """What was found in some partitions that follow one another.

    Attributes
    ----------
    lengths : tuple of int
        Rows of each.
    moments : Moments
    sampled : list of blocks
        Rows that were asked for.
    """

    lengths: tuple[int, ...]
    moments: Moments
    sampled: list[Any]

    def merged(self, other: Found) -> Found:
        """Of the partitions of both."""
        moments = self.moments.merged(other.moments)
        return Found(self.lengths + other.lengths, moments, self.sampled + other.sampled)


@dataclass(frozen=True)
class Survey:
    """Look at partitions.

    Attributes
    ----------
    form : Form
    allows_nan : bool
        Whether cells may be missing.
    """

    form: Form
    allows_nan: bool

    def of_block(
        self, block: Any, number: int, length: int | None, wanted: NDArray[np.int64]
    ) -> Found:
        """Of a partition that is to have some length, with the rows that are wanted."""
        with naming(number):
            rows = self.form.read(block)
            if length is not None and len(rows) != length:
                raise ValueError(
                    f"it has {len(rows)} rows, where the collection declares {length}; correct "
                    "what makes the partition, or call X.compute_chunk_sizes()"
                )
            moments = reduce(Moments.merged, self._of_chunks(rows), nothing(self.form.n_features))
            return Found((len(rows),), moments, [self.form.take(rows, wanted)])

    def _of_chunks(self, rows: Any) -> list[Moments]:
        width = self.form.n_features
        parts = chunk_slices(len(rows), width)
        return [self._of_cells(self.form.numbers(rows[part]), part.start) for part in parts]

    def _of_cells(self, x: Floats, start: int) -> Moments:
        is_known = ~np.isnan(x)
        if np.isinf(x).any():
            raise ValueError(f"row {start + _first(np.isinf(x))} of it contains infinity; drop it")
        if not self.allows_nan and not is_known.all():
            raise ValueError(
                f"row {start + _first(~is_known)} of it contains NaN; drop it, or use "
                "missing_values='mask'"
            )
        is_empty = ~is_known.any(axis=1)
        if is_empty.any():
            raise ValueError(
                f"row {start + int(is_empty.argmax())} of it has no known cell; drop it"
            )
        return _moments(x, is_known)


def _first(cells: NDArray[np.bool_]) -> int:
    """The first row that has one."""
    return int(cells.any(axis=1).argmax())


def _moments(x: Floats, is_known: NDArray[np.bool_]) -> Moments:
    n_known = is_known.sum(axis=0).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.where(is_known, x, 0.0).sum(axis=0) / np.maximum(n_known, 1)
        away = np.where(is_known, x - mean, 0.0)
        squares = np.einsum("ij,ij->j", away, away)
    low = np.where(is_known, x, np.inf).min(axis=0)
    high = np.where(is_known, x, -np.inf).max(axis=0)
    return Moments(n_known, mean, squares, low, high)


def nothing(n_features: int) -> Moments:
    """Moments of no rows."""
    zeros, far = np.zeros(n_features), np.full(n_features, np.inf)
    return Moments(zeros, zeros, zeros, far, -far)


def look(
    collection: Collection, wanted: Sequence[NDArray[np.int64]] | None, *, allows_nan: bool
) -> Found:
    """One pass over all partitions.

    Parameters
    ----------
    collection : Collection
    wanted : sequence of ndarray or None
        For each partition the rows to bring along.
    allows_nan : bool

    Raises
    ------
    ValueError
        If cells are infinite or, unless they may be, missing; the message names a partition and a
        row of it.
    """
    n_partitions = collection.n_partitions
    lengths: Sequence[int | None] = collection.lengths or [None] * n_partitions
    none = np.empty(0, dtype=np.int64)
    index = wanted if wanted is not None else [none] * n_partitions
    survey = Survey(collection.form, allows_nan)
    arguments = list(zip(range(n_partitions), lengths, index, strict=True))
    found: Found = computed(collection, survey.of_block, arguments, _merge)
    return found


def _merge(found: Sequence[Found]) -> Found:
    return reduce(Found.merged, found)
