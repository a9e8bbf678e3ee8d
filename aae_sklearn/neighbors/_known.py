"""Distances and neighbours that the user has: no metric is asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.neighbors._ranking import (
    MeanReferences,
    RankedNeighbors,
    checked_distances,
    least,
    mean_references,
    stop_if,
    warn_of_similarity,
)
from aae_sklearn.rows._rows import chunk_slices, dense, is_sparse
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class Precomputed:
    """Rows that are distances to all fitted rows: square at fit, (n_new, n_fitted) afterwards."""

    has_coordinates: ClassVar[Literal[False]] = False
    max_rows: ClassVar[int] = defaults.LAYOUT_MAX_ROWS

    def fit(self, rows: Any) -> Self:
        """Nothing is learned; `graph`, which knows the rows' columns, checks them."""
        return self

    def graph(
        self,
        rows: Any,
        n_neighbors: int,
        *,
        chosen: NDArray[np.int64] | None = None,
        interrupted: threading.Event | None = None,
    ) -> RankedNeighbors:
        """Each chosen row's nearest others of them, by distances and no similarities."""
        if is_sparse(rows):
            raise ValueError(
                "metric='precomputed' needs a dense X; of a sparse graph pass the neighbours as "
                "metric=(indices, distances)"
            )
        index = self.index(rows, chosen=chosen)
        _refuse_triangle(rows, index)
        warn_of_similarity(*index.own_and_nearest(rows, interrupted), "'precomputed'")
        return without_itself(index.query(rows, n_neighbors + 1, interrupted))

    def index(self, rows: Any, *, chosen: NDArray[np.int64] | None = None) -> PrecomputedIndex:
        """The columns of the rows among which new ones are placed."""
        n_rows, n_columns = rows.shape
        if (n_rows != n_columns) if chosen is None else (chosen[-1] >= n_columns):
            raise ValueError(
                "metric='precomputed' needs the distances between all rows, an X of shape "
                f"(n_samples, n_samples), got {n_rows, n_columns}"
            )
        return PrecomputedIndex(np.arange(n_columns) if chosen is None else chosen)


