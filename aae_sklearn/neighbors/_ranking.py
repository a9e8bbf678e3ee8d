"""What a search under any metric finds, and what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class RankedNeighbors:
    """Indices and distances, nearest first, each of shape (n_rows, n_neighbors).

    Distances are the metric's own, float64; indices are int64.
    """

    index: NDArray[np.int64]
    distance: NDArray[np.float64]


def least(
    distances: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Columns and values of each row's least, ascending; of equal ones the first columns."""
    n_rows = len(distances)
    bound = np.partition(distances, count - 1, axis=1)[:, count - 1, None]
    is_kept = distances <= bound
    if np.count_nonzero(is_kept) > n_rows * count:
        is_below, is_equal = distances < bound, distances == bound
        room = count - is_below.sum(axis=1, keepdims=True)
        is_kept = is_below | (is_equal & (is_equal.cumsum(axis=1) <= room))
    column = np.nonzero(is_kept)[1].reshape(n_rows, count)
    value = distances[is_kept].reshape(n_rows, count)
    order = value.argsort(axis=1, kind="stable")
    return np.take_along_axis(column, order, axis=1), np.take_along_axis(value, order, axis=1)


@dataclass(frozen=True)
class MeanReferences:
    r"""References that are means of rows, of which only distances are known.

    Where distances are squared Euclidean ones in some space, so is that of a row to the weighted
    mean of others, :math:`\sum_a w_a d(x, a) - \frac12 \sum_{ab} w_a w_b d(a, b)`. Of the common
    metrics most are: L1, Jaccard, and also the Euclidean distance without a square (Schoenberg,
    "Metric spaces and positive definite functions", Transactions of the AMS 44, 1938). Of others
    it may be below 0.

    Attributes
    ----------
    members : ndarray of shape (n_references, n_members)
    weights : ndarray of shape (n_members,)
        Their sum is 1.
    spread : ndarray of shape (n_references,)
        The second sum.
    """

    members: NDArray[np.int64]
    weights: NDArray[np.float64]
    spread: NDArray[np.float64]

    def distances(self, to_rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances to the references, given those to the rows."""
        total = np.tile(-self.spread, (len(to_rows), 1))
        for member, weight in zip(self.members.T, self.weights, strict=True):
            total += weight * to_rows[:, member]
        return total


def mean_references(
    members: NDArray[np.int64],
    weights: NDArray[np.float64],
    along: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]],
) -> MeanReferences:
    """Means of rows; `along(a, b)` gives the distances of rows a[i] and b[i]."""
    spread = np.zeros(len(members))
    for i, j in combinations(range(len(weights)), 2):
        spread += weights[i] * weights[j] * along(members[:, i], members[:, j])
    return MeanReferences(members, weights, spread)


def checked_distances(
    distances: NDArray[np.float64], name: str, first_row: int = 0, first_column: int = 0
) -> NDArray[np.float64]:
    """Distances, what rounding left of 0 as 0.

    Raises
    ------
    ValueError
        If one is NaN, infinite or negative.
    """
    rounding = defaults.NEGATIVE_DISTANCE * max(1.0, distances.max(initial=0.0))
    is_valid = (distances >= -rounding) & (distances < np.inf)
    if not is_valid.all():
        row, column = np.argwhere(~is_valid)[0]
        value = distances[row, column]
        cure = "; of a similarity s make a distance, e.g. 1 - s" if value < 0 else ""
        raise ValueError(
            f"metric={name} gives {value:g} for row {first_row + row} and fitted row "
            f"{first_column + column}; distances must be finite and not negative{cure}"
        )
    return np.maximum(distances, 0.0)


def within_float32(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances whose largest of a row float32 holds; ratios within a row are kept."""
    largest = distances.max(axis=1, keepdims=True)
    factor = np.minimum(1.0, defaults.LARGE_DISTANCES / np.maximum(largest, 1.0))
    return distances if (factor == 1).all() else distances * factor


def warn_of_similarity(own: NDArray[np.float64], nearest: NDArray[np.float64], name: str) -> None:
    """Warn if most rows are further from themselves than from their nearest other."""
    if np.mean(own > nearest) > 0.5:
        warn_user(
            f"metric={name} says of most rows that another row is nearer than the row itself; "
            "if it is a similarity, which is large where rows are alike, turn it into a "
            "distance, e.g. 1 - similarity",
            UserWarning,
        )


def stop_if(interrupted: threading.Event | None) -> None:
    """Raise KeyboardInterrupt once it was asked for: what is half found is of no use."""
    if interrupted is not None and interrupted.is_set():
        raise KeyboardInterrupt("stopped while neighbours were sought; there is no model yet")
