"""Coordinates in which distances between rows are taken.

Most rows are well described by a few principal components. Rows of unit length need not be: of
text under the cosine distance 50 components hold a quarter of a row's squared length. There the
projections are brought to unit length once more, so that rows are compared by direction in the
plane as they were outside of it (benchmarks/notes/metrics.md, "Text: how many coordinates").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.extmath import row_norms
from torch import Tensor, nn

from aae_sklearn.layout._graph import coordinate_weights
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation, fit_rotation
from aae_sklearn.rows._rows import chunk_slices, dense, take_rows
from aae_sklearn.rows._scaling import Standardizer, fit_standardizer
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults

AT_ONE_PLACE = (
    "under this metric all rows are at one place, so there is nothing to lay out; use another "
    "metric, or rows that differ by it"
)


class Coordinates(Protocol):
    """Rows to vectors whose Euclidean distance counts; a module."""

    inputs: Inputs

    @property
    def gain(self) -> float:
        """Factor of distances, compared with those of standardised rows."""

    def read(self, some: Any) -> Tensor:
        """Coordinates of some rows."""

    def read_all(self, rows: Any) -> Tensor:
        """The same of all rows, chunk by chunk."""

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        """These coordinates as JSON; arrays are kept under names that begin so."""


class Components(nn.Module):
    """Weighted principal components.

    Parameters
    ----------
    inputs : Inputs
    """

    def __init__(self, inputs: Inputs) -> None:
        super().__init__()
        self.inputs = inputs

    @property
    def gain(self) -> float:
        """Of the components."""
        return self.inputs.rotation.gain

    def read(self, some: Any) -> Tensor:
        """Coordinates of some rows."""
        return self.inputs.read(some)

    def read_all(self, rows: Any) -> Tensor:
        """The same of all rows, chunk by chunk."""
        return self.inputs.read_all(rows)

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        return self.inputs.pack(packer, name)


class Directions(nn.Module):
    """Directions of rows within a plane: projections of length 1.

    Parameters
    ----------
    inputs : Inputs
        Projects rows, not centred.
    weights : Tensor of shape (n_coordinates,)
        Of the coordinates of a direction.
    gain : float
        Factor of distances, compared with those of standardised rows.
    """

    weights: Tensor

    def __init__(self, inputs: Inputs, weights: Tensor, gain: float) -> None:
        super().__init__()
        self.inputs = inputs
        self.gain = gain
        self.register_buffer("weights", weights)

    def read(self, some: Any) -> Tensor:
        """Coordinates of some rows."""
        return self._turned(self.inputs.read(some))

    def read_all(self, rows: Any) -> Tensor:
        """The same of all rows, chunk by chunk."""
        return self._turned(self.inputs.read_all(rows))

    def _turned(self, x: Tensor) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
        turned: Tensor = x / length.clamp(min=defaults.NO_DISTANCE) * self.weights
        return turned

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        packer.array(f"{name}.weights", self.weights)
        return {**self.inputs.pack(packer, name), "kind": "directions", "unit": self.gain}


def unpack_coordinates(
    packed: dict[str, Any], unpacker: Unpacker, name: str, n_read: int
) -> Components | Directions:
    """The inverse of `Coordinates.pack`."""
    inputs = Inputs.unpack(packed, unpacker, name, n_read, None)
    if packed.get("kind") != "directions":  # the first files have no kind
        return Components(inputs)
    weights = unpacker.tensor(f"{name}.weights", (inputs.rotation.n_outputs(n_read),))
    return Directions(inputs, weights, float(packed["unit"]))


def fit_row_coordinates(
    rows: Any, standardizer: Standardizer, components: Callable[[], Inputs], run: Run
) -> tuple[Components | Directions, Tensor]:
    """Coordinates for the Euclidean distance of rows as they are, and those of all rows.

    Rows of unit length, as `TfidfVectorizer` makes them, have the same neighbours under the
    Euclidean distance as under the cosine distance. So they have the same coordinates as well
    where few components hold little of them.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    standardizer : Standardizer
        Of the rows.
    components : callable
        Makes their leading principal components.
    run : Run
    """
    # Columns in units of their own have other lengths, and without a mean there is none to keep.
    has_one_unit = standardizer.scale.ndim == 0 and standardizer.mean.any()
    if has_one_unit and rows.shape[1] > defaults.COORDINATES_MAX and _have_unit_length(rows):
        directions = _leading_directions(rows, standardizer, defaults.FLAT_COORDINATES, run)
        if _is_flat(rows, directions, standardizer):
            return _directions(rows, directions, standardizer, run)
    return weighted_components(rows, components())


def _have_unit_length(rows: Any) -> bool:
    """Whether all rows have length 1, but for some that are 0."""
    parts = (rows[part].astype(np.float64) for part in chunk_slices(*rows.shape))
    lengths = map(row_norms, parts)
    return all((np.minimum(n, abs(n - 1)) < defaults.UNIT_ROUNDING).all() for n in lengths)


def fit_coordinates(
    rows: Any, is_direction: bool, run: Run
) -> tuple[Components | Directions, Tensor]:
    """Coordinates for what a metric makes of the rows, and those of all rows.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    is_direction : bool
        Whether rows have unit length.
    run : Run
    """
    _check_that_rows_differ(rows)
    standardizer = fit_standardizer(rows, "common", run.names.without_columns()).standardizer
    most = defaults.FLAT_COORDINATES if is_direction else defaults.COORDINATES_MAX
    directions = _leading_directions(rows, standardizer, most, run)
    if is_direction and _is_flat(rows, directions, standardizer):
        return _directions(rows, directions, standardizer, run)
    rotation = Rotation(to_tensor(directions[: defaults.COORDINATES_MAX], run.device))
    return weighted_components(rows, Inputs(standardizer, rotation))


def _leading_directions(
    rows: Any, standardizer: Standardizer, most: int, run: Run
) -> NDArray[np.float32]:
    n_directions = min(most, rows.shape[1], rows.shape[0] - 1)
    return fit_rotation(rows, standardizer, n_directions, run.randomness.numpy)


def _is_flat(rows: Any, directions: NDArray[np.float32], standardizer: Standardizer) -> bool:
    """Whether few components hold little of rows of unit length."""
    leading = directions[: defaults.COORDINATES_MAX]
    return held_share(rows, leading, standardizer) < defaults.FLAT_SHARE


def _check_that_rows_differ(rows: Any) -> None:
    """Raise if the metric makes one and the same of all rows."""
    first = dense(rows[:1])
    for part in chunk_slices(*rows.shape):
        if not np.allclose(dense(rows[part]), first, rtol=1e-9, atol=0):
            return
    raise ValueError(AT_ONE_PLACE)


def weighted_components(rows: Any, inputs: Inputs) -> tuple[Components | Directions, Tensor]:
    """Components of which those that are noise count less, and those of all rows."""
    x = inputs.read_all(rows)
    weights = coordinate_weights(x)
    rotation = Rotation(weights.diag()).after(inputs.rotation)
    return Components(Inputs(inputs.standardizer, rotation)), x.mul_(weights)


def held_share(rows: Any, directions: NDArray[np.float32], standardizer: Standardizer) -> float:
    """Share of a row's squared length in some directions and the mean; the median of rows."""
    index = np.arange(0, rows.shape[0], -(-rows.shape[0] // defaults.JUDGED_ROWS))
    some = standardizer.clip(take_rows(rows, index))
    projected = np.asarray(some @ _with_mean(directions, standardizer.mean).T)
    return float(np.median(np.square(projected).sum(axis=1)))


def _with_mean(directions: NDArray[np.float32], mean: NDArray[np.float64]) -> NDArray[np.float32]:
    """Directions, and that of the part of the mean row which lies outside of them."""
    outside = mean - (directions @ mean) @ directions
    length = np.linalg.norm(outside)
    if length <= defaults.LEAST_MEAN_LENGTH:
        return directions
    return np.concatenate([directions, (outside / length)[None]]).astype(np.float32)


def _directions(
    rows: Any, directions: NDArray[np.float32], standardizer: Standardizer, run: Run
) -> tuple[Directions, Tensor]:
    plane = _with_mean(directions, standardizer.mean)
    rotation = Rotation(to_tensor(plane, run.device))
    as_they_are = replace(standardizer, mean=np.zeros_like(standardizer.mean), scale=np.ones(()))
    inputs = Inputs(as_they_are, rotation)
    ones = torch.ones(len(plane), device=run.device)
    unit = float(standardizer.scale)
    x = Directions(inputs, ones, unit).read_all(rows)
    weights = coordinate_weights(x)
    return Directions(inputs, weights, unit), x.mul_(weights)
