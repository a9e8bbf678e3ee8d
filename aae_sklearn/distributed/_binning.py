"""How many codes of a collection fall into each cell of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.distributed._collections import collection_of
from aae_sklearn.distributed._forms import Form
from aae_sklearn.distributed._graphs import computed
from aae_sklearn.distributed._tasks import naming

Counts = tuple[NDArray[np.int64], int]


def binned(codes: Any, limits: Sequence[tuple[float, float]], shape: tuple[int, int]) -> Counts:
    """Count codes partition by partition.

    Parameters
    ----------
    codes : dask.array or dask.dataframe of shape (n_rows, 2)
    limits : sequence of two pairs of float
        Of the grid along the two components.
    shape : tuple of int
        Rows of the grid, along the second component, and columns.

    Returns
    -------
    counts : ndarray of the shape
        First row at the bottom.
    n_rows : int
        Of the collection, those outside of the grid included.
    """
    collection = collection_of(codes)
    form, n_partitions = collection.form, collection.n_partitions
    arguments = [(form, _Grid(limits, shape), number) for number in range(n_partitions)]
    counts: Counts = computed(collection, _count, arguments, _merge)
    return counts


class _Grid:
    """Cells of equal size between limits."""

    def __init__(self, limits: Sequence[tuple[float, float]], shape: tuple[int, int]) -> None:
        self.limits = limits
        self.shape = shape

    def counts(self, codes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Codes in each cell; a code on an upper limit is outside."""
        place = [
            np.floor((column - low) / (high - low) * n).astype(np.int64)
            for column, (low, high), n in zip(codes.T, self.limits, self.shape[::-1], strict=True)
        ]
        is_inside = np.all(
            [(p >= 0) & (p < n) for p, n in zip(place, self.shape[::-1], strict=True)], axis=0
        )
        cell = place[1][is_inside] * self.shape[1] + place[0][is_inside]
        return np.bincount(cell, minlength=self.shape[0] * self.shape[1]).reshape(self.shape)


def _count(block: Any, form: Form, grid: _Grid, number: int) -> Counts:
    with naming(number):
        codes = form.numbers(form.read(block))
        return grid.counts(codes), len(codes)


def _merge(counted: Sequence[Counts]) -> Counts:
    counts, n_rows = zip(*counted, strict=True)
    total: NDArray[np.int64] = np.sum(counts, axis=0)
    return total, sum(n_rows)
