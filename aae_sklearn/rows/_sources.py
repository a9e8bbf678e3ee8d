"""Rows to tensors on a device.

Rows that fit are kept on the device, standardised and rotated; others (memory maps,
sparse matrices) are read batch by batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._rows import chunk_slices, dense, is_mapped, is_quick, is_sparse, take_rows
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._tensors import to_array, to_tensor
from aae_sklearn.settings import _defaults as defaults


def input_steps(
    rows: Any, standardizer: Standardizer, rotation: Rotation
) -> tuple[Callable[[Any], NDArray[np.float32]], Callable[[Tensor], Tensor]]:
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
        projected: NDArray[Any] = some.astype(np.float32) @ weights - of_mean
        return projected.astype(np.float32)

    if is_sparse(rows):
        return project, torch.nn.Identity()
    device = rotation.components.device
    return _in_float32, Projection(to_tensor(weights, device), to_tensor(of_mean, device))


def _exceeds_float32(standardizer: Standardizer) -> bool:
    """Whether float32 holds too little of a column's variation, or of its numbers."""
    scale, offset = standardizer.scale, np.abs(standardizer.mean / standardizer.scale)
    smallest, largest = defaults.FLOAT32_SCALES
    return bool(
        offset.max() > defaults.FLOAT32_MAX_OFFSET
        or scale.min() < smallest
        or scale.max() > largest
    )


def _in_float32(some: Any) -> NDArray[np.float32]:
    return dense(some).astype(np.float32, copy=False)


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
        return torch.addmm(self.of_mean, x, self.weights, beta=-1)


class Source(Protocol):
    """Where training takes its batches from."""

    n_rows: int
    n_inputs: int

    def batch(self, index: Tensor) -> Tensor:
        """Inputs of shape (len(index), n_inputs) on the device."""

    def batches(self, indices: Sequence[Tensor]) -> Iterator[Tensor]:
        """The same for one index after another, all of one size."""


class ResidentSource:
    """All rows on the device, standardised and rotated once."""

    def __init__(self, x: Tensor) -> None:
        self.x = x
        self.n_rows, self.n_inputs = x.shape

    def batch(self, index: Tensor) -> Tensor:
        return self.x.index_select(0, index.to(self.x.device))

    def batches(self, indices: Sequence[Tensor]) -> Iterator[Tensor]:
        return map(self.batch, indices)


class StreamedSource:
    """Rows stay where they are; those of a few batches are read, standardised and rotated.

    While these are trained on, a thread reads the next.
    """

    def __init__(
        self,
        rows: Any,
        standardizer: Standardizer,
        rotation: Rotation,
        device: torch.device,
    ) -> None:
        self.rows = rows
        self.device = device
        self._standardize, self._rotate = input_steps(rows, standardizer, rotation)
        self.n_rows: int = rows.shape[0]
        self.n_inputs = rotation.n_outputs(rows.shape[1])

    def batch(self, index: Tensor) -> Tensor:
        return self._inputs(*self._read(index))

    def batches(self, indices: Sequence[Tensor]) -> Iterator[Tensor]:
        size = len(indices[0])
        n_together = max(1, defaults.READ_ELEMENTS // (size * self.rows.shape[1]))
        groups = torch.cat(list(indices)).cpu().split(n_together * size)
        with ThreadPoolExecutor(1) as reader:
            reads = (reader.submit(self._read, group) for group in groups)
            upcoming = next(reads)
            for _ in groups:
                read, upcoming = upcoming.result(), next(reads, upcoming)
                yield from self._inputs(*read).split(size)

    def _read(self, index: Tensor) -> tuple[NDArray[np.float32], Tensor]:
        """Rows in the order in which they are stored, and where each of the index is."""
        stored, place = index.cpu().sort()
        return self._standardize(take_rows(self.rows, to_array(stored))), place.argsort()

    def _inputs(self, read: NDArray[np.float32], place: Tensor) -> Tensor:
        return self._rotate(to_tensor(read, self.device))[place.to(self.device)]


def make_source(
    rows: Any,
    standardizer: Standardizer,
    rotation: Rotation,
    device: torch.device,
    n_passes: int,
) -> Source:
    """Choose how batches are made: from resident inputs where there is memory for them.

    Beside rows in memory they shall be few, and none where these are only read once or twice;
    beside rows in a file they may be more.
    """
    n_rows, n_features = rows.shape
    n_inputs = rotation.n_outputs(n_features)
    most = defaults.RESIDENT_BYTES_OF_MAPS if is_mapped(rows) else defaults.RESIDENT_BYTES
    if n_passes <= defaults.FEW_PASSES and is_quick(rows):
        most = 0
    if device.type == "cpu" and n_rows * n_inputs * 4 > most:
        return StreamedSource(rows, standardizer, rotation, device)
    try:
        return ResidentSource(all_inputs(rows, standardizer, rotation, device))
    except torch.cuda.OutOfMemoryError:
        return StreamedSource(rows, standardizer, rotation, device)


@torch.no_grad()
def all_inputs(
    rows: Any, standardizer: Standardizer, rotation: Rotation, device: torch.device
) -> Tensor:
    """All rows, standardised and rotated chunk by chunk; on the device."""
    n_rows, n_features = rows.shape
    x = torch.empty(n_rows, rotation.n_outputs(n_features), device=device)
    standardize, rotate = input_steps(rows, standardizer, rotation)
    for part in chunk_slices(n_rows, n_features, at_least=defaults.ROTATED_BLOCK_ROWS):
        x[part] = rotate(to_tensor(standardize(rows[part]), device))
    return x


def stacked(parts: Iterable[Tensor], n_rows: int) -> Tensor:
    """Parts one below the other, written down as they come.

    Small parts that are kept while large ones come and go would leave holes in memory.
    """
    parts = iter(parts)
    first, start = next(parts), 0
    whole = first.new_empty(n_rows, *first.shape[1:])
    for part in chain([first], parts):
        whole[start : start + len(part)] = part
        start += len(part)
    return whole
