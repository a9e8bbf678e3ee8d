"""Metrics without coordinates: distances between all rows of two blocks.

Whatever the blocks are, a pair of rows has the same distance to the bit: it is summed by itself,
or counted.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist

from aae_sklearn.neighbors._coordinates import check_width
from aae_sklearn.neighbors._metric_index import MetricIndex
from aae_sklearn.neighbors._ranking import RankedNeighbors
from aae_sklearn.rows._rows import chunk_slices, dense
from aae_sklearn.settings import _defaults as defaults


class SearchedMetric(ABC):
    """A metric whose neighbours are found by comparing all pairs of rows."""

    has_coordinates: ClassVar[Literal[False]] = False
    is_own: ClassVar[bool] = False
    max_rows: ClassVar[int] = defaults.COMPARED_MAX_ROWS

    @property
    @abstractmethod
    def label(self) -> str:
        """What to call it in an error."""

    @abstractmethod
    def between(self, a: Any, b: Any) -> NDArray[np.float64]:
        """All distances of two blocks of prepared rows."""

    def fit(self, rows: Any) -> Self:
        """Check the rows that are to be fitted; nothing is learned."""
        return self

    def graph(
        self,
        rows: Any,
        n_neighbors: int,
        *,
        chosen: NDArray[np.int64] | None = None,
        interrupted: threading.Event | None = None,
    ) -> RankedNeighbors:
        """Each row's nearest other rows."""
        return MetricIndex(self, rows).neighbors(n_neighbors, interrupted)

    def index(self, rows: Any, *, chosen: NDArray[np.int64] | None = None) -> MetricIndex:
        """The rows among which new ones are placed."""
        return MetricIndex(self, rows)

    def prepare(self, rows: Any) -> Any:
        """A copy in memory, sparse as CSR."""
        return sparse.csr_array(rows, copy=True) if sparse.issparse(rows) else np.array(rows)

    def block_pairs(self, n_features: int) -> int:
        """Pairs whose distances take about a third of a second, and are no more than memory."""
        n_pairs = defaults.BLOCK_OPERATIONS // n_features
        return min(max(n_pairs, defaults.OWN_BLOCK_PAIRS), defaults.DISTANCE_ELEMENTS)


@dataclass(frozen=True)
class _Named(SearchedMetric):
    """A metric of scipy's, which an error calls by its name."""

    name: str

    @property
    def label(self) -> str:
        """What to call it in an error."""
        return repr(self.name)


@dataclass(frozen=True)
class Summed(_Named):
    """Metrics of scipy that add up differences: cityblock, chebyshev, minkowski, canberra, ...

    Attributes
    ----------
    name : str
        As scipy calls it.
    parameters : mapping
        Handed to it.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, rows: Any) -> Self:
        """Check the number of weights."""
        weights = self.parameters.get("w")
        if weights is not None:
            check_width("w", len(weights), rows)
        return self

    def between(self, a: Any, b: Any) -> NDArray[np.float64]:
        """All distances of two blocks; only cityblock reads sparse rows as they are."""
        if sparse.issparse(a) and sparse.issparse(b) and self.name == "cityblock":
            from sklearn.metrics.pairwise import manhattan_distances  # most fits do without

            weights = self.parameters.get("w", 1.0)
            distances: NDArray[np.float64] = manhattan_distances(
                *(sparse.csr_array(rows.astype(np.float64).multiply(weights)) for rows in (a, b))
            )
            return distances
        a, b = dense(a).astype(np.float64), dense(b).astype(np.float64)
        p = self.parameters.get("p", 0)
        if p in range(3, defaults.MULTIPLIED_POWERS_MAX + 1):
            distances = _whole_minkowski(a, b, int(p), self.parameters.get("w"))
        else:
            distances = cdist(a, b, self.name, **self.parameters)
        if self.name == "minkowski":
            return _repaired(distances, a, b, self.parameters)
        if self.name == "braycurtis":  # 0 / 0 of two rows without anything: they are the same
            is_zero = ~a.any(axis=1)[:, None] & ~b.any(axis=1)
            distances[is_zero] = 0
        return distances

    def block_pairs(self, n_features: int) -> int:
        """Fewer where numbers are raised to a power."""
        slower = defaults.POWER_OPERATIONS if self.name == "minkowski" else 1
        return super().block_pairs(slower * n_features)


def _whole_minkowski(
    a: NDArray[np.float64], b: NDArray[np.float64], p: int, weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Minkowski distances by products: the powers of scipy take six times as long."""
    sums = np.empty((len(a), len(b)))
    with np.errstate(over="ignore", under="ignore"):
        for i, row in enumerate(a):
            difference = np.abs(b - row)
            power = difference.copy() if weights is None else difference * weights
            for _ in range(p - 1):
                power *= difference
            power.sum(axis=1, out=sums[i])
    distances: NDArray[np.float64] = sums ** (1 / p)
    return distances


