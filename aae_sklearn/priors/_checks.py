"""Checks of parameters and codes, and the types of arrays that priors pass around."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
RandomState = int | np.random.RandomState | None


def as_codes(codes: ArrayLike) -> FloatArray:
    """Return codes as a float64 array of shape (n_samples, n_components), or refuse them."""
    array = np.asarray(codes, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(
            "codes must have shape (n_samples, n_components), got an array with "
            f"{array.ndim} dimension(s); use codes.reshape(-1, n_components)."
        )
    return array


def check_real(name: str, value: object) -> float:
    """Return a finite real parameter as a float, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}.")
    if not np.isfinite(float(value)):
        raise ValueError(f"{name} must be finite, got {value!r}.")
    return float(value)


def check_positive(name: str, value: object) -> float:
    """Return a positive finite parameter as a float, or refuse it."""
    number = check_real(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {value!r}.")
    return number


def check_not_negative(name: str, value: object) -> float:
    """Return a finite parameter that is zero or more as a float, or refuse it."""
    number = check_real(name, value)
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}.")
    return number


def check_count(name: str, value: object) -> int:
    """Return an integer parameter that is at least one, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}.")
    return int(value)
