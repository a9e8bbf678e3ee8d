"""What y may hold: labels of one type, of which some may be unknown."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1  # the code of a row without a label, and a word for one

Flags = NDArray[np.bool_]

# Strings that say that a label is unknown, in small letters.
_SUSPECT = ("", str(UNKNOWN), "unknown", "unlabeled", "unlabelled", "nan", "?")


def known_labels(y: Any, n_rows: int, unlabeled: Any) -> tuple[NDArray[Any], Flags]:
    """The known labels in one type, and which rows they are of.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Numbers, strings or booleans; an array, a list, a series or a frame of one column.
    n_rows : int
        How many there must be.
    unlabeled : int, str or None
        What stands for an unknown label; None for missing values (None, NaN, NA), "auto" for -1
        among numbers and missing values among others. If -1 and 1 are all there is, they are two
        classes under "auto".

    Raises
    ------
    ValueError
        If y has another shape, mixes strings and numbers, has missing or infinite values, or no
        known label.
    """
    labels = _as_column(y, n_rows)
    known = ~is_unknown(labels, unlabeled)
    missing = _is_missing(labels) & known
    if missing.any():
        raise ValueError(
            f"y has a missing value in row {int(missing.argmax())} (counted from 0); pass "
            "unlabeled=None if the label is unknown where it is missing"
        )
    if not known.any():
        raise ValueError(
            f"no row of y has a known label: all {n_rows} are unknown by unlabeled={unlabeled!r}"
        )
    return _in_one_type(labels[known], unlabeled), known


def _as_column(y: Any, n_rows: int) -> NDArray[Any]:
    """y as an array of shape (n_rows,)."""
    if y is None:
        raise ValueError(
            "the fit requires y to be passed, but the target y is None; pass a label for each "
            "row, or use label_weight=0"
        )
    labels = np.asarray(without_mask(y))
    if labels.dtype.kind in "US" and isinstance(y, list | tuple):
        labels = np.asarray(y, dtype=object)  # as numpy would make strings of numbers
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise ValueError(f"y must have one label for each row, got shape {labels.shape}")
    if len(labels) != n_rows:
        raise ValueError(f"X has {n_rows} rows and y has {len(labels)} labels; pass as many")
    check_kind(labels)
    return labels


def without_mask(y: Any) -> Any:
    """y as it is, or with None for what is masked, and as objects if numbers of pandas may be NA.

    As an array a categorical of integers would become floats where one is missing.
    """
    dtype = getattr(y, "dtype", None)
    if hasattr(dtype, "numpy_dtype") or getattr(dtype, "name", None) == "category":
        return np.asarray(y, dtype=object)
    if not isinstance(y, np.ma.MaskedArray):
        return y
    labels = np.ma.getdata(y).astype(object)
    labels[np.ma.getmaskarray(y)] = None
    return labels


def check_kind(labels: NDArray[Any]) -> None:
    """Raise if labels are dates, or of another type that no label has."""
    if labels.dtype.kind not in "biufOUST":
        raise ValueError(f"y must hold numbers, strings or booleans, got dtype {labels.dtype}")


def is_unknown(labels: NDArray[Any], unlabeled: Any, classes: NDArray[Any] | None = None) -> Flags:
    """Where a label is the one that stands for unknown.

    Under "auto" that is -1 among numbers, unless it is one of the classes, and a missing value;
    NaN among floats is left to be refused. Where classes are not known yet, -1 is one if -1 and 1
    are all there is.
    """
    if _is_none(unlabeled):
        return _is_missing(labels)
    if unlabeled != "auto":
        return _equals(labels, unlabeled)
    negative, positive, missing = _equals(labels, UNKNOWN), _equals(labels, 1), _is_missing(labels)
    has_both = positive.any() and bool((negative | positive | missing).all())
    if has_both if classes is None else UNKNOWN in classes.tolist():
        negative = np.zeros_like(negative)
    return negative if labels.dtype.kind == "f" else negative | missing


def _is_missing(labels: NDArray[Any]) -> Flags:
    """Where there is None, NaN or NA."""
    if labels.dtype.kind == "f":
        missing: Flags = np.isnan(labels)
        return missing
    if labels.dtype.kind not in "OT":
        return np.zeros(len(labels), dtype=np.bool_)
    return np.fromiter(map(_is_none, labels), np.bool_, len(labels))


def _is_none(label: Any) -> bool:
    try:
        return label is None or bool(label != label)
    except TypeError:  # pandas' NA has no truth value
        return True


def _equals(labels: NDArray[Any], unlabeled: Any) -> Flags:
    """Where a label is the one that stands for unknown, and of its type."""
    wants_string = isinstance(unlabeled, str)
    if labels.dtype.kind not in "OT":
        if wants_string != (labels.dtype.kind in "US"):
            return np.zeros(len(labels), dtype=np.bool_)
        same: Flags = labels == unlabeled
        return same
    comparable = [isinstance(x, str) == wants_string and not _is_none(x) for x in labels]
    alike = [can and x == unlabeled for can, x in zip(comparable, labels, strict=True)]
    return np.array(alike, dtype=np.bool_)


def _in_one_type(labels: NDArray[Any], unlabeled: Any) -> NDArray[Any]:
    """Known labels as strings or as numbers; an error if they are both, or not finite."""
    labels = in_one_kind(labels)
    if labels.dtype.kind in "US":
        check_strings(labels, unlabeled)
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError("y has infinite values; pass finite numbers")
    return labels


def in_one_kind(labels: NDArray[Any], name: str = "y") -> NDArray[Any]:
    """Objects that are all strings or all numbers, as an array of these."""
    if labels.dtype.kind not in "OT":
        return labels
    strings = [isinstance(label, str) for label in labels]
    if all(strings):
        return np.array(labels.tolist())
    if any(strings):
        string, number = labels[strings.index(True)], labels[strings.index(False)]
        raise ValueError(
            f"{name} mixes strings and numbers, such as {string!r} and {number!r}; convert all to "
            f"one type, as by {name}.astype(str)"
        )
    others = [label for label in labels if not isinstance(label, Real | np.bool_)]
    if others:
        raise ValueError(f"{name} must hold numbers, strings or booleans, got {others[0]!r}")
    return np.array(labels.tolist())


def check_strings(labels: NDArray[Any], unlabeled: Any) -> None:
    """Raise if a string looks like an unknown label and is not what was said to be one."""
    allowed = unlabeled if isinstance(unlabeled, str) else None
    for suspect in map(str, np.unique(labels)):
        if suspect != allowed and suspect.strip().lower() in _SUSPECT:
            raise ValueError(
                f"y has the string {suspect!r}, which would be a class; pass "
                f"unlabeled={suspect!r} if it is an unknown label, or rename the class"
            )
