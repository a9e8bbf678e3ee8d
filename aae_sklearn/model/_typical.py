"""How unlike the fitted rows a row is: its parts, against those of the fitted rows.

An error of 2 is much among rows that are all alike, and little among rows that differ. So each
part of the score is compared with that of the fitted rows whose codes are nearest, as the local
outlier factor does with densities (Breunig, Kriegel, Ng, Sander, "LOF: identifying density-based
local outliers", SIGMOD 2000). What was tried is in benchmarks/notes/outliers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from aae_sklearn.model._excess import Excess, Neighborhood, within_finite
from aae_sklearn.rows._rows import chunk_slices, evenly_spaced, take_rows
from aae_sklearn.runtime._precision import exact_inference
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.runtime._threads import one_thread
from aae_sklearn.settings import _defaults as defaults

if TYPE_CHECKING:
    from aae_sklearn.model._model import Model

Floats = NDArray[np.float64]
ERROR, DISTANCE, DENSITY, LEFT_OUT = "error", "distance", "density", "left out"


@dataclass(frozen=True)
class _Reading:
    """How a part is compared with that of fitted rows.

    Attributes
    ----------
    overall : bool
        Whether with all of them, too, and not only with those near by.
    both_sides : bool
        Whether less than usual is strange as well: a mean of two rows is smoother than any row.
    """

    overall: bool
    both_sides: bool


READINGS: Mapping[str, _Reading] = {
    ERROR: _Reading(overall=False, both_sides=True),
    DISTANCE: _Reading(overall=True, both_sides=False),
    DENSITY: _Reading(overall=False, both_sides=False),
    LEFT_OUT: _Reading(overall=False, both_sides=True),
}


@dataclass(frozen=True)
class Typical:
    """Parts of the score of some fitted rows.

    Attributes
    ----------
    codes : ndarray of shape (n_rows, n_components)
        In the working space.
    names : tuple of str
        Of the parts, keys of `READINGS`.
    parts : ndarray of shape (n_rows, n_parts)
    """

    codes: Floats
    names: tuple[str, ...]
    parts: Floats

    @cached_property
    def _neighborhood(self) -> Neighborhood:
        return Neighborhood(self.codes)

    def score(self, codes: Floats, parts: Floats) -> Floats:
        """0 for usual rows, and 1 is what a tenth of the fitted rows reach.

        It is nearly the largest excess where one is large, and a mean where none is.
        """
        own, found = self._excesses(codes, parts)
        own, found = (logsumexp(e, axis=1) for e in (own, found))
        middle = np.median(own)
        unit = np.quantile(own, defaults.USUAL_QUANTILE) - middle
        score: Floats = (found - middle) / (unit if unit > 0 else 1.0)
        return score

    def _excesses(self, codes: Floats, parts: Floats) -> tuple[Floats, Floats]:
        """Of the fitted rows and of others, shape (n_rows, n_excesses)."""
        nearby = self._neighborhood.excess(codes)
        own, found = [], []
        for name, *pair in zip(self.names, self.parts.T, parts.T, strict=True):
            if not np.isfinite(pair[0]).any():  # no fitted row has a density
                continue
            reading, (fitted, new) = READINGS[name], within_finite(*pair)
            kinds = [nearby, Excess.overall()] if reading.overall else [nearby]
            for kind in kinds:
                of_fitted, of_new = kind.of(fitted, new, reading.both_sides)
                own.append(of_fitted)
                found.append(of_new)
        return np.stack(own, axis=1), np.stack(found, axis=1)


def find_typical(model: Model, rows: Any, are_references: bool = True) -> Typical:
    """What is typical of fitted rows: some, evenly spaced, decide.

    Where the rows are the references, none is compared with itself.
    """
    n_rows = rows.shape[0]
    index = evenly_spaced(n_rows, model.features.scored_rows)
    some = take_rows(rows, index)
    working = model.encode_working(some)
    codes = model.reported(working)
    parts = {ERROR: _log_error(model, some, codes)}
    left_out, inside = _left_out(model, some)
    if np.median(left_out) > defaults.LEAST_LEFT_OUT * np.median(left_out + inside):
        # Fitted rows are nearer to components that were fitted to them than new rows are.
        parts[LEFT_OUT] = _log_root(left_out) - np.log1p(-_leverage(model, some, n_rows))
    parts |= _of_place(model, some, codes, own=index if are_references else None)
    columns = np.stack(list(parts.values()), axis=1)
    return Typical(working.astype(np.float64), tuple(parts), columns)


def outlier_score(model: Model, rows: Any) -> Floats:
    """Of rows, by the parts that the fitted ones have."""
    assert model.typical is not None
    with one_thread(), exact_inference(model.device):
        working = model.encode_working(rows)
        codes = model.reported(working)
        parts = {ERROR: _log_error(model, rows, codes), **_of_place(model, rows, codes)}
        if LEFT_OUT in model.typical.names:
            parts[LEFT_OUT] = _log_root(_left_out(model, rows)[0])
    columns = [parts[name] for name in model.typical.names]
    return model.typical.score(working.astype(np.float64), np.stack(columns, axis=1))


def _log_error(model: Model, rows: Any, codes: Floats) -> Floats:
    """Logarithms of the errors of standardised rows."""
    error = np.empty(rows.shape[0])
    scale = model.inputs.standardizer.scale
    for part, errors in model.errors(rows, codes):
        with np.errstate(over="ignore"):
            errors /= scale
        np.clip(errors, -defaults.LARGEST_ERROR, defaults.LARGEST_ERROR, out=errors)
        squared = np.einsum("ij,ij->i", errors, errors)
        error[part] = np.log(np.sqrt(squared) + defaults.NO_DISTANCE)
    return error


def _of_place(
    model: Model, rows: Any, codes: Floats, own: NDArray[np.int64] | None = None
) -> dict[str, Floats]:
    """How far rows are from their nearest references, or how unlikely their codes are, if known.

    Of fitted rows `own` says which references are theirs and do not count.
    """
    if model.has_references:
        return {DISTANCE: _log_root(model.features.squared_distance(rows, own))}
    if not model.prior.has_log_prob:
        return {}
    return {DENSITY: -model.prior.log_prob(codes)}


def _log_root(squared: Floats) -> Floats:
    logarithm: Floats = np.log(squared + defaults.NO_DISTANCE) / 2
    return logarithm


def _left_out(model: Model, rows: Any) -> tuple[Floats, Floats]:
    """Squared lengths of standardised rows outside of their principal components and inside."""
    left_out, held = np.zeros(rows.shape[0]), np.ones(rows.shape[0])
    for part, x, inside in _projected(model, rows):
        left_out[part] = np.square(x - inside).sum(axis=1)
        held[part] = np.square(inside).sum(axis=1)
    return left_out, held


def _projected(model: Model, rows: Any) -> Iterator[tuple[slice, Floats, Floats]]:
    standardizer, rotation = model.inputs.standardizer, model.inputs.rotation
    if rotation.components is None:
        return
    for part in chunk_slices(*rows.shape):
        x = standardizer.standardize(rows[part]).astype(np.float64)
        inside = to_array(rotation.inverse(model.inputs.read(rows[part])))
        yield part, x, inside.astype(np.float64)


def _leverage(model: Model, rows: Any, n_rows: int) -> Floats:
    """How much fitted rows decide where the components lie that they are compared with."""
    x = to_array(model.inputs.read_all(rows)).astype(np.float64)
    variance = np.maximum(x.var(axis=0), defaults.SMALLEST_VARIANCE)
    n_fitted = min(n_rows, defaults.PCA_MAX_ROWS)
    leverage: Floats = (1 + np.square(x - x.mean(axis=0)) @ (1 / variance)) / n_fitted
    return np.minimum(leverage, defaults.MOST_LEVERAGE)
