"""k nearest neighbours of rows, on the device where the rows are.

Few points are all compared, in chunks; so are many on a GPU. On a CPU many are sorted into
cells, and a row is compared with the points of the nearest cells: an inverted file (Jégou,
Douze, Schmid, "Product Quantization for Nearest Neighbor Search", IEEE TPAMI 33, 2011, section
IV). Cells are small, which compares fewer points, and have room for equally many, so that what
a row is compared with is a row of a matrix. Memory stays linear in the number of rows.
Benchmarks: benchmarks/NOTES.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from aae_sklearn._device import in_smaller_chunks, in_threads
from aae_sklearn._sorting import ascending, smallest

_MOST_ROWS = 3 * 2**10
_FEWEST_ROWS = 2**11
_ROWS_ON_GPU = 2**13
_CHUNK_ELEMENTS = 2**22
_SELECTED_ROWS = 2**8
_REFINED_ROWS = 2**10
_MANY = 8_000
_CELL_SIZE = 64
_CELLS_PER_GROUP = 4
_CELLS_AT_ONCE = 64
_N_PROBES = 20
_N_PROBES_OF_GRAPH = 28  # its errors cost trustworthiness, those of placing do not
_COMPARED_PER_NEIGHBOR = 64  # at least
_N_LLOYD = 5
_N_TURNS = 2
_SAMPLE_PER_GROUP = 50
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

    Attributes
    ----------
    order : Tensor of shape (n_cells, cell_size)
        Which point is where; -1 where a cell has room left.
    cells : Tensor of shape (n_cells, cell_size, n_coordinates + 2)
        The points, their squared norms and ones: with (-2 x, 1, x²) a product gives squared
        distances. Where there is no point, all is 0 but the norm, which is infinite.
    centres : Tensor of shape (n_cells, n_coordinates)
    """

    order: Tensor
    cells: Tensor
    centres: Tensor

    def __init__(self, points: Tensor) -> None:
        super().__init__()
        self.n_points = len(points)
        members = (
            _cells(points) if len(points) > _MANY else [torch.arange(len(points), device="cpu")]
        )
        order = torch.nn.utils.rnn.pad_sequence(members, batch_first=True, padding_value=-1)
        order = order.to(points.device)
        is_point = order >= 0
        cells = _for_products(points)[order]
        cells[~is_point] = 0
        centres = cells[:, :, :-2].sum(dim=1) / is_point.sum(dim=1, keepdim=True)
        self.register_buffer("centres", centres)
        cells[:, :, -2].masked_fill_(~is_point, math.inf)
        self.register_buffer("order", order)
        self.register_buffer("cells", cells)

    def query(self, x: Tensor, n_neighbors: int, n_probes: int = _N_PROBES) -> Neighbors:
        """Find the nearest points of each row.

        More of them are found than are asked for, so that rounding does not decide, and their
        distances are summed row by row: the result does not depend, to the bit, on the rows
        around it.

        Parameters
        ----------
        x : Tensor of shape (n_rows, n_coordinates)
        n_neighbors : int
            At most n_points.
        n_probes : int
            Cells to visit, if there are cells; more where many neighbours are sought.
        """
        n_found = min(n_neighbors + _SPARE, self.n_points)
        n_probes = max(n_probes, -(-n_found * _COMPARED_PER_NEIGHBOR // self.order.shape[1]))
        search, size = self._search_all, block_rows(len(x), x.device)
        if len(self.order) > n_probes and x.device.type == "cpu":
            search = partial(self._search_cells, n_probes=n_probes)
            size = max(_SELECTED_ROWS, size * _N_PROBES // n_probes)

        def find(block: tuple[Tensor, Tensor, Tensor]) -> None:
            found = search(block[0], n_found)
            for part in zip(*(t.split(_REFINED_ROWS) for t in (found, *block)), strict=True):
                self._refine(*part)

        index = torch.empty(len(x), n_neighbors, dtype=torch.long, device=x.device)
        squared = x.new_empty(len(x), n_neighbors)  # small parts would leave holes in memory
        blocks = zip(*(t.split(size) for t in (x, index, squared)), strict=True)
        in_threads(find, list(blocks), x.device)
        return Neighbors(index, squared)

    def _refine(self, found: Tensor, x: Tensor, index: Tensor, squared_distance: Tensor) -> None:
        """Write down which of the points that were found are the nearest, and how far."""
        points = self.cells.flatten(0, 1).index_select(0, found.flatten()).view(*found.shape, -1)
        squared = points[:, :, :-2].sub_(x[:, None]).square_().sum(dim=2)
        squared, nearest = ascending(squared)
        n_neighbors = index.shape[1]
        squared_distance.copy_(squared[:, :n_neighbors])
        index.copy_(self.order.flatten()[found.gather(1, nearest[:, :n_neighbors])])

    def _search_all(self, x: Tensor, n_found: int) -> Tensor:
        """Places of the nearest points, in ascending order."""
        columns = self.cells.flatten(0, 1).T.contiguous()
        columns, norms = columns[:-2], columns[-2]

        def in_chunks(size: int) -> Tensor:
            buffer = x.new_empty(min(size, len(x)), len(norms))  # new ones would cost more
            parts = []
            for chunk in x.split(size):
                distances = torch.addmm(norms, chunk, columns, alpha=-2, out=buffer[: len(chunk)])
                parts.append(distances.topk(n_found, largest=False, sorted=False).indices)
            return torch.cat(parts).sort(dim=1).values

        return in_smaller_chunks(in_chunks, max(1, _CHUNK_ELEMENTS // len(norms)))

    def _search_cells(self, x: Tensor, n_found: int, n_probes: int) -> Tensor:
        """The same among the points of the nearest cells."""
        probed = _nearest(x, self.centres, n_probes)
        distances, visit = self._visit(x, probed)
        columns = []
        for visits in visit.split(_SELECTED_ROWS):
            of_rows = distances.index_select(0, visits.flatten()).view(len(visits), -1)
            columns.append(smallest(of_rows, n_found))
        column, cell_size = torch.cat(columns), self.order.shape[1]
        found = probed.gather(1, column // cell_size) * cell_size + column % cell_size
        short = (self.order.flatten()[found] < 0).any(dim=1)
        if short.any():
            found[short] = self._search_all(x[short], n_found)
        found.numpy().sort(axis=1)  # a quarter of torch's time
        return found

    def _visit(self, x: Tensor, probed: Tensor) -> tuple[Tensor, Tensor]:
        """Squared distances to the points of cells, cells with about as many visits at once.

        Those with fewer than the most of their product are filled up with visits nobody asked for:
        `_CELLS_AT_ONCE * n_rows` of them at most, as cells are sorted by visits.

        Returns
        -------
        distances : Tensor of shape (n_distances, cell_size)
        visit : Tensor of shape (n_rows, n_probes)
            Where in `distances` those of a row to a cell are.
        """
        by_cell = probed.flatten().int().argsort(stable=True)  # half the time of long's
        rows, x = by_cell // probed.shape[1], _with_norms(x)
        counts = probed.flatten().bincount(minlength=len(self.cells))
        arange = partial(torch.arange, device=x.device)
        first, start = counts.cumsum(0) - counts, 0
        shift = torch.empty_like(counts)  # from a visit's place in `by_cell` to its distances
        distances = _empty(len(by_cell) + _CELLS_AT_ONCE * len(x), self.cells.shape[1])
        for cells in counts.argsort(descending=True).split(_CELLS_AT_ONCE):
            n_cells, n_visits = len(cells), int(counts[cells[0]])
            if n_visits == 0:
                break
            places = first[cells, None] + arange(n_visits)
            of_cells = rows.take(places.clamp_(max=len(rows) - 1))
            torch.bmm(
                x.index_select(0, of_cells.flatten()).view(n_cells, n_visits, -1),
                self.cells.index_select(0, cells).transpose(1, 2),
                out=distances[start : start + n_cells * n_visits].view(n_cells, n_visits, -1),
            )
            shift[cells] = start + n_visits * arange(n_cells) - first[cells]
            start += n_cells * n_visits
        visit = torch.empty_like(by_cell)
        visit[by_cell] = arange(len(by_cell)) + shift.repeat_interleave(counts)
        return distances, visit.view(probed.shape)


def block_rows(n_rows: int, device: torch.device) -> int:
    """How many rows to search for at a time: equal blocks, and as many for each thread."""
    if device.type != "cpu":
        return _ROWS_ON_GPU
    n_threads = torch.get_num_threads()
    n_blocks = n_threads * -(-n_rows // (n_threads * _MOST_ROWS))
    return max(_FEWEST_ROWS, -(-n_rows // n_blocks))


def _for_products(points: Tensor) -> Tensor:
    """Points as (p, |p|², 1)."""
    norms = points.square().sum(dim=-1, keepdim=True)
    return torch.cat([points, norms, torch.ones_like(norms)], dim=-1)


def _with_norms(x: Tensor) -> Tensor:
    """Rows as (-2 x, 1, |x|²), whose product with (p, |p|², 1) is their squared distance to p."""
    return torch.cat([-2 * x, x.new_ones(len(x), 1), x.square().sum(dim=1, keepdim=True)], dim=1)


def _empty(n_rows: int, n_columns: int) -> Tensor:
    """Memory for many numbers; numpy asks for large pages, which come several times as fast."""
    return torch.from_numpy(np.empty((n_rows, n_columns), dtype=np.float32))


def _nearest(x: Tensor, centres: Tensor, count: int) -> Tensor:
    """Indices of the nearest centres; all chunks are of one size, so that all round alike."""
    columns = _for_products(centres).T.contiguous()
    rows = torch.nn.functional.pad(_with_norms(x), (0, 0, 0, -len(x) % _SELECTED_ROWS))
    parts = [smallest(chunk @ columns, count) for chunk in rows.split(_SELECTED_ROWS)]
    return torch.cat(parts)[: len(x)]


def _cells(points: Tensor) -> list[Tensor]:
    """Points near each other, at most `_CELL_SIZE` of them: indices, on the CPU.

    Groups around k-means centres (Lloyd's iterations on a sample), then cut in pieces.
    """
    points = points.cpu()
    n_groups = len(points) // (_CELL_SIZE * _CELLS_PER_GROUP)
    sample = points[:: max(1, len(points) // (_SAMPLE_PER_GROUP * n_groups))]
    centres = sample[:: len(sample) // n_groups][:n_groups].clone()
    for _ in range(_N_LLOYD):
        group = _nearest(sample, centres, 1)[:, 0]
        counts = torch.bincount(group, minlength=n_groups)[:, None]
        sums = torch.zeros_like(centres).index_add_(0, group, sample)
        centres = torch.where(counts > 0, sums / counts, centres)
    group = _nearest(points, centres, 1)[:, 0]
    members = group.argsort(stable=True).split(torch.bincount(group).tolist())
    return [cell for some in members if len(some) for cell in _cut(points, some)]


def _cut(points: Tensor, members: Tensor) -> list[Tensor]:
    """Pieces of equal size, cut across the direction in which they are longest, about."""
    n_pieces = -(-len(members) // _CELL_SIZE)
    if n_pieces == 1:
        return [members]
    offsets = points[members] - points[members].mean(dim=0)
    along = offsets[:, offsets.square().sum(dim=0).argmax()]
    for _ in range(_N_TURNS):
        along = offsets @ (along.sign() @ offsets)
    order = along.argsort(stable=True)
    first, second = members[order].tensor_split([len(members) * (n_pieces // 2) // n_pieces])
    return [*_cut(points, first), *_cut(points, second)]


def neighbor_graph(x: Tensor, n_neighbors: int) -> Tensor:
    """Indices of each row's nearest other rows, shape (n_rows, n_neighbors)."""
    index = NeighborIndex(x).query(x, n_neighbors + 1, _N_PROBES_OF_GRAPH).index
    is_self = index == torch.arange(len(x), device=x.device)[:, None]
    is_self[:, -1] |= ~is_self.any(dim=1)  # among duplicates a row may not find itself
    return index[~is_self].view(len(x), n_neighbors)
