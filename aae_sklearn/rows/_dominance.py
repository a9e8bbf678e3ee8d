"""One column or one row that carries nearly all of the variance decides alone; fit says so."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from aae_sklearn.exceptions import DominatedVarianceWarning
from aae_sklearn.rows._rows import chunk_slices, dense
from aae_sklearn.rows._scaling import ColumnScaling
from aae_sklearn.runtime._names import Names
from aae_sklearn.settings import _defaults as defaults


def warn_of_dominance(rows: Any, scaling: ColumnScaling, kind: str, names: Names) -> None:
    """Warn if one column, scaled, or one row has nearly all of the variance.

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
    column = int(np.argmax(variance))
    share = variance[column] / variance.sum()
    if kind == "common" and len(variance) > 1 and share > defaults.DOMINANT_COLUMN_SHARE:
        warnings.warn(
            f"{names.column(column)} carries {_percent(share)} of the variance of X, so it "
            "decides the codes and the score alone; if some of its cells are fill values, such as "
            "-9999, make them NaN and use missing_values='mask'; if columns have different units, "
            "use feature_scaling='per_feature'",
            DominatedVarianceWarning,
            stacklevel=2,
        )
        return
    row, share = _largest_row(rows, scaling, variance.sum())
    if share > defaults.DOMINANT_ROW_SHARE:
        warnings.warn(
            f"{names.row(row)} carries {_percent(share)} of the variance "
            "of X, so the score is about it alone; drop it, or take logarithms of columns that "
            "span orders of magnitude",
            DominatedVarianceWarning,
            stacklevel=2,
        )


def _largest_row(rows: Any, scaling: ColumnScaling, variance: float) -> tuple[int, float]:
    """The row furthest from the mean, and its share; rows are read only if one may have most."""
    mean, scale = scaling.moments.mean, scaling.standardizer.scale
    furthest = np.maximum(scaling.extremes.high - mean, mean - scaling.extremes.low) / scale
    total = variance * rows.shape[0]
    if np.square(furthest).sum() <= defaults.DOMINANT_ROW_SHARE * total:
        return 0, 0.0
    best, largest = 0, 0.0
    for part in chunk_slices(*rows.shape):
        x = (scaling.standardizer.clip(dense(rows[part])).astype(np.float64) - mean) / scale
        squares = np.einsum("ij,ij->i", x, x)
        i = int(squares.argmax())
        if squares[i] > largest:
            best, largest = part.start + i, float(squares[i])
    return best, largest / total


def _percent(share: float) -> str:
    return f"{min(100 * share, 99.99):.4g} %"
