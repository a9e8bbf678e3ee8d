"""What networks read and write of a row.

A row is standardised, and rotated to its leading principal components. The decoder writes these
*inputs*; the encoder reads them or other *features* of the row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aae_sklearn.rows._bounds import Bounds
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._rows import chunk_slices, dense, is_sparse
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._chunks import chunk_rows, in_equal_chunks
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._products import product
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import aligned_memory, to_array, to_tensor
from aae_sklearn.settings import _defaults as defaults

_ENDS = ("low", "high")

Reader = Callable[[Any], Tensor]
_Steps = tuple[Callable[[Any], NDArray[np.float32]], Callable[[Tensor], Tensor]]


class Features(nn.Module, ABC):
    """What the encoder network reads of a row."""

    @abstractmethod
    def reader(self) -> Reader:
        """A function that gives features, on the device, of some rows.

        What it gives for a row does not depend, to the bit, on the rows around it.
        """

    @abstractmethod
    def fitted_again(
        self, rows: Any, inputs: Inputs, config: Any, prior: Any, run: Run
    ) -> Features:
        """Features for a fit that goes on from a model that has these."""

    @property
    def reads_in_threads(self) -> bool:
        """Whether several threads may read rows; a user's function may keep something."""
        return True

    @property
    def scored_rows(self) -> int:
        """Fitted rows that say which outlier scores are usual."""
        return defaults.TYPICAL_SCORED_ROWS

    def squared_distance(
        self, rows: Any, own: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Of rows from the nearest references, in units of standardised rows.

        With `own`, numbers of references, from the nearest that is not a row's own.
        """
        raise NotImplementedError("these features have no references")

    @abstractmethod
    def block_rows(self, device: torch.device) -> int:
        """How many rows are best read at a time."""

    @abstractmethod
    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        """These features as JSON; arrays are kept under names that begin so."""


class Inputs(Features):
    """Standardised rows, rotated to principal components: the features of the paper's model.

    Parameters
    ----------
    standardizer : Standardizer
    rotation : Rotation
    """

    def __init__(self, standardizer: Standardizer, rotation: Rotation) -> None:
        super().__init__()
        self.standardizer = standardizer
        self.rotation = rotation
        self._steps: dict[bool, _Steps] = {}  # for sparse rows and for others, once asked for

    def reader(self) -> Reader:
        return self.read

    def read(self, some: Any) -> Tensor:
        """Inputs of some rows."""
        sparse = is_sparse(some)
        if sparse not in self._steps:  # to find them out takes longer than to read a row
            self._steps[sparse] = input_steps(sparse, self.standardizer, self.rotation)
        standardize, rotate = self._steps[sparse]
        return in_equal_chunks(rotate, to_tensor(standardize(some), self.rotation.device))

    def fitted_again(self, rows: Any, inputs: Inputs, config: Any, prior: Any, run: Run) -> Inputs:
        return self

    def block_rows(self, device: torch.device) -> int:
        """On a CPU whole chunks: to begin a block takes as long as a tenth of a chunk's work."""
        size = chunk_rows(device)
        most = defaults.ENCODED_BLOCK_ELEMENTS // (size * len(self.standardizer.mean))
        on_cpu = device.type == "cpu"
        return size * max(1, min(most, defaults.ENCODED_BLOCK_CHUNKS)) if on_cpu else size

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        components = self.rotation.components
        packer.array(f"{name}.mean", self.standardizer.mean)
        packer.array(f"{name}.scale", self.standardizer.scale)
        if components is not None:
            packer.array(f"{name}.components", components)
        bounds = self.standardizer.bounds
        if bounds is not None:
            packer.array(f"{name}.low", bounds.low)
            packer.array(f"{name}.high", bounds.high)
        return {
            "bounded": bounds is not None,
            "per_feature": np.ndim(self.standardizer.scale) > 0,
            "rotates": components is not None,
            "gain": self.rotation.gain,
        }

    @classmethod
    def unpack(
        cls,
        packed: dict[str, Any],
        unpacker: Unpacker,
        name: str,
        n_features: int,
        n_inputs: int | None,
    ) -> Inputs:
        """The inverse of `pack`; an error if rows or inputs have another width."""
        mean = unpacker.array(f"{name}.mean", (n_features,), "f8")
        shape = (n_features,) if packed["per_feature"] else ()
        scale, bounds = unpacker.array(f"{name}.scale", shape, "f8"), None
        if packed.get("bounded", False):  # the first files have none
            low, high = (unpacker.array(f"{name}.{end}", mean.shape, "f8") for end in _ENDS)
            bounds = Bounds(low, high)
        standardizer = Standardizer(mean, scale, bounds)
        components = None
        if packed["rotates"]:
            components = unpacker.tensor(f"{name}.components", (n_inputs, n_features))
        rotation = Rotation(components)
        rotation.gain = float(packed["gain"])
        if n_inputs not in (None, rotation.n_outputs(n_features)):
            raise ValueError(f"{name} are {n_features} numbers wide, and not {n_inputs}")
        return cls(standardizer, rotation)

    @torch.no_grad()
    def read_all(self, rows: Any) -> Tensor:
        """Inputs of all rows, chunk by chunk; shape (n_rows, n_inputs)."""
        n_rows, n_features = rows.shape
        x = torch.empty(n_rows, self.rotation.n_outputs(n_features), device=self.rotation.device)
        for part in chunk_slices(n_rows, n_features, at_least=defaults.CHUNK_ROWS):
            x[part] = self.read(rows[part])
        return x

    def _apply(self, fn: Any, recurse: bool = True) -> Inputs:
        """Move to another device, by torch's hook; what was found out is of the old one."""
        self._steps = {}
        moved: Inputs = super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return moved

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_steps": {}}

    def restore(self, x: Tensor) -> NDArray[np.float64]:
        """Inputs as rows in the user's unit."""
        return self.standardizer.restore(to_array(self.rotation.inverse(x)))


def input_steps(sparse: bool, standardizer: Standardizer, rotation: Rotation) -> _Steps:
    """How rows become inputs: what numpy does with some of them, and torch with what comes of it.

    To standardise and to rotate is one product, less what the mean row gives. Most of a sparse
    row is 0, so there scipy sums over the rest. In float32 this loses a column that varies little
    around a large mean: rows that have one are standardised by themselves, in float64.
    """
    if rotation.components is None or _exceeds_float32(standardizer):
        return standardizer.standardize, rotation
    scaled = rotation.gain * to_array(rotation.components).astype(np.float64)
    of_mean = scaled @ (standardizer.mean / standardizer.scale)
    weights = np.ascontiguousarray((scaled / standardizer.scale).T, dtype=np.float32)

    def project(some: Any) -> NDArray[np.float32]:
        projected: NDArray[Any] = standardizer.clip(some).astype(np.float32) @ weights - of_mean
        return projected.astype(np.float32)

    if sparse:
        return project, torch.nn.Identity()
    device = rotation.device

    def in_float32(some: Any) -> NDArray[np.float32]:
        clipped: NDArray[Any] = standardizer.clip(dense(some))
        if clipped.dtype == np.float32:
            return clipped
        cast = aligned_memory(clipped.shape)
        cast[...] = clipped
        return cast

    return in_float32, Projection(to_tensor(weights, device), to_tensor(of_mean, device))


def _exceeds_float32(standardizer: Standardizer) -> bool:
    """Whether float32 holds too little of a column's variation, or of its numbers."""
    scale, offset = standardizer.scale, np.abs(standardizer.mean / standardizer.scale)
    smallest, largest = defaults.FLOAT32_SCALES
    return bool(
        offset.max() > defaults.FLOAT32_MAX_OFFSET
        or scale.min() < smallest
        or scale.max() > largest
    )


@dataclass(frozen=True)
class Projection:
    """Rows to inputs by one product.

    Attributes
    ----------
    weights : Tensor of shape (n_features, n_inputs)
    of_mean : Tensor of shape (n_inputs,)
        What the product gives for the mean row, whose inputs are 0.
    """

    weights: Tensor
    of_mean: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return product(x, self.weights, -self.of_mean)
