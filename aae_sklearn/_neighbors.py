"""k nearest neighbours of rows by matrix products in chunks.

They run on the device where the rows are, and memory stays linear in the number of rows.
Neighbours are exact: whoever builds a graph bounds the number of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_CHUNK_ELEMENTS = 2**22
_GROUP = 128


@dataclass(frozen=True)
class Neighbors:
    """Indices and squared distances, nearest first, each of shape (n_rows, n_neighbors)."""

    index: Tensor
    squared_distance: Tensor


def query(x: Tensor, points: Tensor, n_neighbors: int) -> Neighbors:
    """Find the nearest points of each row.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
    points : Tensor of shape (n_points, n_coordinates)
    n_neighbors : int
        At most n_points.
    """
    norms, columns = points.square().sum(dim=1), points.T.contiguous()
    # A power of two divides the inference's chunks: products of one shape round alike.
    n_chunk = min(len(x), 2 ** int(math.log2(max(1, _CHUNK_ELEMENTS // len(points)))))
    buffer = x.new_empty(n_chunk, len(points))  # fresh memory for each chunk would cost more
    parts = []
    for start in range(0, len(x), n_chunk):
        chunk = x[start : start + n_chunk]
        shifted = torch.addmm(norms, chunk, columns, alpha=-2, out=buffer[: len(chunk)])
        values, index = _smallest(shifted, n_neighbors)
        squared = values + chunk.square().sum(dim=1, keepdim=True)
        parts.append((index, squared.clamp(min=0)))
    index, squared_distance = (torch.cat(part) for part in zip(*parts, strict=True))
    return Neighbors(index, squared_distance)


def _smallest(values: Tensor, n_smallest: int) -> tuple[Tensor, Tensor]:
    """The smallest values of each row and their columns, in ascending order.

    They lie in the groups of columns with the smallest minima: minima take one pass, and few
    columns are left to select among (benchmarks/NOTES.md).
    """
    n_rows, n_columns = values.shape
    n_groups = n_columns // _GROUP
    if n_groups < 4 * n_smallest:
        nearest = values.topk(n_smallest, largest=False)
        return nearest.values, nearest.indices
    grouped = values[:, : n_groups * _GROUP].view(n_rows, n_groups, _GROUP)
    groups = grouped.amin(dim=2).topk(n_smallest, largest=False).indices
    candidates = (groups[:, :, None] * _GROUP + torch.arange(_GROUP, device=values.device)).view(
        n_rows, -1
    )
    rest = torch.arange(n_groups * _GROUP, n_columns, device=values.device).expand(n_rows, -1)
    candidates = torch.cat([candidates, rest], dim=1)
    nearest = values.gather(1, candidates).topk(n_smallest, largest=False)
    return nearest.values, candidates.gather(1, nearest.indices)


def neighbor_graph(x: Tensor, n_neighbors: int) -> Tensor:
    """Indices of each row's nearest other rows, shape (n_rows, n_neighbors)."""
    index = query(x, x, n_neighbors + 1).index
    is_self = index == torch.arange(len(x), device=x.device)[:, None]
    is_self[:, -1] |= ~is_self.any(dim=1)  # among duplicates a row may not find itself
    return index[~is_self].view(len(x), n_neighbors)
