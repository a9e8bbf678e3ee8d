"""What a worker does with a partition: a method of the estimator, on one core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.distributed._forms import Form
from aae_sklearn.runtime._threads import on_one_core


@dataclass(frozen=True)
class Task:
    """A method of the estimator, and how its results are kept.

    Attributes
    ----------
    form : Form
        Of the partitions.
    method : str
    arguments : dict
        Of the method, but for the rows.
    dtype : dtype
        Of the results.
    shape : tuple of int
        Of the result for a row.
    names : sequence of str
        Of the columns.
    """

    form: Form
    method: str
    arguments: dict[str, Any] = field(default_factory=dict)
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float64))
    shape: tuple[int, ...] = ()
    names: Sequence[str] = ()

    def token(self, *others: str) -> str:
        """A name for the results of this task."""
        from dask.tokenize import tokenize

        return str(tokenize(self, others))

    def __call__(self, block: Any, estimator: Any, number: int) -> Any:
        """The result for a partition, which an error names by its number."""
        with on_one_core(), naming(number):
            rows = self.form.read(block)
            result = np.empty((0, *self.shape), self.dtype)
            if len(rows):
                method = getattr(estimator, self.method)
                result = in_parts(lambda part: method(part, **self.arguments), rows, self.form)
            result = result.astype(self.dtype, copy=False)
            return self.form.shaped(result, block, self.names, self.method)


class naming:
    """Context in which a ValueError names the partition."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError):
            raise ValueError(f"partition {self.number} of X (counted from 0): {error}") from error


def in_parts(function: Callable[[Any], Any], rows: Any, form: Form) -> NDArray[Any]:
    """A function of rows; of half of them at a time where there is no memory for all."""
    try:
        return np.asarray(function(rows))
    except MemoryError:
        if len(rows) < 2:
            raise
    index, middle = np.arange(len(rows)), len(rows) // 2
    halves = (form.take(rows, index[:middle]), form.take(rows, index[middle:]))
    return np.concatenate([in_parts(function, half, form) for half in halves])


def apply_to_array(
    block: Any,
    estimator: Any,
    *,
    task: Task,
    numbers: NDArray[np.int64],
    block_id: tuple[int, ...] = (0,),
) -> Any:
    """A task for a block of an array, a part of the partition that has its number.

    dask says which block it is.
    """
    return task(block, estimator, int(numbers[block_id[0]]))


def apply_to_frame(
    block: Any, estimator: Any, *, task: Task, partition_info: dict[str, Any] | None = None
) -> Any:
    """The same for a partition of a frame."""
    return task(block, estimator, 0 if partition_info is None else int(partition_info["number"]))
