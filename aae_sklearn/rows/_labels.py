"""Labels of rows: what y may hold, which rows are without, and how unlike two rows' labels are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from aae_sklearn.rows._label_values import UNKNOWN, Flags, known_labels
from aae_sklearn.settings import _defaults as defaults

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Classes:
    """Labels that are the same or not.

    Attributes
    ----------
    names : ndarray of shape (n_classes,)
        Sorted, in the type that y has them in.
    codes : ndarray of shape (n_rows,)
        Index of each row's class in `names`, or `UNKNOWN`.
    """

    names: NDArray[Any]
    codes: Indices

    @property
    def n_classes(self) -> int:
        """How many there are."""
        return len(self.names)

    @property
    def is_known(self) -> Flags:
        """Which rows have a label."""
        known: Flags = self.codes != UNKNOWN
        return known

    def take(self, index: Indices) -> Classes:
        """Of some rows."""
        return Classes(self.names, self.codes[index])

    def one_hot(self) -> NDArray[np.float32]:
        """1 at each row's class, if it is known, and 0 elsewhere; shape (n_rows, n_classes)."""
        table = np.zeros((len(self.codes), self.n_classes), dtype=np.float32)
        table[self.is_known, self.codes[self.is_known]] = 1
        return table

    def unlikeness(self, rows: Indices, others: Indices) -> NDArray[np.float64]:
        """0 for rows of one class, 1 for rows of two, between them where a label is unknown."""
        one, two = self.codes[rows], self.codes[others]
        unlike: NDArray[np.float64] = (one != two).astype(np.float64)
        unlike[(one == UNKNOWN) | (two == UNKNOWN)] = defaults.UNKNOWN_UNLIKENESS
        return unlike


@dataclass(frozen=True)
class Numbers:
    """Labels that are numbers, and more or less near each other.

    They are compared by their ranks, so that unit and outliers do not count.

    Attributes
    ----------
    ranks : ndarray of shape (n_rows,)
        Share of the known labels below each, from 0 to 1; NaN where it is unknown.
    """

    ranks: NDArray[np.float64]
    n_classes: ClassVar[int] = 0

    @property
    def codes(self) -> Indices:
        """No class at all."""
        return np.full(len(self.ranks), UNKNOWN, dtype=np.int64)

    def take(self, index: Indices) -> Numbers:
        """Of some rows."""
        return Numbers(self.ranks[index])

    def unlikeness(self, rows: Indices, others: Indices) -> NDArray[np.float64]:
        """0 for rows of one number, 1 for rows whose numbers are a share of all labels apart."""
        apart = np.abs(self.ranks[rows] - self.ranks[others]) / defaults.UNLIKE_RANKS
        apart = np.minimum(apart, 1.0)
        return np.where(np.isnan(apart), defaults.UNKNOWN_UNLIKENESS, apart)


def as_classes(labels: NDArray[Any], known: Flags) -> Classes:
    """Classes of labels that are known, and of which rows these are."""
    names, found = np.unique(labels, return_inverse=True)
    codes = np.full(len(known), UNKNOWN, dtype=np.int64)
    codes[known] = found
    return Classes(names, codes)


def read_targets(y: Any, n_rows: int, unlabeled: Any = "auto") -> Classes | Numbers:
    """Labels as numbers where some have a fraction, else as classes of which there are two.

    Parameters are those of `known_labels`.

    Raises
    ------
    ValueError
        As of `known_labels`, and if all known labels are the same, or no two rows have the same.
    """
    labels, known = known_labels(y, n_rows, unlabeled)
    if labels.dtype.kind == "f" and (labels != np.rint(labels)).any():
        ranks = np.full(n_rows, np.nan)
        ranks[known] = (rankdata(labels) - 1) / max(1, len(labels) - 1)
        return Numbers(ranks)
    classes = as_classes(labels, known)
    n_classes = classes.n_classes
    if n_classes == 1:
        raise ValueError(
            f"all known labels of y are {classes.names.item()!r}; labels need two classes to tell "
            "apart: use label_weight=0"
        )
    if n_classes == len(labels):
        raise ValueError(
            f"no two rows have the same label in y, which has {n_classes} classes; whole numbers "
            "and strings are classes: to have numbers that are more or less near, pass y + 0.5"
        )
    return classes
