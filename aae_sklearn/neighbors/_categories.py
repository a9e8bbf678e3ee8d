"""The Hamming distance as a Euclidean one.

The share of columns in which two rows differ is the squared distance of their coordinates: a
column of many categories has one coordinate for each (one-hot), and a column of two has one, in
which the first is 0. So numbers that stand for categories may be renumbered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.neighbors._coordinates import check_width
from aae_sklearn.neighbors._distances import Summed
from aae_sklearn.rows._rows import chunk_slices, dense
from aae_sklearn.settings import _defaults as defaults

_BASE = -1  # the place of a category whose coordinates are all 0

_UNSEEN = -2

# By how many categories a column has (3: more), what an unseen one lacks to a distance of 1.
_MISSING = np.array([1.0, 1.0, 0.75, 0.5])


@dataclass(frozen=True)
class Hamming:
    """hamming, before it knows the categories.

    Attributes
    ----------
    weights : ndarray of shape (n_features,) or None
        How much each column counts; None if all count alike.
    """

    weights: NDArray[np.float64] | None = None
    has_coordinates: ClassVar[Literal[True]] = True
    keeps_rows: ClassVar[bool] = False
    has_unit_length: ClassVar[bool] = False

    def fit(self, rows: Any) -> Categories | Summed:
        """Learn the categories; where these are too many, distances have no coordinates."""
        values = _distinct(rows)
        weights = np.ones(rows.shape[1]) if self.weights is None else self.weights
        check_width("w", len(weights), rows)
        if values is None:
            return Summed("hamming", {} if self.weights is None else {"w": self.weights})
        return _place_categories(values, _presence(rows, values), weights / weights.sum())

    def coordinates(self, rows: Any) -> Any:
        """Known only once the categories are."""
        raise RuntimeError("fit the metric to rows before their coordinates are asked for")


def _distinct(rows: Any) -> NDArray[Any] | None:
    """All numbers in the rows, ascending; None if they are too many for one-hot columns."""
    n_rows, n_features = rows.shape
    values = np.unique(dense(rows[:1]))
    for part in chunk_slices(n_rows, n_features):
        values = np.union1d(values, dense(rows[part]))
        if len(values) * n_features > defaults.CATEGORY_PLACES_MAX:
            return None
    return values


def _presence(rows: Any, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which numbers are in which column, shape (n_features, n_values)."""
    n_rows, n_features = rows.shape
    present = np.zeros((n_features, len(values)), dtype=bool)
    for part in chunk_slices(n_rows, n_features):
        present[np.arange(n_features), np.searchsorted(values, dense(rows[part]))] = True
    return present


def _place_categories(
    values: NDArray[Any], present: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Categories:
    """Give every category of a column its coordinate."""
    n_categories = present.sum(axis=1)
    has_base = n_categories <= 2
    # Of two, 0 is the one that is not stored; else the smaller one.
    base = present.argmax(axis=1)
    zero = np.flatnonzero(values == 0)
    if len(zero):
        base = np.where(present[:, zero[0]], zero[0], base)
    is_placed = present.copy()
    is_placed[has_base, base[has_base]] = False
    place = np.where(present, _BASE, _UNSEEN)
    place[is_placed] = np.arange(is_placed.sum())
    return Categories(values, place, n_categories, weights)


@dataclass(frozen=True)
class Categories:
    """hamming, by coordinates of the categories that were fitted.

    A category that was not fitted is at a distance of 1 from each one of its column. Half way
    between two, or at none of many, it is nearer than that, and what is missing stands in a last
    coordinate, which is 0 for fitted rows.

    Attributes
    ----------
    values : ndarray of shape (n_values,)
        All categories, ascending.
    place : ndarray of shape (n_features, n_values)
        The coordinate of a column's category; -1 if it has none, -2 if it was not fitted.
    n_categories : ndarray of shape (n_features,)
    weights : ndarray of shape (n_features,)
        What each column counts; their sum is 1.
    """

    values: NDArray[Any]
    place: NDArray[np.int64]
    n_categories: NDArray[np.int64]
    weights: NDArray[np.float64]
    has_coordinates: ClassVar[Literal[True]] = True
    keeps_rows: ClassVar[bool] = False
    has_unit_length: ClassVar[bool] = False

    def fit(self, rows: Any) -> Self:
        """Nothing more is learned."""
        return self

    def coordinates(self, rows: Any) -> sparse.csr_array:
        """Shape (n_rows, n_coordinates + 1), float64; squared distances are shares of columns."""
        rows = dense(rows)
        known = np.searchsorted(self.values, rows).clip(max=len(self.values) - 1)
        place = np.take_along_axis(self.place.T, known, axis=0)
        is_unseen = (self.values[known] != rows) | (place == _UNSEEN)
        is_pair = self.n_categories == 2
        place = np.where(is_unseen, np.where(is_pair, self.place.max(axis=1), _UNSEEN), place)
        squared = np.where(is_unseen & is_pair, 0.25, np.where(self.n_categories > 2, 0.5, 1.0))
        missing = is_unseen @ (self.weights * _MISSING[np.minimum(self.n_categories, 3)])
        row, column = np.nonzero(place >= 0)
        size = np.sqrt(squared * self.weights)[row, column]
        shape = (len(rows), int(self.place.max()) + 1)
        placed = sparse.csr_array((size, (row, place[row, column])), shape)
        return sparse.hstack([placed, sparse.csr_array(np.sqrt(missing)[:, None])], format="csr")
