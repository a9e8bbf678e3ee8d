"""Nearest rows under a metric without coordinates, by comparing all pairs.

Pairs are compared block by block. What a row finds does not depend on the rows around it: equal
distances keep the order of the references.
"""

from __future__ import annotations

import math
import threading
from copy import copy
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import gen_batches

from aae_sklearn.neighbors._ranking import (
    MeanReferences,
    RankedNeighbors,
    checked_distances,
    least,
    mean_references,
    stop_if,
    warn_of_similarity,
)
from aae_sklearn.settings import _defaults as defaults


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
    means : MeanReferences or None
        References that are means of these rows; with None they are the rows.
    """

    def __init__(
        self, metric: PairDistances, rows: Any, means: MeanReferences | None = None
    ) -> None:
        self.metric = metric
        self.references = metric.prepare(rows[:])
        self.n_references: int = rows.shape[0]
        self.means = means

    @property
    def is_own(self) -> bool:
        return self.metric.is_own

    def of_means(
        self, rows: Any, members: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> MetricIndex:
        """The same index, whose references are means of the rows.

        Parameters
        ----------
        rows : {array, sparse matrix} of shape (n_references, n_features)
            Those of the index; not read again.
        members : ndarray of shape (n_references, n_members)
        weights : ndarray of shape (n_members,)
            Their sum is 1.
        """
        twin = copy(self)
        twin.means = mean_references(members, weights, self._along)
        return twin

    def _along(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
        """The distance of each pair of references; few at a time, as more are computed."""
        distances = np.empty(len(a))
        for part in gen_batches(len(a), defaults.PAIRED_ROWS):
            block = self.metric.between(self.references[a[part]], self.references[b[part]])
            distances[part] = block.diagonal()
        return distances

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
        for part in gen_batches(len(index), n_together):
            distances = np.empty((part.stop - part.start, self.n_references))
            for some in gen_batches(self.n_references, n_pairs // n_together):
                distances[:, some] = self._between(prepared, part, some, interrupted)
            if self.means is not None:
                distances = self.means.distances(distances)
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
        parts = list(gen_batches(self.n_references, max(1, math.isqrt(self._block_pairs()))))
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
