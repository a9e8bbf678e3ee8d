"""dask's arrays and frames, by what can be done with either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.distributed._forms import ArrayForm, Form, FrameForm
from aae_sklearn.distributed._tasks import Task, apply_to_array, apply_to_frame
from aae_sklearn.settings import _defaults as defaults


class Collection(Protocol):
    """Rows in partitions, which nobody has computed yet."""

    form: Form

    @property
    def n_partitions(self) -> int:
        """How many there are."""

    @property
    def lengths(self) -> list[int] | None:
        """Rows of each partition; None where that is not known."""

    def graph(self) -> tuple[Any, list[Any]]:
        """What dask would compute, and the keys of the partitions in the order of the rows."""

    def mapped(self, task: Task, model: Any, example: NDArray[Any], names: Sequence[str]) -> Any:
        """What a task makes of each partition, as a collection of the same kind.

        Parameters
        ----------
        task : Task
        model : Future or Delayed
            The estimator.
        example : ndarray
            What the task makes of a row: it tells width and dtype.
        names : sequence of str
            Of the columns.
        """


class ArrayCollection:
    """Rows of a ``dask.array``; its columns come together in one block."""

    def __init__(self, X: Any) -> None:
        if X.ndim != 2:
            raise ValueError(f"Expected 2D array, got a dask array of shape {X.shape} instead")
        if np.isnan(X.shape[1]):
            raise ValueError(
                "X is a dask array of an unknown number of columns; call X.compute_chunk_sizes() "
                "first"
            )
        if X.shape[1] == 0:
            raise ValueError(f"X is a dask array of shape {X.shape}, without any column")
        if sparse.issparse(X._meta):
            raise TypeError(
                "X is a dask array of sparse blocks, which are not supported; make them dense by "
                "X.map_blocks(lambda block: block.toarray())"
            )
        self.X = X if X.numblocks[1] == 1 else X.rechunk({1: -1})
        self.form: Form = ArrayForm(int(X.shape[1]), X.dtype)

    @property
    def n_partitions(self) -> int:
        return int(self.X.numblocks[0])

    @property
    def lengths(self) -> list[int] | None:
        chunks = self.X.chunks[0]
        return None if np.isnan(chunks).any() else [int(n) for n in chunks]

    def graph(self) -> tuple[Any, list[Any]]:
        keys = [key for row in self.X.__dask_keys__() for key in row]
        return self.X.__dask_optimize__(self.X.__dask_graph__(), keys), keys

    def mapped(self, task: Task, model: Any, example: NDArray[Any], names: Sequence[str]) -> Any:
        row_bytes = max(example.nbytes, self.form.n_features * self.X.dtype.itemsize)
        X, numbers = cut(self.X, max(1, defaults.PARTITION_BYTES // row_bytes))
        widths = tuple((n,) for n in example.shape[1:])
        return X.map_blocks(
            apply_to_array,
            model,
            task=task,
            numbers=numbers,
            dtype=example.dtype,
            chunks=(X.chunks[0], *widths),
            drop_axis=list(range(example.ndim, 2)),
            meta=np.empty((0,) * example.ndim, example.dtype),
            name=f"{task.method}-{task.token(X.name, model.key)}",
        )


class FrameCollection:
    """Rows of a ``dask.dataframe``."""

    lengths = None

    def __init__(self, X: Any) -> None:
        self.X = X
        categories = X._meta.select_dtypes("category").columns  # whose numbers count
        self.form: Form = FrameForm(X._meta.astype(dict.fromkeys(categories, np.float64)))

    @property
    def n_partitions(self) -> int:
        return int(self.X.npartitions)

    def graph(self) -> tuple[Any, list[Any]]:
        optimized = self.X.optimize()
        return optimized.__dask_graph__(), list(optimized.__dask_keys__())

    def mapped(self, task: Task, model: Any, example: NDArray[Any], names: Sequence[str]) -> Any:
        meta = self.form.shaped(example[:0], self.X._meta, names, task.method)
        return self.X.map_partitions(
            apply_to_frame, model, task=task, meta=meta, align_dataframes=False
        )


def collection_of(X: Any) -> Collection:
    """What can be done with a collection.

    Raises
    ------
    TypeError
        If it is no array and no frame.
    """
    kind = type(X)  # attributes of a Delayed object are Delayed
    if hasattr(kind, "chunks"):
        return ArrayCollection(X)
    if hasattr(kind, "map_partitions") and hasattr(X._meta, "columns"):
        return FrameCollection(X)
    raise TypeError(
        f"X is a {kind.__name__} of dask; pass a dask.array with rows and columns, or a "
        "dask.dataframe"
    )


def cut(X: Any, most: int) -> tuple[Any, NDArray[np.int64]]:
    """An array whose blocks have some number of rows at most, and the block of X of each.

    Blocks of unknown size stay.
    """
    chunks = X.chunks[0]
    if np.isnan(chunks).any() or max(chunks, default=0) <= most:
        return X, np.arange(len(chunks))
    parts = [_parts(n, most) for n in chunks]
    numbers = np.repeat(np.arange(len(chunks)), [len(some) for some in parts])
    return X.rechunk({0: tuple(n for some in parts for n in some)}), numbers


def _parts(n_rows: int, most: int) -> list[int]:
    """Equal parts of a number of rows, but for one row."""
    count = max(1, -(-n_rows // most))
    return [n_rows // count + (i < n_rows % count) for i in range(count)]
