"""Nearest rows under a metric without coordinates, by comparing all pairs.

Pairs are compared block by block. What a row finds does not depend on the rows around it: equal
distances keep the order of the references.
"""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class RankedNeighbors:
    """Indices and distances, nearest first, each of shape (n_rows, n_neighbors).

    Distances are the metric's own, float64; indices are int64.
    """

    index: NDArray[np.int64]
    distance: NDArray[np.float64]


class PairDistances(Protocol):
    """What a search asks of a metric."""

    is_own: ClassVar[bool]  # whether a user wrote it, and may have written a similarity

    @property
    def label(self) -> str:
        """What to call it in an error."""

    def prepare(self, rows: Any) -> Any:
        """Rows as the metric reads them, in memory and not the caller's."""

    def between(self, a: Any, b: Any) -> NDArray[np.float64]:
        """All distances of two blocks of prepared rows, shape (len(a), len(b))."""

    def block_pairs(self, n_features: int) -> int:
        """How many pairs take a fraction of a second."""


class MetricIndex:
    """Rows among which nearest ones are sought, under a metric without coordinates.

    Parameters
    ----------
    metric : PairDistances
    rows : {array, sparse matrix} of shape (n_references, n_features)
        Copied: the index holds the rows.
    """

    def __init__(self, metric: PairDistances, rows: Any) -> None:
        self.metric = metric
        self.references = metric.prepare(rows[:])
        self.n_references: int = rows.shape[0]

    def query(
        self, rows: Any, n_neighbors: int, interrupted: threading.Event | None = None
    ) -> RankedNeighbors:
        """Find the nearest references of each row.

        Parameters
        ----------
        rows : {array, sparse matrix} of shape (n_rows, n_features)
        n_neighbors : int
            At most n_references.
        interrupted : threading.Event or None
            Looked at between two blocks.

        Raises
        ------
        KeyboardInterrupt
            Once the event is set.
        ValueError
            If the metric answers NaN, infinity or a negative number.
        """
        prepared, n_pairs = self.metric.prepare(rows[:]), self._block_pairs()
        index = np.empty((rows.shape[0], n_neighbors), dtype=np.int64)
        distance = np.empty(index.shape)
        n_together = max(1, n_pairs // self.n_references)
        for part in _parts(len(index), n_together):
            distances = np.empty((part.stop - part.start, self.n_references))
            for some in _parts(self.n_references, n_pairs // n_together):
                distances[:, some] = self._between(prepared, part, some, interrupted)
            index[part], distance[part] = least(distances, n_neighbors)
        return RankedNeighbors(index, distance)

    def neighbors(
        self, n_neighbors: int, interrupted: threading.Event | None = None
    ) -> RankedNeighbors:
        """Find each reference's nearest others; each pair is compared once, in one direction.

        Parameters
        ----------
        n_neighbors : int
            Less than n_references.
        interrupted : threading.Event or None
            As in `query`.

        Warns
        -----
        UserWarning
            If most rows are further from themselves than from another, as under a similarity.
        """
        found, own = _Nearest(self.n_references, n_neighbors), np.empty(self.n_references)
        parts = list(_parts(self.n_references, max(1, math.isqrt(self._block_pairs()))))
        for i, part in enumerate(parts):
            for other in parts[i:]:
                distances = self._between(self.references, part, other, interrupted)
                if other is part:
                    own[part] = distances.diagonal()
                    np.fill_diagonal(distances, np.inf)
                else:
                    found.offer(other, part.start, distances.T)
                found.offer(part, other.start, distances)
        if self.metric.is_own:
            warn_of_similarity(own, found.distance[:, 0], self.metric.label)
        return RankedNeighbors(found.index, found.distance)

    def _block_pairs(self) -> int:
        return self.metric.block_pairs(self.references.shape[1])

    def _between(
        self, rows: Any, part: slice, some: slice, interrupted: threading.Event | None
    ) -> NDArray[np.float64]:
        """Distances of some rows and references that are numbers, and not negative."""
        stop_if(interrupted)
        distances = self.metric.between(rows[part], self.references[some])
        return checked_distances(distances, self.metric.label, part.start, some.start)


class _Nearest:
    """The nearest neighbours seen so far; blocks of columns are offered in ascending order."""

    def __init__(self, n_rows: int, n_neighbors: int) -> None:
        self.index = np.full((n_rows, n_neighbors), -1, dtype=np.int64)
        self.distance = np.full((n_rows, n_neighbors), np.inf)

    def offer(self, rows: slice, first_column: int, distances: NDArray[np.float64]) -> None:
        """Keep the nearest of those seen and of a block's."""
        n_neighbors = self.index.shape[1]
        column, of_block = least(distances, min(n_neighbors, distances.shape[1]))
        distance = np.concatenate([self.distance[rows], of_block], axis=1)
        index = np.concatenate([self.index[rows], first_column + column], axis=1)
        order = distance.argsort(axis=1, kind="stable")[:, :n_neighbors]
        self.distance[rows] = np.take_along_axis(distance, order, axis=1)
        self.index[rows] = np.take_along_axis(index, order, axis=1)


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


def checked_distances(
    distances: NDArray[np.float64], name: str, first_row: int = 0, first_column: int = 0
) -> NDArray[np.float64]:
    """Distances, what rounding left of 0 as 0.

    Raises
    ------
    ValueError
        If one is NaN, infinite or negative.
    """
    rounding = defaults.NEGATIVE_DISTANCE * max(1.0, np.abs(distances).max(initial=0.0))
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


def warn_of_similarity(own: NDArray[np.float64], nearest: NDArray[np.float64], name: str) -> None:
    """Warn if most rows are further from themselves than from their nearest other."""
    if np.mean(own > nearest) > 0.5:
        warnings.warn(
            f"metric={name} says of most rows that another row is nearer than the row itself; "
            "if it is a similarity, which is large where rows are alike, turn it into a "
            "distance, e.g. 1 - similarity",
            UserWarning,
            stacklevel=2,
        )


def stop_if(interrupted: threading.Event | None) -> None:
    """Raise KeyboardInterrupt once it was asked for: what is half found is of no use."""
    if interrupted is not None and interrupted.is_set():
        raise KeyboardInterrupt("stopped while neighbours were sought; there is no model yet")


def _parts(n_rows: int, size: int) -> Iterator[slice]:
    return (slice(i, min(i + size, n_rows)) for i in range(0, n_rows, size))
