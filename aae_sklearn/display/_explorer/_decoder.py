"""How the page decodes a code: as the estimator does, or between decoded codes of a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from aae_sklearn.display._arrays import FloatArray, as_matrix, decode, last_step
from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.model._program import Limits, Program, grid_codes

MAX_PROBED = 1_000  # columns of a map that is found by decoding unit vectors
ROUNDING = 1e-4  # of an affine map, in units of its largest change
GRID_NUMBERS = 3_000_000  # of an interpolated grid
GRID_SIDES = (8, 96)  # fewest and most points along an axis

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Decoder:
    """What decodes a code.

    Attributes
    ----------
    program : Program
    is_exact : bool
        Whether it decodes as the estimator does, but for rounding.
    """

    program: Program
    is_exact: bool


def find_decoder(estimator: Any, limits: Limits, n_features: int) -> Decoder:
    """The estimator's own instructions, or those of an affine map, or a grid."""
    program = _own_program(estimator, limits) or _affine_program(estimator, len(limits))
    if program is not None:
        return Decoder(program, True)
    return Decoder(_grid_program(estimator, limits, n_features), False)


def _own_program(estimator: Any, limits: Limits) -> Program | None:
    """Instructions that the last step writes, and what earlier steps do to its rows."""
    write = getattr(last_step(estimator), "_decoder_program", None)
    if write is None:
        return None
    try:
        program: Program = write(limits)
    except NotExportableError:
        return None
    if not isinstance(estimator, Pipeline) or len(estimator) == 1:
        return program
    width = int(last_step(estimator).n_features_in_)
    return program if _append_affine(program, _before(estimator), width) else None


def _before(estimator: Pipeline) -> Function:
    steps = estimator[:-1]
    return lambda rows: as_matrix(steps.inverse_transform(rows), "the output of inverse_transform")


def _append_affine(program: Program, function: Function, width: int) -> bool:
    """Write a function of rows down, if it is affine."""
    found = find_affine(function, width)
    if found is None:
        return False
    weights, offset = found
    if weights.ndim == 1:
        program.result * program.constant(weights) + program.constant(offset)
    else:
        program.linear(program.result, weights, offset)
    return True


def _affine_program(estimator: Any, width: int) -> Program | None:
    program = Program()
    found = find_affine(lambda codes: decode(estimator, codes), width)
    if found is None:
        return None
    weights, offset = found
    program.linear(program.code, np.diag(weights) if weights.ndim == 1 else weights, offset)
    return program


def find_affine(function: Function, width: int) -> tuple[FloatArray, FloatArray] | None:
    """Weights (a factor per column, or a matrix) and offset of a function that is affine."""
    probes = np.vstack([np.zeros((1, width)), np.random.RandomState(0).normal(size=(4, width))])
    results = function(probes)
    offset = results[0]
    room = ROUNDING * (np.abs(results - offset).max() + np.finfo(float).tiny)

    def agrees(weights: FloatArray) -> bool:
        moved = probes * weights if weights.ndim == 1 else probes @ weights
        return bool(np.abs(moved + offset - results).max() <= room)

    if len(offset) == width:
        factors: FloatArray = function(np.ones((1, width)))[0] - offset
        if agrees(factors):
            return factors, offset
    if width > MAX_PROBED:
        return None
    matrix: FloatArray = function(np.eye(width)) - offset
    return (matrix, offset) if agrees(matrix) else None


def _grid_program(estimator: Any, limits: Limits, n_features: int) -> Program:
    width = len(limits)
    least, most = GRID_SIDES
    side = int(np.clip((GRID_NUMBERS / n_features) ** (1 / width), least, most))
    rows = decode(estimator, grid_codes(limits, side))
    program = Program()
    program.interpolate(program.code, rows.reshape(*(side,) * width, -1), limits)
    return program
