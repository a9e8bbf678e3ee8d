"""What `metric` and `metric_params` mean: a metric with coordinates, or one without.

A metric with coordinates is the Euclidean distance of transformed rows: graph, placing and
components are those of the Euclidean distance, and so is their speed. The others compare a row
with all rows among which its neighbours are sought, so of many rows only some are laid out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.neighbors._categories import Hamming
from aae_sklearn.neighbors._coordinates import (
    Euclidean,
    Flags,
    OnSphere,
    Stretched,
    UnitLength,
    Whitened,
)
from aae_sklearn.neighbors._distances import BOOLEAN_METRICS, Counted, Own, Summed
from aae_sklearn.neighbors._known import KnownNeighbors, Precomputed
from aae_sklearn.neighbors._ranking import RankedNeighbors


class CoordinateMetric(Protocol):
    """A metric that is a Euclidean distance of transformed rows."""

    has_coordinates: ClassVar[Literal[True]]
    keeps_rows: ClassVar[bool]  # whether coordinates are the rows themselves
    has_unit_length: ClassVar[bool]  # whether coordinates of all rows have length 1

    def fit(self, rows: Any) -> Metric:
        """What is learned from the rows to fit; a metric that may have no coordinates."""

    def coordinates(self, rows: Any) -> Any:
        """Rows whose Euclidean distance has the metric's order; each by itself."""


