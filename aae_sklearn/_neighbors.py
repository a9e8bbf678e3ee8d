"""k nearest neighbours of rows, on the device where the rows are.

Few points are all compared, in chunks; so are many on a GPU. On a CPU many are sorted into
cells around k-means centres, and a row is compared with the points of the nearest cells: an
inverted file (Jégou, Douze, Schmid, "Product Quantization for Nearest Neighbor Search", IEEE
TPAMI 33, 2011, section IV). Memory stays linear in the number of rows. faiss's inverted file
is hardly faster (benchmarks/NOTES.md) and would bring a second OpenMP into the process.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aae_sklearn._device import in_smaller_chunks

_CHUNK_ELEMENTS = 2**22
_BLOCK_ROWS = 2**14
_REFINED_ROWS = 2**10
_MANY = 10_000
_CELL_SIZE = 256
_N_PROBES = 16
_N_LLOYD = 5
_SAMPLE_PER_CELL = 50
_SPARE = 5  # neighbours sought beyond those asked for


@dataclass(frozen=True)
class Neighbors:
    """Indices and squared distances, nearest first, each of shape (n_rows, n_neighbors)."""

    index: Tensor
    squared_distance: Tensor


class NeighborIndex(torch.nn.Module):
    """Points among which nearest neighbours are sought.

    Parameters
    ----------
    points : Tensor of shape (n_points, n_coordinates)
    """

    points: Tensor
    order: Tensor
    centres: Tensor
    ends: Tensor

    def __init__(self, points: Tensor) -> None:
        super().__init__()
        n_cells = len(points) // _CELL_SIZE if len(points) > _MANY else 1
        centres = cell_centres(points, n_cells)
        cells = torch.cat(
            [_nearest(chunk, centres, 1)[:, 0] for chunk in points.split(_BLOCK_ROWS)]
        )
        order = cells.argsort(stable=True)
        self.register_buffer("points", points[order])
        self.register_buffer("order", order)
        self.register_buffer("centres", centres)
        self.register_buffer("ends", torch.bincount(cells, minlength=n_cells).cumsum(dim=0))

    def query(self, x: Tensor, n_neighbors: int) -> Neighbors:
        """Find the nearest points of each row.

        Which of them are found hardly depends on rounding, and distances are summed row by
        row: the result does not depend, to the bit, on the rows around it.

        Parameters
        ----------
        x : Tensor of shape (n_rows, n_coordinates)
        n_neighbors : int
            At most n_points.
        """
        n_found = min(n_neighbors + _SPARE, len(self.points))
        in_cells = len(self.centres) > _N_PROBES and x.device.type == "cpu"
        search = self._search_cells if in_cells else self._search_all
        parts = []
        for block in x.split(_BLOCK_ROWS):
            for part, found in zip(
                block.split(_REFINED_ROWS),
                search(block, n_found).split(_REFINED_ROWS),
                strict=True,
            ):
                index, squared = self._refine(part, found.sort(dim=1).values)
                parts.append((index[:, :n_neighbors], squared[:, :n_neighbors]))
        return Neighbors(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _refine(self, x: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """Indices and squared distances of points that were found, nearest first."""
        points = self.points.index_select(0, found.flatten()).view(*found.shape, -1)
        squared = points.sub_(x[:, None]).square_().sum(dim=2)
        squared, nearest = squared.sort(dim=1, stable=True)
        return self.order[found.gather(1, nearest)], squared

    def _search_all(self, x: Tensor, n_found: int) -> Tensor:
        """Places in `points` of the nearest ones."""
        norms, columns = self.points.square().sum(dim=1), self.points.T.contiguous()

        def in_chunks(size: int) -> Tensor:
            buffer = x.new_empty(min(size, len(x)), len(self.points))  # new ones would cost more
            parts = []
            for chunk in x.split(size):
                distances = torch.addmm(norms, chunk, columns, alpha=-2, out=buffer[: len(chunk)])
                parts.append(distances.topk(n_found, largest=False, sorted=False).indices)
            return torch.cat(parts)

        return in_smaller_chunks(in_chunks, max(1, _CHUNK_ELEMENTS // len(self.points)))

    def _search_cells(self, x: Tensor, n_found: int) -> Tensor:
        """The same among the points of the nearest cells.

        The nearest cell bounds the distance; of the others only points within it are kept.
        """
        norms = self.points.square().sum(dim=1)
        cells = _nearest(x, self.centres, _N_PROBES)
        bound = x.new_full((len(x),), math.inf)
        hits = []
        for probed in (cells[:, :1], cells[:, 1:]):
            for rows, start, end in self._visits(probed):
                points = self.points[start:end]
                distances = torch.addmm(
                    norms[start:end], x.index_select(0, rows), points.T, alpha=-2
                )
                if probed.shape[1] == 1 and end - start >= n_found:
                    nearest = distances.topk(n_found, largest=False, sorted=False).values
                    bound[rows] = nearest.amax(dim=1)
                within = distances <= bound.index_select(0, rows)[:, None]
                found = within.view(-1).nonzero()[:, 0]  # faster than row and column at once
                row = found // (end - start)
                place = found - row * (end - start) + start
                hits.append((rows[row], place, distances.view(-1).index_select(0, found)))
        row, place, distance = (torch.cat(part) for part in zip(*hits, strict=True))
        counts = torch.bincount(row, minlength=len(x))
        nearest_first = _by_row_and_distance(row, distance)
        first = counts.cumsum(dim=0) - counts
        enough = counts >= n_found
        found = place.new_empty(len(x), n_found)
        found[enough] = place[nearest_first[first[enough, None] + torch.arange(n_found)]]
        found[~enough] = self._search_all(x[~enough], n_found)
        return found

    def _visits(self, cells: Tensor) -> Iterator[tuple[Tensor, int, int]]:
        """The rows that visit each cell, and from where to where its points lie."""
        n_probes = cells.shape[1]
        order = cells.flatten().argsort(stable=True) // n_probes
        visited, counts = cells.unique(return_counts=True)
        starts, ends = [0, *self.ends.tolist()], self.ends.tolist()
        for cell, rows in zip(visited.tolist(), order.split(counts.tolist()), strict=True):
            yield rows, starts[cell], ends[cell]


def _by_row_and_distance(row: Tensor, distance: Tensor) -> Tensor:
    """The order of hits; one sort, since a double holds the row and, after the point, a float."""
    least, greatest = torch.cat([distance, distance.new_zeros(1)]).aminmax()
    beyond = (distance - least).double() / (2 * (greatest - least).double()).clamp(min=1e-30)
    return (row + beyond).argsort()


def cell_centres(points: Tensor, n_cells: int) -> Tensor:
    """Centres of cells by a few of Lloyd's iterations on a sample; on the CPU, in one order."""
    sample = points[:: max(1, len(points) // (_SAMPLE_PER_CELL * n_cells))].cpu()
    centres = sample[:: len(sample) // n_cells][:n_cells].clone()
    for _ in range(_N_LLOYD):
        cell = _nearest(sample, centres, 1)[:, 0]
        counts = torch.bincount(cell, minlength=n_cells)[:, None]
        sums = torch.zeros_like(centres).index_add_(0, cell, sample)
        centres = torch.where(counts > 0, sums / counts, centres)
    return centres.to(points.device)


def _nearest(x: Tensor, centres: Tensor, n_nearest: int) -> Tensor:
    """Indices of the nearest centres; in double precision, so that rounding decides nothing."""
    centres = centres.double()
    distances = torch.addmm(centres.square().sum(dim=1), x.double(), centres.T, alpha=-2)
    return distances.topk(n_nearest, largest=False).indices


def neighbor_graph(x: Tensor, n_neighbors: int) -> Tensor:
    """Indices of each row's nearest other rows, shape (n_rows, n_neighbors)."""
    index = NeighborIndex(x).query(x, n_neighbors + 1).index
    is_self = index == torch.arange(len(x), device=x.device)[:, None]
    is_self[:, -1] |= ~is_self.any(dim=1)  # among duplicates a row may not find itself
    return index[~is_self].view(len(x), n_neighbors)
