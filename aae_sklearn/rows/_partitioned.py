"""Rows in partitions: whether X is a collection of dask's, without importing dask."""

from __future__ import annotations

from typing import Any


def is_partitioned(X: Any) -> bool:
    """Whether X is a lazy collection, by dask's protocol for them."""
    return hasattr(X, "__dask_graph__")


def refuse_partitioned(X: Any) -> None:
    """Raise where rows must be in memory, since to read a collection would compute all of it."""
    if is_partitioned(X):
        raise TypeError(
            f"X is a {type(X).__name__} of dask, and rows in memory are needed here; pass a part "
            "of it, such as X.partitions[0].compute()"
        )
