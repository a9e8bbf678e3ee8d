"""Methods that also take rows in partitions.

A decorator looks whether X is a collection of dask's. Its rows are then handed, partition by
partition, to the same method, which knows nothing of dask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from aae_sklearn.estimators._sklearn_compat import _get_output_config
from aae_sklearn.rows._partitioned import is_partitioned

Method = TypeVar("Method", bound=Callable[..., Any])


def code_names(estimator: Any) -> Sequence[str]:
    """Columns of codes."""
    return [str(name) for name in estimator.get_feature_names_out()]


def class_names(estimator: Any) -> Sequence[str]:
    """Columns of the probabilities of classes."""
    return [str(name) for name in estimator._class_names]


def row_names(estimator: Any) -> Sequence[str]:
    """Columns of rows: those of the fitted frame, or x0, x1, ..."""
    width = estimator.n_features_in_
    return list(getattr(estimator, "feature_names_in_", [f"x{i}" for i in range(width)]))


def by_partitions(names: Callable[[Any], Sequence[str]]) -> Callable[[Method], Method]:
    """Let a method of rows give a lazy collection for a collection.

    Parameters
    ----------
    names : callable
        From the estimator to the columns of what a frame becomes.
    """

    def decorate(method: Method) -> Method:
        @wraps(method)
        def applied(self: Any, X: Any, **kwargs: Any) -> Any:
            if not is_partitioned(X):
                return method(self, X, **kwargs)
            from aae_sklearn.distributed._placing import placed

            check_is_fitted(self)
            refuse_set_output(self)
            return placed(self, method.__name__, X, names, kwargs)

        return applied  # type: ignore[return-value]

    return decorate


def summed_over_partitions(method: Method) -> Method:
    """Let a method that gives a sum over rows give that over all partitions."""

    @wraps(method)
    def summing(self: Any, X: Any) -> Any:
        if not is_partitioned(X):
            return method(self, X)
        from aae_sklearn.distributed._placing import summed

        return summed(self, method.__name__, X)

    return summing  # type: ignore[return-value]


def one_partition(method: Method) -> Method:
    """Let a method that trains on a chunk take a collection of one partition."""

    @wraps(method)
    def computed(self: Any, X: Any, y: object = None) -> Any:
        if not is_partitioned(X):
            return method(self, X, y)
        if X.npartitions > 1:
            raise ValueError(
                f"X has {X.npartitions} partitions, and {method.__name__} trains on a chunk in "
                f"memory; call it for each: for chunk in X.partitions: {method.__name__}(chunk)"
            )
        return method(self, X.compute(), y)

    return computed  # type: ignore[return-value]


def codes_dtype(embedding: Any) -> np.dtype[Any]:
    """Of an array or a frame."""
    dtype: np.dtype[Any] = getattr(embedding, "dtype", None) or embedding.dtypes.iloc[0]
    return dtype


def held_codes(embedding: Any) -> NDArray[Any]:
    """What a file or a pickle holds of codes: those in memory, and none of lazy ones."""
    if not is_partitioned(embedding):
        codes: NDArray[Any] = embedding
        return codes
    return np.empty((0, int(embedding.shape[1])), codes_dtype(embedding))


def refuse_set_output(estimator: Any) -> None:
    container = _get_output_config("transform", estimator)["dense"]
    if container != "default":
        raise ValueError(
            f"set_output(transform={container!r}) would bring the codes of a dask collection into "
            "memory; use transform='default': a dask dataframe becomes one with named columns"
        )
