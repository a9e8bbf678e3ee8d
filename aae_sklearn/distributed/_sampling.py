"""Rows drawn from all partitions: each with the same probability, and none twice.

The numbers of the rows are drawn, and each is looked up in its partition. So a seed means the same
rows whatever workers there are, and however the rows are cut into partitions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.random import sample_without_replacement

from aae_sklearn.distributed._collections import Collection, collection_of
from aae_sklearn.distributed._forms import Form
from aae_sklearn.distributed._graphs import computed
from aae_sklearn.distributed._survey import check_length, look
from aae_sklearn.distributed._tasks import naming
from aae_sklearn.exceptions import UnknownChunkSizesWarning
from aae_sklearn.rows._bounds import Extremes
from aae_sklearn.rows._partitioned import is_partitioned
from aae_sklearn.rows._validation import check_n_samples
from aae_sklearn.runtime._randomness import own_random_state
from aae_sklearn.runtime._warnings import warn_user


@dataclass(frozen=True)
class Sample:
    """Rows to fit, and what is known of all.

    Attributes
    ----------
    rows : {ndarray, DataFrame}
    extremes : Extremes
    lengths : sequence of int
        Rows of each partition.
    index : ndarray
        Numbers of the rows in the collection.
    """

    rows: Any
    extremes: Extremes
    lengths: Sequence[int]
    index: NDArray[np.int64]

    def labels(self, y: Any) -> NDArray[Any]:
        """Labels of these rows, out of those of all, in memory or in partitions."""
        if hasattr(type(y), "to_dask_array"):
            y = y.to_dask_array(lengths=True)  # its own, which need not be those of X
        labels, n_rows = y if is_partitioned(y) else np.asarray(y), sum(self.lengths)
        if labels.shape != (n_rows,):
            raise ValueError(f"y must have a label for each of {n_rows} rows, got {labels.shape}")
        return np.asarray(labels[self.index])


def sample_rows(
    X: Any, n_samples: int, random_state: int | np.random.RandomState | None = None
) -> Any:
    """Draw rows of a dask collection, each with the same probability and none twice.

    `AdversarialAutoencoder.fit` of a collection trains on such a sample: that of
    ``n_samples=60_000`` for a map, with the estimator's `random_state`.

    Parameters
    ----------
    X : dask.array or dask.dataframe of shape (n_rows, n_features)
        Rows in partitions. Where their lengths are unknown, they are counted first.
    n_samples : int
        Number of rows to draw; all are taken if there are no more.
    random_state : int, RandomState instance or None, default=None
        Source of randomness. An int means the same rows, however many workers and partitions
        there are; None gives other rows at each call.

    Returns
    -------
    rows : ndarray or DataFrame of shape (n_samples, n_features)
        The rows in memory, in the order of X.

    Raises
    ------
    ValueError
        If a partition that rows are drawn from is not what the collection declares, or
        `n_samples` is no positive integer.

    Examples
    --------
    >>> import dask.array as da
    >>> from aae_sklearn.distributed import sample_rows
    >>> X = da.arange(1000, chunks=100).reshape(-1, 2)
    >>> sample_rows(X, 3, random_state=0).shape
    (3, 2)
    """
    check_n_samples(n_samples)
    collection = collection_of(X)
    lengths = collection.lengths or _count(collection)
    index = draw(sum(lengths), n_samples, own_random_state(random_state))
    return _take(collection, split(index, lengths))


def sample_to_fit(
    X: Any,
    n_wanted: Callable[[tuple[int, int]], int],
    random_state: np.random.RandomState,
    *,
    allows_nan: bool,
) -> Sample:
    """Look at all rows, and bring those that a fit needs into memory.

    Parameters
    ----------
    X : dask.array or dask.dataframe
    n_wanted : callable
        From the shape of X to the number of rows to draw.
    random_state : RandomState
    allows_nan : bool
        Whether cells may be missing.

    Warns
    -----
    UnknownChunkSizesWarning
        If X is an array whose chunks have unknown sizes: their rows are counted in a pass of its
        own.
    """
    collection = collection_of(X)
    lengths, width = collection.lengths, collection.form.n_features

    def drawn(lengths: Sequence[int]) -> NDArray[np.int64]:
        n_rows = sum(lengths)
        return draw(n_rows, n_wanted((n_rows, width)), random_state)

    if lengths is not None:
        index = drawn(lengths)
        found = look(collection, split(index, lengths), allows_nan=allows_nan)
        rows = collection.form.join(found.sampled)
        return Sample(rows, found.extremes, lengths, index)
    _tell_of_unknown(X)
    found = look(collection, None, allows_nan=allows_nan)
    index = drawn(found.lengths)
    rows = _take(collection, split(index, found.lengths))
    return Sample(rows, found.extremes, found.lengths, index)


def _tell_of_unknown(X: Any) -> None:
    if hasattr(X, "chunks"):  # a frame never knows
        warn_user(
            "X has chunks of unknown sizes, whose rows are counted in a pass of its own; "
            "X.compute_chunk_sizes() before would spare it",
            UnknownChunkSizesWarning,
        )


def draw(n_rows: int, n_samples: int, random_state: np.random.RandomState) -> NDArray[np.int64]:
    """Numbers of rows, ascending; memory for those that are drawn is enough."""
    if n_samples >= n_rows:
        return np.arange(n_rows)
    drawn: NDArray[np.int64] = sample_without_replacement(
        n_rows, n_samples, random_state=random_state
    )
    return np.sort(drawn).astype(np.int64, copy=False)


def split(index: NDArray[np.int64], lengths: Sequence[int]) -> list[NDArray[np.int64]]:
    """For each partition the numbers of its own rows that are in an ascending index."""
    ends = np.cumsum(lengths)
    parts = np.split(index, np.searchsorted(index, ends[:-1]))
    return [part - (end - n) for part, end, n in zip(parts, ends, lengths, strict=True)]


def _count(collection: Collection) -> list[int]:
    return [int(n) for n in computed(collection, len, [()] * collection.n_partitions)]


def _take(collection: Collection, index: Sequence[NDArray[np.int64]]) -> Any:
    """The rows of an index, of the first partition if it is empty."""
    lengths: Sequence[int | None] = collection.lengths or [None] * collection.n_partitions
    arguments = [
        (collection.form, rows, length, number) if len(rows) or not number else None
        for number, (rows, length) in enumerate(zip(index, lengths, strict=True))
    ]
    return collection.form.join(computed(collection, _rows_of, arguments))


def _rows_of(
    block: Any, form: Form, index: NDArray[np.int64], length: int | None, number: int
) -> Any:
    with naming(number):
        rows = form.read(block)
        check_length(rows, length)
        return form.take(rows, index)
