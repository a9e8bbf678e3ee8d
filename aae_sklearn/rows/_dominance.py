"""A row or a few columns with nearly all of the variance decide alone; fit says so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.exceptions import DominatedVarianceWarning
from aae_sklearn.rows._rows import chunk_slices, dense
from aae_sklearn.rows._scaling import ColumnScaling
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults


def warn_of_dominance(rows: Any, scaling: ColumnScaling, kind: str, names: Names) -> None:
    """Warn if a row or column, or few of many, scaled, have nearly all of the variance.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    scaling : ColumnScaling
        Of these rows.
    kind : {"common", "per_feature", "none"}
        How columns are scaled.
    names : Names
    """
    variance = scaling.moments.variance / scaling.standardizer.scale**2
    few, share = _largest_columns(variance)
    if kind == "common" and few:
        one = len(few) == 1
        warn_user(
            f"{' and '.join(map(names.column, few))} {'carries' if one else 'carry'} "
            f"{_percent(share)} of the variance of X, so {'it decides' if one else 'they decide'} "
            "the score alone, and the codes unless the metric has no units; if some of these "
            "cells are fill values, such as -9999, make them NaN and use missing_values='mask'; "
            "if columns have different units, use feature_scaling='per_feature'",
            DominatedVarianceWarning,
        )
        return
    far, share = _largest_rows(rows, scaling, variance.sum())
    if share > defaults.DOMINANT_ROW_SHARE:
        first, one = names.row(min(far)), len(far) == 1
        carry = f"{first} carries" if one else f"{len(far)} rows, the first {first}, carry"
        it = "it" if one else "them"
        warn_user(
            f"{carry} {_percent(share)} of the variance of X, so the score is about {it} alone; "
            f"drop {it}, or take logarithms of columns that span orders of magnitude",
            DominatedVarianceWarning,
        )


def _largest_columns(variance: NDArray[np.float64]) -> tuple[list[int], float]:
    """One column, or a tenth of all and three at most, if they have nearly all of the variance.

    There are none if this takes more of them, or there is one column alone. Constant columns do
    not count: next to them alone a column has all of the variance in any unit.
    """
    n_varying = int(np.count_nonzero(variance))
    most = min(defaults.DOMINANT_COLUMNS, max(1, n_varying // 10))
    order = np.argsort(-variance, kind="stable")[:most]
    shares = np.cumsum(variance[order]) / variance.sum()
    is_enough = shares > defaults.DOMINANT_COLUMN_SHARE
    if n_varying == 1 or not is_enough.any():
        return [], 0.0
    count = int(is_enough.argmax()) + 1
    return [int(column) for column in order[:count]], float(shares[count - 1])


def _largest_rows(rows: Any, scaling: ColumnScaling, variance: float) -> tuple[list[int], float]:
    """The fewest rows that have nearly all of the variance, of the furthest from the mean.

    One, or a fiftieth of all and twenty at most. Rows are read only if so many may have as much.
    """
    mean, scale = scaling.moments.mean, scaling.standardizer.scale
    furthest = np.maximum(scaling.extremes.high - mean, mean - scaling.extremes.low) / scale
    most = min(defaults.DOMINANT_ROWS, max(1, rows.shape[0] // 50))
    total = variance * rows.shape[0]
    if most * np.square(furthest).sum() <= defaults.DOMINANT_ROW_SHARE * total:
        return [], 0.0
    squares = np.empty(rows.shape[0])
    for part in chunk_slices(*rows.shape):
        x = (scaling.standardizer.clip(dense(rows[part])).astype(np.float64) - mean) / scale
        squares[part] = np.einsum("ij,ij->i", x, x)
    order = np.argsort(-squares, kind="stable")[:most]
    shares = np.cumsum(squares[order]) / total
    count = min(int((shares <= defaults.DOMINANT_ROW_SHARE).sum()) + 1, most)
    return [int(row) for row in order[:count]], float(shares[count - 1])


def _percent(share: float) -> str:
    return f"{min(100 * share, 99.99):.4g} %"
