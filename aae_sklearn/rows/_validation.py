"""Check X and codes as scikit-learn does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import check_array, validate_data

from aae_sklearn.rows._kinds import refuse_no_numbers, unmasked, without_na
from aae_sklearn.rows._partitioned import refuse_partitioned
from aae_sklearn.rows._remedies import refuse_containers, with_remedy
from aae_sklearn.rows._rows import chunk_slices, dense

_PLAIN_FLOATS = np.dtype(np.float32), np.dtype(np.float64)


def validate_rows(estimator: Any, X: Any, *, reset: bool, masks: bool = False) -> Any:
    """Check X as scikit-learn does; the rows stay of their type, in place if they can.

    With `masks` NaN stands for a missing cell.

    Returns
    -------
    rows : {ndarray, CSR} of shape (n_samples, n_features)
        Of any real dtype: conversion is left to whoever reads a few rows at a time.

    Raises
    ------
    ValueError
        If X is not a finite 2-D array, has fewer than two rows to fit, or not the
        columns that were fitted.
    """
    if not reset and _is_as_fitted(estimator, X):
        return X
    refuse_partitioned(X)
    refuse_containers(X)
    refuse_no_numbers(X)
    if isinstance(X, np.ma.MaskedArray) and X.ndim == 2:
        X = unmasked(X, masks)
    X = without_na(X)
    mapped = isinstance(X, np.memmap)
    rows = _checked(estimator, X, reset, (not mapped) and ("allow-nan" if masks else True))
    if mapped:
        rows = X if np.shares_memory(rows, X) else rows
        with _remedies(estimator, X):
            for part in chunk_slices(*rows.shape):
                assert_all_finite(
                    dense(rows[part]),
                    allow_nan=masks,
                    estimator_name=type(estimator).__name__,
                    input_name="X",
                )
    if masks:
        _check_known(rows)
    if mapped:
        return rows
    return _canonical(rows) if sparse.issparse(rows) else rows


def _canonical(rows: Any) -> Any:
    """Sparse rows of floats with one number for each cell; some hold several, which add up."""
    if rows.dtype not in _PLAIN_FLOATS:
        rows = rows.astype(np.float64)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def _checked(estimator: Any, X: Any, reset: bool, finite: bool | str) -> Any:
    """What scikit-learn makes of X."""
    with _remedies(estimator, X):
        rows = validate_data(
            estimator, X, reset=reset, accept_sparse="csr", dtype="numeric",
            ensure_min_samples=2 if reset else 1, ensure_all_finite=finite,
        )  # fmt: skip
        # Of a frame of categories scikit-learn lets words pass.
        return rows.astype(np.float64) if rows.dtype.kind == "O" else rows


@contextmanager
def _remedies(estimator: Any, X: Any) -> Iterator[None]:
    """What scikit-learn refuses, it refuses with what to do."""
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # inf - inf, before the error says it
            yield
    except (TypeError, ValueError) as error:
        told = with_remedy(error, X, can_mask=hasattr(estimator, "missing_values"))
        if told is error:
            raise
        raise told from error


def _is_as_fitted(estimator: Any, X: Any) -> bool:
    """Whether X is a plain array that scikit-learn would find nothing wrong with.

    Its own checks take a fifth of what it takes to place a row. They decide in all other cases.
    """
    if type(X) is not np.ndarray or X.dtype not in _PLAIN_FLOATS or X.ndim != 2 or len(X) == 0:
        return False
    if X.shape[1] != getattr(estimator, "n_features_in_", -1):
        return False
    if hasattr(estimator, "feature_names_in_"):
        return False
    with np.errstate(all="ignore"):
        return bool(np.isfinite(X.sum()))


def _check_known(rows: Any) -> None:
    """Raise if a row has no known cell."""
    for part in chunk_slices(*rows.shape):
        is_empty = np.isnan(dense(rows[part])).all(axis=1)
        if is_empty.any():
            raise ValueError(
                f"row {part.start + int(is_empty.argmax())} (counted from 0) of X has no known "
                "cell; drop it"
            )


def validate_codes(codes: Any, n_components: int) -> NDArray[Any]:
    """Check codes that are to be decoded."""
    refuse_partitioned(codes)
    if isinstance(codes, np.ma.MaskedArray) and codes.ndim == 2:
        codes = unmasked(codes, False, "codes")
    array: NDArray[Any] = check_array(codes, dtype=[np.float64, np.float32], input_name="codes")
    if array.shape[1] != n_components:
        raise ValueError(
            f"codes must have n_components={n_components} columns, got {array.shape[1]}; pass "
            "the output of transform"
        )
    return array


def result_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """float32 for float32 and what it holds exactly, else float64."""
    return np.dtype(np.float32 if np.result_type(dtype, np.float32) == np.float32 else np.float64)


def check_n_samples(n_samples: Any) -> None:
    """Raise unless it is a positive integer."""
    if not isinstance(n_samples, Integral) or isinstance(n_samples, bool) or n_samples < 1:
        raise ValueError(f"n_samples must be a positive integer, got {n_samples!r}")
