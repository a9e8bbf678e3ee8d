"""Labels of a classifier, checked as scikit-learn does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from aae_sklearn.rows._label_values import (
    check_kind,
    check_strings,
    in_one_kind,
    is_unknown,
    without_mask,
)
from aae_sklearn.rows._labels import Classes, as_classes


def read_labels(y: Any, n_rows: int, unlabeled: Any) -> Classes:
    """Check y as scikit-learn does, and find the classes.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    n_rows : int
        Of X.
    unlabeled : object
        What stands for a row without a label; "auto" for -1 among numbers and None among others,
        None for missing values (None, NaN, NA).

    Raises
    ------
    ValueError
        If y is not one label for each row, has fewer than two classes, or a string among them
        that looks like no label.
    """
    if y is None:
        raise ValueError(
            "AdversarialAutoencoderClassifier requires y to be passed, but the target y is None"
        )
    labelled, is_labelled = known_classes(y, n_rows, unlabeled)
    if labelled.dtype.kind in "OUS":
        check_strings(labelled, unlabeled)
    check_classification_targets(labelled)
    classes = as_classes(labelled, is_labelled)
    if classes.n_classes < 2:
        raise ValueError(
            f"y has only one class, {classes.names.item(0)!r}, in {len(labelled)} labelled rows; "
            "label rows of at least two classes"
        )
    return classes


def known_classes(
    y: Any, n_rows: int, unlabeled: Any, classes: NDArray[Any] | None = None
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Labels of the rows that have one, and which rows these are.

    Parameters are those of `read_labels`, and the classes where they are known.

    Raises
    ------
    ValueError
        If y is not one label for each row, has none at all, or has NaN that does not stand for
        none.
    """
    if np.ndim(unlabeled):
        raise ValueError(f"unlabeled must be one value, got {unlabeled!r}")
    column = column_or_1d(without_mask(y), warn=True)
    check_kind(column)
    if len(column) != n_rows:
        raise ValueError(
            f"y has {len(column)} labels for {n_rows} rows of X; pass one for each row"
        )
    is_labelled: NDArray[np.bool_] = ~is_unknown(column, unlabeled, classes)
    if not is_labelled.any():
        raise ValueError(
            f"y has no class: all of its {n_rows} values are {column[0]!r}, which stands for no "
            "label; pass labels of some rows (AdversarialAutoencoderClusterer fits without any)"
        )
    labelled = column[is_labelled]
    if labelled.dtype.kind == "f":
        if np.isnan(labelled).any():
            raise ValueError(
                f"y contains NaN, first in row {int(np.isnan(column).argmax())}; if rows have no "
                "label where it is NaN, use unlabeled=None"
            )
        assert_all_finite(labelled, input_name="y")
    return in_one_kind(labelled), is_labelled


def class_index(classes: NDArray[Any], labels: Any, n_rows: int) -> NDArray[np.int64]:
    """Places of one label, or of one for each row, among the classes.

    Raises
    ------
    ValueError
        If a label is none of the classes, or there are too few or too many.
    """
    given = np.asarray(labels)
    if given.ndim > 1 or (given.ndim == 1 and len(given) != n_rows):
        raise ValueError(f"label has shape {given.shape}; pass one label, or {n_rows}")
    places = {label: place for place, label in enumerate(classes.tolist())}
    try:
        index = [places[label] for label in given.reshape(-1).tolist()]
    except (KeyError, TypeError):
        known = ", ".join(map(repr, classes.tolist()[:20]))
        raise ValueError(f"label={labels!r} is none of the classes {known}") from None
    return np.broadcast_to(np.array(index, dtype=np.int64), (n_rows,))
