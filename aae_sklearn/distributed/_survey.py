"""What one pass over all partitions tells: how many rows, whether they are finite, and extremes.

Rows that are sampled come along, so that they need no pass of their own.
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
from aae_sklearn.rows._bounds import Extremes
from aae_sklearn.rows._rows import chunk_slices


@dataclass(frozen=True)
class Found:
    """What was found in some partitions that follow one another.

    Attributes
    ----------
    lengths : tuple of int
        Rows of each.
    extremes : Extremes
        Of the known cells of each column; infinite where there is none.
    sampled : list of blocks
        Rows that were asked for.
    """

    lengths: tuple[int, ...]
    extremes: Extremes
    sampled: list[Any]

    def merged(self, other: Found) -> Found:
        """Of the partitions of both."""
        return Found(
            self.lengths + other.lengths,
            _of_both(self.extremes, other.extremes),
            self.sampled + other.sampled,
        )


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
            check_length(rows, length)
            width = self.form.n_features
            extremes = Extremes(np.full(width, np.inf), np.full(width, -np.inf))
            for part in chunk_slices(len(rows), width):
                x = self.form.numbers(rows[part])
                extremes = _of_both(extremes, self._of_cells(x, part.start))
            return Found((len(rows),), extremes, [self.form.take(rows, wanted)])

    def _of_cells(self, x: NDArray[np.float64], start: int) -> Extremes:
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
        low = np.where(is_known, x, np.inf).min(axis=0)
        return Extremes(low, np.where(is_known, x, -np.inf).max(axis=0))


def check_length(rows: Any, length: int | None) -> None:
    """Raise if a partition has other than the declared number of rows; None declares nothing."""
    if length is not None and len(rows) != length:
        raise ValueError(
            f"it has {len(rows)} rows, where the collection declares {length}; correct "
            "what makes the partition, or call X.compute_chunk_sizes()"
        )


def _first(cells: NDArray[np.bool_]) -> int:
    """The first row that has one."""
    return int(cells.any(axis=1).argmax())


def _of_both(one: Extremes, other: Extremes) -> Extremes:
    return Extremes(np.minimum(one.low, other.low), np.maximum(one.high, other.high))


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
