"""Metrics that are Euclidean distances of transformed rows.

Each has `coordinates(rows)`, which maps a chunk of rows, one by one, to rows whose Euclidean
distance has the order of the metric. Graph and placing then need no further code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.rows._rows import dense
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults


class _Fixed:
    """A metric that learns nothing from the rows."""

    has_coordinates: ClassVar[Literal[True]] = True
    keeps_rows: ClassVar[bool] = False
    has_unit_length: ClassVar[bool] = False

    def fit(self, rows: Any) -> Self:
        """Check the rows that are to be fitted; nothing is learned."""
        return self


@dataclass(frozen=True)
class Euclidean(_Fixed):
    """euclidean, l2 and sqeuclidean: the rows as they are, squares have the same order."""

    keeps_rows: ClassVar[bool] = True

    def coordinates(self, rows: Any) -> Any:
        """The rows."""
        return rows


@dataclass(frozen=True)
class UnitLength(_Fixed):
    r"""cosine, and correlation with `centred`: :math:`|a - b|^2 = 2 (1 - \cos(a, b))`.

    Rows of length 0 have no direction. Their cosine distance to every other row is 1, as in
    scikit-learn, so one further column gives them a direction: all of them lie at one place,
    at right angles to all other rows.

    Attributes
    ----------
    centred : bool
        Whether the mean of each row is subtracted first; sparse rows become dense then.
    """

    centred: bool = False
    has_unit_length: ClassVar[bool] = True

    def coordinates(self, rows: Any) -> Any:
        """Rows of length 1, float64, shape (n_rows, n_features + 1); sparse if the rows are."""
        if sparse.issparse(rows) and not self.centred:
            return _sparse_directions(rows)
        x = dense(rows).astype(np.float64)
        is_odd = _has_odd_length(x)
        if is_odd.any():
            x[is_odd] = _scaled(x[is_odd])
        length_before = _lengths(x)
        if self.centred:
            x -= x.mean(axis=1, keepdims=True)
        length = _lengths(x) if self.centred else length_before
        # The mean of equal numbers is rounded: what is left of them is no direction.
        rounding = 8 * np.finfo(np.float64).eps * length_before if self.centred else 0.0
        is_zero = length <= rounding
        directions = np.empty((len(x), x.shape[1] + 1))
        np.divide(x, np.where(is_zero, 1.0, length)[:, None], out=directions[:, :-1])
        directions[is_zero, :-1], directions[:, -1] = 0, is_zero
        return directions


def _lengths(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return lengths


def _has_odd_length(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows have squares that float64 does not hold, or holds with few digits."""
    with np.errstate(over="ignore", under="ignore"):
        length = _lengths(rows)
    is_odd: NDArray[np.bool_] = ~((length > defaults.LEAST_DEVIATION) & (length < np.inf))
    return is_odd


def _scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows over their largest number, so that no square is infinite or lost."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    return rows / np.where(largest > 0, largest, 1.0)


def _sparse_directions(rows: Any) -> sparse.csr_array:
    """The same of sparse rows."""
    rows = sparse.csr_array(rows, dtype=np.float64)
    largest = abs(rows).max(axis=1).toarray().ravel()
    is_zero = largest == 0
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    data = rows.data / np.where(is_zero, 1.0, largest)[row]
    length = np.sqrt(np.bincount(row, data**2, rows.shape[0]))
    data /= length[row] + is_zero[row]
    unit = sparse.csr_array((data, rows.indices, rows.indptr), shape=rows.shape)
    return sparse.hstack([unit, sparse.csr_array(is_zero[:, None] * 1.0)], format="csr")


@dataclass(frozen=True)
class Stretched(_Fixed):
    """seuclidean, and minkowski of p=2 with weights: every column times a factor.

    Attributes
    ----------
    factors : ndarray of shape (n_features,)
    parameter : str
        Where they come from, for an error.
    """

    factors: NDArray[np.float64]
    parameter: str

    def fit(self, rows: Any) -> Self:
        """Check the number of columns."""
        check_width(self.parameter, len(self.factors), rows)
        return self

    def coordinates(self, rows: Any) -> Any:
        """Stretched rows, float64; sparse if the rows are."""
        if sparse.issparse(rows):
            return sparse.csr_array(rows.multiply(self.factors), dtype=np.float64)
        return dense(rows) * self.factors


@dataclass(frozen=True)
class Whitened(_Fixed):
    r"""mahalanobis: :math:`(a - b)^T V^{-1} (a - b)`, rows times a root of :math:`V^{-1}`.

    Attributes
    ----------
    root : ndarray of shape (n_features, rank)
    """

    root: NDArray[np.float64]

    def fit(self, rows: Any) -> Self:
        """Check the number of columns."""
        check_width("VI", len(self.root), rows)
        return self

    def coordinates(self, rows: Any) -> Any:
        """Rows in which all directions count alike, float64, shape (n_rows, rank)."""
        return (rows if sparse.issparse(rows) else dense(rows)) @ self.root


def check_width(parameter: str, n_columns: int, rows: Any) -> None:
    """Raise if a parameter of the metric is for rows of another width."""
    if n_columns != rows.shape[1]:
        raise ValueError(
            f"metric_params: {parameter} is for {n_columns} columns, but X has {rows.shape[1]}"
        )


@dataclass(frozen=True)
class OnSphere(_Fixed):
    """haversine: places on a sphere, whose straight distance grows with that along the ground.

    So nothing is torn at the date line or at a pole.
    """

    def fit(self, rows: Any) -> Self:
        """Check that rows are pairs of latitude and longitude, and seem to be in radians."""
        if rows.shape[1] != 2:
            raise ValueError(
                "metric='haversine' needs two columns, latitude and longitude in radians, but X "
                f"has {rows.shape[1]}"
            )
        latitude, longitude = np.abs(dense(rows[:]).astype(np.float64)).max(axis=0)
        if latitude > math.pi / 2 + 1e-6 or longitude > 2 * math.pi + 1e-6:
            warn_user(
                "metric='haversine' has latitudes beyond a right angle or longitudes beyond a "
                "turn: columns are latitude, then longitude, in radians; pass np.radians(X) if "
                "X is in degrees",
                UserWarning,
            )
        return self

    def coordinates(self, rows: Any) -> Any:
        """Points of the unit sphere, float64, shape (n_rows, 3)."""
        latitude, longitude = dense(rows).astype(np.float64).T
        across = np.cos(latitude)
        return np.stack(
            [across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1
        )


@dataclass(frozen=True)
class Flags(_Fixed):
    """rogerstanimoto and sokalmichener, which have the order of how many flags differ."""

    def coordinates(self, rows: Any) -> Any:
        """1 where a number is not 0, float64; sparse if the rows are."""
        if sparse.issparse(rows):
            return sparse.csr_array(rows != 0, dtype=np.float64)
        return (dense(rows) != 0).astype(np.float64)
