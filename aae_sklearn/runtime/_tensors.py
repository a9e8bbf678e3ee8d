"""Arrays to tensors and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """An array as a float32 tensor on the device; it may share the array's memory."""
    return from_array(np.ascontiguousarray(array, dtype=np.float32)).to(device)


def from_array(array: NDArray[Any]) -> Tensor:
    """An array as a tensor of its type; they share memory, unless the array is read-only."""
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def to_array(tensor: Tensor) -> NDArray[Any]:
    """A tensor as an array."""
    array: NDArray[Any] = tensor.detach().cpu().numpy()
    return array


def aligned_memory(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An array at an address that `_products` takes as it is; numpy's own would be copied."""
    n_numbers = math.prod(shape)
    memory = np.empty(n_numbers + 16, dtype=np.float32)
    first = -memory.ctypes.data // memory.itemsize % 16
    return memory[first : first + n_numbers].reshape(shape)
