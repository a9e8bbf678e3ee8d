"""A method of a fitted estimator for the rows of a collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aae_sklearn.distributed._collections import collection_of
from aae_sklearn.distributed._forms import Form
from aae_sklearn.distributed._graphs import computed, reference
from aae_sklearn.distributed._sharing import placing_copy, share
from aae_sklearn.distributed._tasks import Task, naming
from aae_sklearn.runtime._threads import on_one_core

Names = Callable[[Any], Sequence[str]]


def placed(estimator: Any, method: str, X: Any, names: Names, arguments: dict[str, Any]) -> Any:
    """What a method gives for each row, as a lazy collection with the partitions of X.

    What it gives for a row of zeros tells dtype and width, so that both are right before anything
    is computed.

    Parameters
    ----------
    estimator : fitted estimator
    method : str
    X : dask.array or dask.dataframe
    names : callable
        From the estimator to names of columns.
    arguments : dict
        Of the method, but for the rows.
    """
    collection = collection_of(X)
    twin = placing_copy(estimator)
    example = np.asarray(getattr(twin, method)(collection.form.example(), **arguments))
    columns = list(names(estimator)) if example.ndim == 2 else []
    task = Task(collection.form, method, arguments, example.dtype, example.shape[1:], columns)
    return collection.mapped(task, share(twin), example, columns)


def summed(estimator: Any, method: str, X: Any) -> Any:
    """The sum over partitions, in their order, of what a method gives for all of their rows."""
    collection = collection_of(X)
    model = share(placing_copy(estimator))
    form, n_partitions = collection.form, collection.n_partitions
    arguments = [(reference(model), form, method, number) for number in range(n_partitions)]
    total: Any = sum(computed(collection, _summand, arguments, shared=model))
    if np.ndim(total) == 0:
        raise ValueError("X has no rows in any of its partitions; pass at least one")
    return total


def _summand(block: Any, estimator: Any, form: Form, method: str, number: int) -> Any:
    with on_one_core(), naming(number):
        rows = form.read(block)
        return getattr(estimator, method)(rows) if len(rows) else 0.0
