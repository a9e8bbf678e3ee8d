"""Functions of rows, applied to equally many at a time.

Every chunk has the same number of rows, or a multiple of it, the last one padded: operations then
take the same path for each row, so that its result does not depend, to the bit, on the rows around
it. What else products need is in `_products`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import torch
from torch import Tensor
from torch.nn.functional import pad

from aae_sklearn.runtime._memory import in_smaller_chunks
from aae_sklearn.settings import _defaults as defaults


def chunk_rows(device: torch.device) -> int:
    """Rows that a network is applied to at a time."""
    return defaults.CHUNK_ROWS if device.type == "cpu" else defaults.GPU_CHUNK_ROWS


def in_equal_chunks(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Apply a function of rows to chunks of one size.

    Parameters
    ----------
    function : callable
        From a tensor to one with as many rows, each a function of its own row alone.
    x : Tensor of shape (n_rows, ...)
    """

    n_rows = x.shape[0]

    def apply(size: int) -> Tensor:
        if n_rows <= size:
            return _apply_padded(function, x, size)
        return stacked((_apply_padded(function, part, size) for part in _cut(x, size)), n_rows)

    return in_smaller_chunks(apply, chunk_rows(x.device))


def _cut(x: Tensor, size: int) -> Iterator[Tensor]:
    """Chunks; on a CPU tall ones first, whose products have the same bits and fewer calls."""
    tall = defaults.TALL_CHUNK_ROWS if size == defaults.CHUNK_ROWS else size
    n_tall = len(x) // tall * tall
    for first in range(0, n_tall, tall):
        yield x[first : first + tall]
    for first in range(n_tall, len(x), size):
        yield x[first : first + size]


def _apply_padded(function: Callable[[Tensor], Tensor], part: Tensor, size: int) -> Tensor:
    n_rows = part.shape[0]
    if n_rows > size:
        return function(part)
    if size == defaults.CHUNK_ROWS:
        size = next((few for few in defaults.FEW_CHUNKS_ROWS if n_rows <= few), size)
    if n_rows == size:
        return function(part)
    return function(pad(part, (0, 0, 0, size - n_rows)))[:n_rows]


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