def _repaired(
    distances: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    parameters: Mapping[str, Any],
) -> NDArray[np.float64]:
    """Minkowski distances whose powers float64 does not hold, by the largest difference."""
    p, weights = parameters["p"], parameters.get("w", 1.0)
    with np.errstate(over="ignore", under="ignore"):
        least, most = np.power(defaults.HELD_POWERS, 1 / p)
        row, column = np.nonzero(~((distances > least) & (distances < most)))
        for part in chunk_slices(len(row), a.shape[1]):
            difference = np.abs(a[row[part]] - b[column[part]])
            largest = difference.max(axis=1)
            difference /= np.where(largest > 0, largest, 1.0)[:, None]
            sums = (weights * difference**p).sum(axis=1)
            distances[row[part], column[part]] = largest * sums ** (1 / p)
    return distances


# With the numbers of columns where both, only the first, only the second and none are set.
_Counts = Callable[[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]], NDArray[Any]]


def _ratio(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    """0 / 0 is 0: nothing tells the rows apart."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


BOOLEAN_METRICS: dict[str, _Counts] = {
    "jaccard": lambda both, a, b, none: _ratio(a + b, both + a + b),
    "dice": lambda both, a, b, none: _ratio(a + b, 2 * both + a + b),
    "sokalsneath": lambda both, a, b, none: _ratio(2 * (a + b), both + 2 * (a + b)),
    "russellrao": lambda both, a, b, none: 1 - both / (both + a + b + none),
    "yule": lambda both, a, b, none: _ratio(2 * a * b, both * none + a * b),
}


@dataclass(frozen=True)
class Counted(_Named):
    """Metrics of flags, by products of rows of 0 and 1: what is not 0 is set.

    Attributes
    ----------
    name : str
        One of `BOOLEAN_METRICS`.
    """

    max_rows: ClassVar[int] = defaults.COUNTED_MAX_ROWS

    def prepare(self, rows: Any) -> Any:
        """1 where a flag is set; float32, whose products count exactly up to 16 million."""
        if sparse.issparse(rows):
            return sparse.csr_array(rows != 0, dtype=np.float32)
        return (dense(rows) != 0).astype(np.float32)

    def between(self, a: Any, b: Any) -> NDArray[np.float64]:
        """All distances of two blocks."""
        with np.errstate(invalid="ignore"):  # OpenBLAS may read, and compute, past a matrix's end
            both = np.asarray(dense(a @ b.T), dtype=np.float64)
        only_a = np.asarray(a.sum(axis=1), dtype=np.float64).reshape(-1, 1) - both
        only_b = np.asarray(b.sum(axis=1), dtype=np.float64).reshape(1, -1) - both
        none = a.shape[1] - both - only_a - only_b
        return BOOLEAN_METRICS[self.name](both, only_a, only_b, none)

    def block_pairs(self, n_features: int) -> int:
        """Products are quick."""
        return defaults.DISTANCE_ELEMENTS


@dataclass(frozen=True)
class Own(SearchedMetric):
    """A function of two rows, called for one pair after another.

    Attributes
    ----------
    function : callable
        Given two arrays of shape (n_features,), float64, also of sparse rows; returns a number.
    parameters : mapping
        Its keyword arguments.
    """

    function: Callable[..., Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_own: ClassVar[bool] = True
    max_rows: ClassVar[int] = defaults.OWN_METRIC_MAX_ROWS

    @property
    def label(self) -> str:
        """What to call it in an error."""
        return str(getattr(self.function, "__name__", self.function))

    def between(self, a: Any, b: Any) -> NDArray[np.float64]:
        """All distances of two blocks."""
        a, b = (dense(rows).astype(np.float64) for rows in (a, b))
        distances = np.empty((len(a), len(b)))
        for i, row in enumerate(a):
            for j, other in enumerate(b):
                distances[i, j] = self._distance(row, other)
        return distances

    def _distance(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
        answer = self.function(a, b, **self.parameters)
        if np.ndim(answer) == 0 and not np.iscomplexobj(answer):
            with suppress(TypeError, ValueError):
                return float(answer)
        raise TypeError(
            f"metric={self.label} must return one number for two rows, got {answer!r:.80}"
        )

    def block_pairs(self, n_features: int) -> int:
        """Few: nobody knows how long a pair takes, and Ctrl-C waits for a block."""
        return defaults.OWN_BLOCK_PAIRS
