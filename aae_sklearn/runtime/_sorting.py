"""Order of the numbers in a row; on the CPU by numpy, which takes a fraction of torch's time.

numpy sorts integers with the processor's vectors (benchmarks/notes/layout.md). A float32's bits,
read as an integer, have the order of the floats and leave room for the column that it comes from.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_ALL_BUT_SIGN = 0x7FFFFFFF

_COLUMN = 0xFFFFFFFF


def ascending(values: Tensor) -> tuple[Tensor, Tensor]:
    """Each row sorted, and the columns that its values come from; equal ones keep their order.

    Parameters
    ----------
    values : Tensor of shape (n_rows, n_columns)

    Returns
    -------
    ordered, columns : Tensor of shape (n_rows, n_columns)
    """
    if values.device.type != "cpu" or values.dtype != torch.float32:
        return values.sort(dim=1, stable=True)
    packed = _mirrored(values.view(torch.int32)).long() << 32
    packed |= torch.arange(values.shape[1], device=values.device)
    packed.numpy().sort(axis=1)
    return _mirrored((packed >> 32).int()).view(torch.float32), packed & _COLUMN


def in_order(values: Tensor) -> Tensor:
    """Each row sorted; shape (n_rows, n_columns)."""
    if values.device.type != "cpu":
        return values.sort(dim=1).values
    return torch.from_numpy(np.sort(values.numpy(), axis=1))


def picked(values: Tensor, index: Tensor) -> Tensor:
    """values[index], by numpy on a CPU, which takes half of torch's time."""
    if values.device.type != "cpu":
        return values[index]
    return torch.from_numpy(values.numpy().take(index.numpy(), axis=0, mode="clip"))


def _mirrored(bits: Tensor) -> Tensor:
    """Bits of negative numbers, whose order is reversed, turned round; its own inverse."""
    return bits ^ ((bits >> 31) & _ALL_BUT_SIGN)


def group_offsets(found: Tensor, wanted: Tensor, groups: Tensor) -> Tensor:
    """What to add to numbers, shape (n_numbers,), so that each group is sorted by itself.

    Parameters
    ----------
    found, wanted : Tensor of shape (n_lines, n_numbers)
        To be sorted along their lines, with the same group at each place.
    groups : Tensor of int of shape (n_numbers,)
    """
    low, high = torch.minimum(found, wanted).amin(), torch.maximum(found, wanted).amax()
    return groups * (1 + high - low)