class RowIndex(Protocol):
    """References among which the nearest of new rows are found; may be pickled."""

    @property
    def is_own(self) -> bool:
        """Whether it calls a function of the user's."""

    def query(
        self, rows: Any, n_neighbors: int, interrupted: threading.Event | None = None
    ) -> RankedNeighbors:
        """The nearest references of each row."""

    def of_means(
        self, rows: Any, members: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> RowIndex:
        """References that are weighted means of members, given the rows of the index."""


class ComparedMetric(Protocol):
    """A metric that compares rows with rows."""

    has_coordinates: ClassVar[Literal[False]]
    max_rows: ClassVar[int]  # that are laid out; the others are placed

    def fit(self, rows: Any) -> Metric:
        """Check the rows to fit."""

    def graph(
        self,
        rows: Any,
        n_neighbors: int,
        *,
        chosen: NDArray[np.int64] | None = None,
        interrupted: threading.Event | None = None,
    ) -> RankedNeighbors:
        """Each row's nearest other rows; `chosen` says which of the fitted rows these are."""

    def index(self, rows: Any, *, chosen: NDArray[np.int64] | None = None) -> RowIndex:
        """The references among which new rows are placed."""


Metric = CoordinateMetric | ComparedMetric

_Parameters = Mapping[str, Any]


def _euclidean(parameters: _Parameters) -> Metric:
    return Euclidean()


def _stretched(parameters: _Parameters) -> Metric:
    variances = _needed(parameters, "V", "seuclidean", "X.var(axis=0, ddof=1)")
    if variances.ndim != 1 or not ((variances > 0) & np.isfinite(variances)).all():
        raise ValueError(
            "metric='seuclidean': metric_params['V'] must be a positive variance for each column; "
            "drop columns that are constant"
        )
    return Stretched(1 / np.sqrt(variances), "V")


def _whitened(parameters: _Parameters) -> Metric:
    inverse = _needed(parameters, "VI", "mahalanobis", "np.linalg.pinv(np.cov(X.T))")
    if inverse.ndim != 2 or np.ptp(inverse.shape) or not _is_symmetric(inverse):
        raise ValueError(
            "metric='mahalanobis': metric_params['VI'] must be a symmetric "
            "matrix of finite numbers"
        )
    eigenvalues, directions = np.linalg.eigh(inverse)
    if eigenvalues.min() < -1e-9 * eigenvalues.max():
        raise ValueError(
            "metric='mahalanobis': metric_params['VI'] must have no negative eigenvalue, got "
            f"{eigenvalues.min():g}; pass the inverse of a covariance"
        )
    is_used = eigenvalues > 0
    if not is_used.any():
        raise ValueError("metric='mahalanobis': metric_params['VI'] is 0; no row differs by it")
    return Whitened(directions[:, is_used] * np.sqrt(eigenvalues[is_used]))


def _is_symmetric(matrix: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(matrix).all() and np.allclose(matrix, matrix.T))


def _needed(parameters: _Parameters, key: str, name: str, example: str) -> NDArray[np.float64]:
    if key not in parameters:
        raise ValueError(f"metric={name!r} needs {key}: pass metric_params={{'{key}': {example}}}")
    return _numbers(key, parameters[key])


def _numbers(key: str, value: Any) -> NDArray[np.float64]:
    """A parameter as an array of numbers; an error if it is none."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or not array.size:
        raise ValueError(f"metric_params[{key!r}] must be an array of numbers")
    return array.astype(np.float64)


def _weights(parameters: _Parameters) -> NDArray[np.float64] | None:
    if "w" not in parameters:
        return None
    weights = _numbers("w", parameters["w"])
    if weights.ndim != 1 or not ((weights >= 0) & (weights < np.inf)).all() or not weights.any():
        raise ValueError(
            "metric_params['w'] must be a finite weight of at least 0 for each column, not all 0"
        )
    return weights


def _hamming(parameters: _Parameters) -> Metric:
    return Hamming(_weights(parameters))


def _minkowski(parameters: _Parameters) -> Metric:
    p, weights = parameters.get("p", 2), _weights(parameters)
    if not isinstance(p, int | float | np.number) or not p > 0:
        raise ValueError(f"metric='minkowski': metric_params['p'] must be positive, got {p!r}")
    if p == 2:
        return Euclidean() if weights is None else Stretched(np.sqrt(weights), "w")
    weighted = {} if weights is None else {"w": weights}
    if p == np.inf:
        return Summed("chebyshev", weighted)
    return Summed("minkowski", {"p": float(p), **weighted})


def _summed(name: str) -> Callable[[_Parameters], Metric]:
    def make(parameters: _Parameters) -> Metric:
        weights = _weights(parameters)
        return Summed(name, {} if weights is None else {"w": weights})

    return make


def _counted(name: str) -> Callable[[_Parameters], Metric]:
    return lambda parameters: Counted(name)


_NONE: frozenset[str] = frozenset()

# By name: how it is made, and the metric_params that it takes.
_METRICS: dict[str, tuple[Callable[[_Parameters], Metric], frozenset[str]]] = {
    **dict.fromkeys(("euclidean", "l2", "sqeuclidean"), (_euclidean, _NONE)),
    "cosine": (lambda parameters: UnitLength(), _NONE),
    "correlation": (lambda parameters: UnitLength(centred=True), _NONE),
    "seuclidean": (_stretched, frozenset({"V"})),
    "mahalanobis": (_whitened, frozenset({"VI"})),
    "haversine": (lambda parameters: OnSphere(), _NONE),
    **dict.fromkeys(("hamming", "matching"), (_hamming, frozenset({"w"}))),
    **dict.fromkeys(("rogerstanimoto", "sokalmichener"), (lambda parameters: Flags(), _NONE)),
    **{name: (_counted(name), _NONE) for name in BOOLEAN_METRICS},
    **dict.fromkeys(("cityblock", "manhattan", "l1"), (_summed("cityblock"), frozenset({"w"}))),
    **{
        name: (_summed(name), frozenset({"w"})) for name in ("braycurtis", "canberra", "chebyshev")
    },
    "minkowski": (_minkowski, frozenset({"p", "w"})),
    "precomputed": (lambda parameters: Precomputed(), _NONE),
}

METRIC_NAMES: tuple[str, ...] = tuple(sorted(_METRICS))


def resolve_metric(metric: Any, metric_params: _Parameters | None = None) -> Metric:
    """Turn what a user passed as ``metric`` into a `Metric`.

    Parameters
    ----------
    metric : str, callable or (indices, distances)
        A name from `METRIC_NAMES`; a function of two rows, dense arrays of shape
        (n_features,); or neighbours of all rows, nearest first.
    metric_params : mapping or None
        Keyword arguments of the metric.

    Returns
    -------
    metric : Metric
        Call its ``fit`` with the rows before use.

    Raises
    ------
    ValueError
        If a name is unknown, or parameters are missing, unknown or impossible.
    """
    parameters = dict(metric_params or {})
    if callable(metric):
        return Own(metric, parameters)
    if isinstance(metric, tuple):
        _check_keys(parameters, _NONE, "(indices, distances)")
        return KnownNeighbors(metric)
    if metric not in _METRICS:
        raise ValueError(
            f"metric={metric!r} is unknown; use one of {', '.join(METRIC_NAMES)}, a callable, or "
            f"(indices, distances){_hint(metric)}"
        )
    make, keys = _METRICS[metric]
    _check_keys(parameters, keys, repr(metric))
    return make(parameters)


# Names of other packages.
_SYNONYMS = {"russelrao": "russellrao", "angular": "cosine", "taxicab": "manhattan"}

_HINTS = {
    "nan_euclidean": "; with missing values use missing_values='mask' and metric='euclidean'",
    None: "; for plain distances use 'euclidean'",
    "wminkowski": "; use 'minkowski' with metric_params={'p': p, 'w': w**p}",
}


def _hint(metric: Any) -> str:
    """What may have been meant."""
    if metric in _HINTS:
        return _HINTS[metric]
    known = [*METRIC_NAMES, *_SYNONYMS]
    close = get_close_matches(str(metric).lower(), known, n=1)
    return f". Did you mean {_SYNONYMS.get(close[0], close[0])!r}?" if close else ""


def _check_keys(parameters: _Parameters, keys: frozenset[str], name: str) -> None:
    unknown = sorted(map(str, set(parameters) - keys))
    if unknown:
        known = f"takes {', '.join(sorted(keys))}" if keys else "takes none"
        raise ValueError(f"metric={name} {known}, but metric_params has {', '.join(unknown)}")
