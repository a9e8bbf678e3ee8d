"""Rows to tensors on a device, and back: the only crossing between numpy and torch.

Rows that fit are kept on the device, standardised and rotated; others (memory maps,
sparse matrices) are read batch by batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from aae_sklearn._preprocessing import Standardizer, chunk_slices

_RESIDENT_BYTES_OF_STREAMS = 2**29


def to_tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """An array as a float32 tensor on the device."""
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).to(device)


def to_array(tensor: Tensor) -> NDArray[Any]:
    """A tensor as an array."""
    array: NDArray[Any] = tensor.detach().cpu().numpy()
    return array


class Source(Protocol):
    """Where training takes its batches from."""

    n_rows: int

    def batch(self, index: Tensor) -> Tensor:
        """Inputs of shape (len(index), n_inputs) on the device."""


class ResidentSource:
    """All rows on the device, standardised and rotated once."""

    def __init__(self, x: Tensor) -> None:
        self.x = x
        self.n_rows = len(x)

    def batch(self, index: Tensor) -> Tensor:
        return self.x[index]


class StreamedSource:
    """Rows stay where they are; each batch is read, standardised and rotated."""

    def __init__(
        self,
        rows: Any,
        standardizer: Standardizer,
        rotate: Callable[[Tensor], Tensor],
        device: torch.device,
    ) -> None:
        self.rows = rows
        self.standardizer = standardizer
        self.rotate = rotate
        self.device = device
        self.n_rows: int = rows.shape[0]

    def batch(self, index: Tensor) -> Tensor:
        order = np.argsort(chosen := to_array(index))
        x = np.empty((len(chosen), self.rows.shape[1]), dtype=np.float32)
        x[order] = self.standardizer.standardize(self.rows[chosen[order]])
        return self.rotate(to_tensor(x, self.device))


def make_source(
    rows: Any,
    standardizer: Standardizer,
    rotate: Callable[[Tensor], Tensor],
    n_inputs: int,
    device: torch.device,
) -> ResidentSource | StreamedSource:
    """Choose how batches are made: resident where that costs no more than the rows do."""
    n_rows, n_features = rows.shape
    streams = sparse.issparse(rows) or isinstance(rows, np.memmap)
    if streams and n_rows * n_inputs * 4 > _RESIDENT_BYTES_OF_STREAMS:
        return StreamedSource(rows, standardizer, rotate, device)
    x = torch.empty(n_rows, n_inputs, device=device)
    for part in chunk_slices(n_rows, n_features):
        x[part] = rotate(to_tensor(standardizer.standardize(rows[part]), device))
    return ResidentSource(x)
