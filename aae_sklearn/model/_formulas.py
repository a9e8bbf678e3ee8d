"""What surrounds the networks of a model, as formulas for an `Algebra`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.rows._bounds import Bounds
from aae_sklearn.rows._inputs import Inputs, Projection, input_steps
from aae_sklearn.runtime._algebra import Algebra, subtract
from aae_sklearn.runtime._tensors import to_array

_RANGE_OF_FLOAT32 = np.finfo(np.float32).min, np.finfo(np.float32).max


@dataclass(frozen=True)
class Reading:
    """Rows to inputs: what `Inputs.read` does, with the numbers that it does it with.

    Attributes
    ----------
    bounds : Bounds or None
        Between which cells are read.
    mean, factor : ndarray of shape (n_features,) or None
        Where rows are standardised by themselves: what is subtracted and multiplied by then.
    weights : ndarray of shape (n_features, n_inputs) or None
    offset : ndarray of shape (n_inputs,) or None
    """

    bounds: Bounds | None
    mean: NDArray[np.float64] | None
    factor: NDArray[np.float64] | None
    weights: NDArray[np.float32] | None
    offset: NDArray[np.float32] | None

    @classmethod
    def of(cls, inputs: Inputs) -> Reading:
        """That of a model's inputs."""
        standardizer, rotation = inputs.standardizer, inputs.rotation
        _, rotate = input_steps(False, standardizer, rotation)
        if isinstance(rotate, Projection):
            numbers = to_array(rotate.weights), -to_array(rotate.of_mean)
            return cls(standardizer.bounds, None, None, *numbers)
        weights = None
        if rotation.components is not None:
            weights = np.float32(rotation.gain) * to_array(rotation.components).T
        factor = _in_float32(np.asarray(1 / standardizer.scale))
        return cls(standardizer.bounds, standardizer.mean, factor, weights, None)

    def __call__(self, m: Algebra, rows: Any) -> Any:
        x = rows
        if self.bounds is not None:
            ends = (self.bounds.low, self.bounds.high)
            low, high = (m.constant(end.clip(*_RANGE_OF_FLOAT32)) for end in ends)
            x = m.where(x < low, low, m.where(x > high, high, x))
        if self.mean is not None and self.factor is not None:
            x = subtract(m, x, self.mean) * m.constant(self.factor)
        return x if self.weights is None else m.linear(x, self.weights, self.offset)


@dataclass(frozen=True)
class Restoring:
    """Inputs to rows: what `Inputs.restore` does.

    Attributes
    ----------
    weights : ndarray of shape (n_inputs, n_features) or None
        Back from principal components, in the unit of the rows.
    scale, mean : ndarray of shape (n_features,)
    """

    weights: NDArray[np.float64] | None
    scale: NDArray[np.float64]
    mean: NDArray[np.float64]

    @classmethod
    def of(cls, inputs: Inputs) -> Restoring:
        """That of a model's inputs."""
        standardizer, rotation = inputs.standardizer, inputs.rotation
        scale, weights = _in_float32(np.asarray(standardizer.scale)), None
        if rotation.components is not None:
            components = to_array(rotation.components).astype(np.float64)
            weights = components / rotation.gain * scale
        return cls(weights, scale, standardizer.mean)

    def __call__(self, m: Algebra, x: Any) -> Any:
        if self.weights is None:
            return x * m.constant(self.scale) + m.constant(self.mean)
        return m.linear(x, self.weights, self.mean)


def _in_float32(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers, if float32 holds them."""
    rounded = np.asarray(numbers).astype(np.float32)
    if not (np.isfinite(rounded) & (rounded > 0)).all():
        raise NotExportableError(
            "a column of X varies by more or less than float32 holds; scale X before the fit"
        )
    return numbers
