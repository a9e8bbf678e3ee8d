"""Checks of parameters and codes, types of arrays, and chunks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
RandomState = int | np.random.RandomState | None

PAIRS_PER_CHUNK = 2**20  # 8 MB of float64 for the distances of a chunk


def as_codes(codes: ArrayLike) -> FloatArray:
    """Codes as a float64 array of shape (n_samples, n_components); refuse other shapes."""
    array = np.asarray(codes, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(
            "codes must have shape (n_samples, n_components), got an array with "
            f"{array.ndim} dimension(s); use codes.reshape(-1, n_components)."
        )
    return array


def check_real(name: str, value: object) -> float:
    """A finite real parameter as a float; refuse others."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}.")
    if not np.isfinite(float(value)):
        raise ValueError(f"{name} must be finite, got {value!r}.")
    return float(value)


def check_positive(name: str, value: object) -> float:
    """A positive finite parameter as a float; refuse others."""
    number = check_real(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {value!r}.")
    return number


def check_not_negative(name: str, value: object) -> float:
    """A finite parameter that is zero or more as a float; refuse others."""
    number = check_real(name, value)
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}.")
    return number


def check_count(name: str, value: object) -> int:
    """An integer parameter that is at least one; refuse others."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}.")
    return int(value)


def code_chunks(codes: FloatArray, n_others: int) -> Iterator[FloatArray]:
    """Codes cut into chunks, so that the pairs of a chunk with `n_others` points fit in memory.

    There is one chunk, without rows, if there are no codes.
    """
    n_chunks = -(-len(codes) * n_others // PAIRS_PER_CHUNK)
    yield from np.array_split(codes, max(1, min(n_chunks, len(codes))))
