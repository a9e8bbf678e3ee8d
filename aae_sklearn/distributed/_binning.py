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
Limits = Sequence[tuple[float, float]]


def binned(codes: Any, limits: Limits, shape: tuple[int, int]) -> Counts:
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
    arguments = [(form, limits, shape, number) for number in range(n_partitions)]
    counts: Counts = computed(collection, _count, arguments, _merge)
    return counts


def _count(block: Any, form: Form, limits: Limits, shape: tuple[int, int], number: int) -> Counts:
    with naming(number):
        codes = form.numbers(form.read(block))
        counts, _, _ = np.histogram2d(codes[:, 1], codes[:, 0], bins=shape, range=limits[::-1])
        return counts.astype(np.int64), len(codes)


def _merge(counted: Sequence[Counts]) -> Counts:
    counts, n_rows = zip(*counted, strict=True)
    total: NDArray[np.int64] = np.sum(counts, axis=0)
    return total, sum(n_rows)