@dataclass(frozen=True)
class PrecomputedIndex:
    """Which columns of a matrix of distances are the references'.

    Attributes
    ----------
    columns : ndarray of shape (n_references,)
    means : MeanReferences or None
        References that are means of these rows; with None they are the rows.
    """

    columns: NDArray[np.int64]
    means: MeanReferences | None = None

    @property
    def is_own(self) -> bool:
        return False

    def of_means(
        self, rows: Any, members: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> PrecomputedIndex:
        """The same index, whose references are means of the rows that were chosen."""

        def along(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
            distances = np.empty(len(a))
            for part in chunk_slices(len(a), rows.shape[1]):
                some = _distances(rows[a[part]], slice(None))
                distances[part] = some[np.arange(len(some)), self.columns[b[part]]]
            return distances

        return PrecomputedIndex(self.columns, mean_references(members, weights, along))

    def own_and_nearest(
        self, rows: Any, interrupted: threading.Event | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far each of the index's own rows is from itself, and from its nearest other."""
        own, nearest = np.empty(rows.shape[0]), np.empty(rows.shape[0])
        for part in chunk_slices(*rows.shape):
            stop_if(interrupted)
            distances = _distances(rows, part)[:, self.columns]
            place = np.arange(part.stop - part.start), np.arange(part.start, part.stop)
            own[part], distances[place] = distances[place], np.inf
            nearest[part] = distances.min(axis=1)
        return own, nearest

    def query(
        self, rows: Any, n_neighbors: int, interrupted: threading.Event | None = None
    ) -> RankedNeighbors:
        """The nearest references of rows given by their distances to all fitted rows."""
        index = np.empty((rows.shape[0], n_neighbors), dtype=np.int64)
        distance = np.empty(index.shape)
        for part in chunk_slices(*rows.shape):
            stop_if(interrupted)
            distances = _distances(rows, part)[:, self.columns]
            if self.means is not None:
                distances = self.means.distances(distances)
            index[part], distance[part] = least(distances, n_neighbors)
        return RankedNeighbors(index, distance)


def _refuse_triangle(rows: Any, index: PrecomputedIndex) -> None:
    """Raise if distances stand on one side of the diagonal only."""
    n_some = min(rows.shape[0], defaults.TRIANGLE_ROWS)
    some = dense(rows[:n_some])[:, index.columns[:n_some]]
    if bool(np.tril(some, -1).any()) != bool(np.triu(some, 1).any()):
        raise ValueError(
            "metric='precomputed' needs all distances, but X has 0 on one side of the diagonal; "
            "pass X + X.T"
        )


def _distances(rows: Any, part: slice) -> NDArray[np.float64]:
    some = dense(rows[part]).astype(np.float64)
    return checked_distances(some, "'precomputed'", part.start or 0)


def without_itself(found: RankedNeighbors) -> RankedNeighbors:
    """Neighbours less the row itself, or the last one where it is not among them."""
    is_self = found.index == np.arange(len(found.index))[:, None]
    is_self[:, -1] |= ~is_self.any(axis=1)
    shape = len(found.index), found.index.shape[1] - 1
    return RankedNeighbors(
        found.index[~is_self].reshape(shape), found.distance[~is_self].reshape(shape)
    )


@dataclass(frozen=True)
class KnownNeighbors:
    """Neighbours of all rows, nearest first, with or without the row itself.

    Attributes
    ----------
    pair : (indices, distances)
        As `sklearn.neighbors.NearestNeighbors.kneighbors` gives, the other way round.
    """

    pair: tuple[Any, Any]
    has_coordinates: ClassVar[Literal[False]] = False
    max_rows: ClassVar[int] = defaults.LAYOUT_MAX_ROWS

    def fit(self, rows: Any) -> Self:
        """Nothing is learned; `graph` checks the neighbours."""
        return self

    def graph(
        self,
        rows: Any,
        n_neighbors: int,
        *,
        chosen: NDArray[np.int64] | None = None,
        interrupted: threading.Event | None = None,
    ) -> RankedNeighbors:
        """The first neighbours that are not the row itself; of all rows, as they are known."""
        if chosen is not None and len(chosen) < len(self.pair[0]):
            raise ValueError(
                f"metric=(indices, distances) needs all rows in the map, but {len(chosen)} of "
                f"{len(self.pair[0])} are; use early_stopping=False and at most "
                f"{self.max_rows:,} rows"
            )
        found = check_pair(self.pair, rows.shape[0], rows.shape[0], "metric", n_neighbors + 1)
        is_self = found.index == np.arange(len(found.index))[:, None]
        if is_self.all(axis=1).any():
            raise ValueError(
                "metric=(indices, distances): row "
                f"{int(is_self.all(axis=1).argmax())} (counted from 0) has no neighbour but "
                "itself; give it others, or drop it"
            )
        order = np.argsort(is_self, axis=1, kind="stable")[:, :n_neighbors]
        return RankedNeighbors(
            np.take_along_axis(found.index, order, axis=1),
            np.take_along_axis(found.distance, order, axis=1),
        )

    def index(self, rows: Any, *, chosen: NDArray[np.int64] | None = None) -> KnownIndex:
        """The rows that neighbours of new rows may be."""
        return KnownIndex(rows.shape[0])


@dataclass(frozen=True)
class KnownIndex:
    """How many fitted rows there are, which is all that known neighbours leave to know."""

    n_references: int

    @property
    def is_own(self) -> bool:
        return False

    def of_means(
        self, rows: Any, members: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> KnownIndex:
        """The same: to means of rows no distance is known."""
        return self

    def query(
        self, rows: Any, n_neighbors: int, interrupted: threading.Event | None = None
    ) -> RankedNeighbors:
        """The first neighbours of new rows, which are given as (indices, distances)."""
        if not isinstance(rows, tuple):
            raise ValueError(
                "the map was fitted on known neighbours: of new rows pass theirs among the fitted "
                "rows, as a tuple (indices, distances)"
            )
        found = check_pair(rows, len(rows[0]), self.n_references, "X")
        return RankedNeighbors(found.index[:, :n_neighbors], found.distance[:, :n_neighbors])


def as_pair(
    pair: tuple[Any, ...], n_rows: int | None, name: str, n_needed: int = 1
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Indices and distances of so many rows, or of any number with None, as arrays.

    Raises
    ------
    ValueError
        If they are not two arrays of one shape, with rows and enough columns.
    """
    shapes = [np.shape(part) for part in pair]
    is_pair = len(shapes) == 2 and shapes[0] == shapes[1] and len(shapes[0]) == 2
    n_found, width = shapes[0] if is_pair else (0, 0)
    if n_found == 0 or width < n_needed or n_rows not in (None, n_found):
        raise ValueError(
            f"{name}=(indices, distances) must hold two arrays of shape ({n_rows or 'n_rows'}, "
            f"at least {n_needed}), got shapes {shapes}"
        )
    index, distance = map(np.asarray, pair)
    return index, distance


def _absent(index: NDArray[Any]) -> str:
    """What to do about neighbours that a search has not found."""
    if index.dtype.kind not in "iu" or index.min() != -1:
        return ""
    return "; -1 marks what a search has not found: search with more effort, or for fewer"


def check_pair(
    pair: tuple[Any, ...], n_rows: int, n_references: int, name: str, n_needed: int = 1
) -> RankedNeighbors:
    """Neighbours as arrays.

    Raises
    ------
    ValueError
        As of `as_pair`, or if they are not indices and distances.
    """
    index, distance = as_pair(pair, n_rows, name, n_needed)
    if index.dtype.kind not in "iu" or index.min() < 0 or index.max() >= n_references:
        raise ValueError(
            f"{name}=(indices, distances): indices must be integers in [0, {n_references}), got "
            f"{index.dtype} from {index.min()} to {index.max()}{_absent(index)}"
        )
    distance = checked_distances(distance.astype(np.float64), "(indices, distances)")
    falls = np.diff(distance, axis=1) < 0  # of one neighbour there are none
    if np.count_nonzero(falls) > falls.size / 2:
        raise ValueError(
            f"{name}=(indices, distances): neighbours must come nearest first, but most distances "
            "fall along a row; sort them, and of similarities make distances, e.g. 1 - s"
        )
    return RankedNeighbors(index.astype(np.int64), distance)
