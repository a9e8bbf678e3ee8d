"""Rows whose missing cells are filled in as they are read, and which cells these were."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.rows._rows import (
    Transformed,
    chunk_slices,
    dense,
    is_mapped,
    is_sparse,
    select_rows,
    take_rows,
)
from aae_sklearn.runtime._tensors import to_array

KnownCells = Callable[[Tensor], Tensor]


class Filled(Transformed):
    """Rows whose missing cells are filled in, at once if they are an array in memory."""

    def __init__(self, rows: Any, function: Callable[[Any], Any]) -> None:
        super().__init__(rows, function)
        in_memory = isinstance(rows, np.ndarray) and not isinstance(rows, np.memmap)
        self._whole = function(rows) if in_memory else None

    def __getitem__(self, part: slice | NDArray[np.int64]) -> Any:
        return super().__getitem__(part) if self._whole is None else self._whole[part]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the rows as they are stored."""
        found: np.dtype[Any] = self.stored.dtype
        return found

    def select(self, index: NDArray[np.int64]) -> Self:
        """Some of the rows, which are not filled in a second time."""
        if self._whole is None:
            return super().select(index)
        chosen = copy(self)
        super(Filled, chosen).__init__(select_rows(self.rows, index), self.function)
        chosen._whole = select_rows(self._whole, index)
        return chosen

    def known(self, part: slice | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which cells of some rows were not missing."""
        is_known: NDArray[np.bool_] = ~np.isnan(dense(take_rows(self.rows, part)))
        return is_known


def known_cells(rows: Any, part: slice) -> NDArray[np.bool_] | None:
    """Which cells of some rows are known; None for all."""
    return rows.known(part) if hasattr(rows, "known") else None


def known_by_index(rows: Any, device: torch.device) -> KnownCells | None:
    """From the numbers of some rows to which of their cells are known; None if all are.

    Of an array in memory all of this is kept, a byte for each cell. Sparse rows and rows in a file
    are read again for each batch, since what they do not hold may not fit into memory.
    """
    if not hasattr(rows, "known"):
        return None
    parts = list(chunk_slices(*rows.shape))
    if all(rows.known(part).all() for part in parts):
        return None
    if is_mapped(rows.rows) or is_sparse(rows.rows):
        return lambda index: torch.from_numpy(_read(rows, index)).to(device)
    cells = torch.from_numpy(np.concatenate([rows.known(part) for part in parts])).to(device)
    return lambda index: cells.index_select(0, index.to(device))


def _read(rows: Filled, index: Tensor) -> NDArray[np.bool_]:
    """Rows are read in the order in which they are stored."""
    stored, place = index.cpu().sort()
    known: NDArray[np.bool_] = rows.known(to_array(stored))[to_array(place.argsort())]
    return known
