"""Where training takes its batches from.

Rows that fit are kept on the device, standardised and rotated; others (memory maps,
sparse matrices) are read batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rows import is_mapped, is_quick, take_rows
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.runtime._threads import thread_of_its_own
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults


class Source(Protocol):
    """Where training takes its batches from."""

    n_rows: int

    def batch(self, index: Tensor) -> Tensor:
        """Inputs of shape (len(index), n_inputs) on the device."""

    def batches(self, indices: Sequence[Tensor]) -> Iterator[Tensor]:
        """The same for one index after another, all of one size."""


class ResidentSource:
    """All rows on the device, standardised and rotated once."""

    def __init__(self, x: Tensor) -> None:
        self.x = x
        self.n_rows = len(x)

    def batch(self, index: Tensor) -> Tensor:
        return self.x.index_select(0, index.to(self.x.device))

    def batches(self, indices: Sequence[Tensor]) -> Iterator[Tensor]:
        return map(self.batch, indices)


class StreamedSource:
    """Rows stay where they are; those of a few batches are read, standardised and rotated.

    While these are trained on, a thread reads the next.
    """

    def __init__(self, rows: Any, inputs: Inputs) -> None:
        self.rows = rows
        self.n_rows: int = rows.shape[0]
        self._read = inputs.reader()

    def batch(self, index: Tensor) -> Tensor:
        return self._inputs(index.cpu())

    def batches(self, indices: Sequence[Tensor]) -> Iterator[Tensor]:
        size = len(indices[0])
        n_together = max(1, defaults.READ_ELEMENTS // (size * self.rows.shape[1]))
        # On the CPU at once: from a GPU each group would wait for the steps before it.
        groups = torch.cat(list(indices)).cpu().split(n_together * size)
        with thread_of_its_own() as reader:
            reads = (reader.submit(self._inputs, group) for group in groups)
            upcoming = next(reads)
            for _ in groups:
                read, upcoming = upcoming.result(), next(reads, upcoming)
                yield from read.split(size)

    @torch.no_grad()
    def _inputs(self, index: Tensor) -> Tensor:
        """Of an index on the CPU; rows are read in the order in which they are stored."""
        stored, place = index.sort()
        x = self._read(take_rows(self.rows, to_array(stored)))
        return x[place.argsort().to(x.device)]


def make_source(rows: Any, inputs: Inputs, n_passes: int) -> Source:
    """Choose how batches are made: from resident inputs where there is memory for them.

    Where rows are in memory, few inputs are resident, and fewer still, those of one read, if
    there are only one or two passes; where rows are in a file, they may be more.
    """
    n_rows, n_features = rows.shape
    n_inputs = inputs.rotation.n_outputs(n_features)
    most = defaults.RESIDENT_BYTES_OF_MAPS if is_mapped(rows) else defaults.RESIDENT_BYTES
    one_read = n_rows * n_features <= defaults.READ_ELEMENTS
    if n_passes <= defaults.FEW_PASSES and is_quick(rows) and not one_read:
        most = 0
    on_cpu = inputs.rotation.device.type == "cpu"
    if on_cpu and n_rows * n_inputs * 4 > most:
        return StreamedSource(rows, inputs)
    try:
        return ResidentSource(inputs.read_all(rows))
    except torch.cuda.OutOfMemoryError:
        warn_user(
            "the device has no memory for all rows; they are read batch by batch",
            SmallerChunksWarning,
        )
        return StreamedSource(rows, inputs)
