"""How unlike the fitted rows a row is: its parts, against those of fitted rows with like codes.

An error of 2 is much among rows that are all alike, and little among rows that differ. So each
part of the score is compared with that of the fitted rows whose codes are nearest, as the local
outlier factor does with densities (Breunig, Kriegel, Ng, Sander, "LOF: identifying density-based
local outliers", SIGMOD 2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from aae_sklearn.rows._rows import chunk_slices, take_rows
from aae_sklearn.settings import _defaults as defaults

if TYPE_CHECKING:
    from aae_sklearn.model._model import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Typical:
    """Parts of the score of some fitted rows.

    Attributes
    ----------
    codes : ndarray of shape (n_rows, n_components)
        In the working space.
    parts : ndarray of shape (n_rows, n_parts)
    """

    codes: Floats
    parts: Floats

    def excess(self, codes: Floats, parts: Floats) -> Floats:
        """Parts of rows less the mean of the fitted rows near them, over what is usual."""
        own = self.parts - self._nearby(self.codes, is_fitted=True)
        spread = np.quantile(own, defaults.USUAL_QUANTILE, axis=0) - np.median(own, axis=0)
        found: Floats = parts - self._nearby(codes) - np.median(own, axis=0)
        return found / np.where(spread > 0, spread, 1.0)

    def _nearby(self, codes: Floats, is_fitted: bool = False) -> Floats:
        n_others = len(self.codes) - is_fitted
        wanted = np.arange(1, min(defaults.TYPICAL_NEIGHBORS, n_others) + 1) + is_fitted
        _, index = KDTree(self.codes).query(codes, wanted)
        mean: Floats = self.parts[index].mean(axis=1)
        return mean


def find_typical(model: Model, rows: Any) -> Typical:
    """What is typical of fitted rows: some, evenly spaced, decide."""
    n_rows = rows.shape[0]
    n_some = min(n_rows, model.features.scored_rows)
    index = np.unique(np.linspace(0, n_rows - 1, n_some).astype(np.int64))
    some = take_rows(rows, index)
    return Typical(model.encode_working(some).astype(np.float64), outlier_parts(model, some))


def outlier_score(model: Model, rows: Any) -> Floats:
    """The mean excess of a row's parts; of a model without references the largest."""
    assert model.typical is not None
    codes = model.encode_working(rows).astype(np.float64)
    excess = model.typical.excess(codes, outlier_parts(model, rows))
    score: Floats = excess.mean(axis=1) if model.has_references else excess.max(axis=1)
    return score


def outlier_parts(model: Model, rows: Any) -> Floats:
    """Logarithms of the error and of the distance to the nearest reference; shape (n_rows, 2).

    Of a model without references the second is minus the log density of the prior, where it has
    one.
    """
    error = np.empty(rows.shape[0])
    scale = model.inputs.standardizer.scale
    for part, errors in model.errors(rows):
        with np.errstate(over="ignore"):
            scaled = np.clip(errors / scale, -defaults.LARGEST_ERROR, defaults.LARGEST_ERROR)
        error[part] = np.log(np.linalg.norm(scaled, axis=1) + defaults.NO_DISTANCE)
    if model.has_references:
        return np.stack([error, _log_distance(model, rows)], axis=1)
    if not model.prior.has_log_prob:
        return error[:, None]
    return np.stack([error, -model.prior.log_prob(model.encode(rows))], axis=1)


def _log_distance(model: Model, rows: Any) -> Floats:
    """Of rows from their nearest references, what is outside of the coordinates included."""
    squared = model.features.squared_distance(rows)
    for part, left_out in _left_out(model, rows):
        squared[part] += left_out
    logarithm: Floats = np.log(squared + defaults.NO_DISTANCE) / 2
    return logarithm


def _left_out(model: Model, rows: Any) -> Iterator[tuple[slice, Floats]]:
    """Squared distances of standardised rows to their principal components."""
    standardizer, rotation = model.inputs.standardizer, model.inputs.rotation
    if rotation.components is None or model.config.features.metric != "euclidean":
        return
    for part in chunk_slices(*rows.shape):
        x = standardizer.standardize(rows[part]).astype(np.float64)
        inside = rotation.inverse(model.inputs.read(rows[part])).cpu().numpy()
        yield part, np.square(x - inside).sum(axis=1)
