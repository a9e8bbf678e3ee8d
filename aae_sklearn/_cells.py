"""Points in cells, and the search among those of the cells that are near a row; on a CPU.

An inverted file (Jégou, Douze, Schmid, "Product Quantization for Nearest Neighbor Search", IEEE
TPAMI 33, 2011, section IV). Cells are small, which compares fewer points, and have room for
equally many, so that those of several cells are one product. Benchmarks: benchmarks/NOTES.md.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from aae_sklearn._sorting import picked, smallest

CELL_SIZE = 64
_MEMBERS = 4
_GROUPS = CELL_SIZE // _MEMBERS
_CELLS_PER_CLUSTER = 4
_CELLS_AT_ONCE = 32
_COMPARED_ROWS = 2**8
_SELECTED_ROWS = 2**10
_N_LLOYD = 5
_N_TURNS = 2
_SAMPLE_PER_CLUSTER = 50


@dataclass(frozen=True)
class _Memory:
    """What a block of rows needs, and the next one again: fresh memory costs as much as a product.

    Attributes
    ----------
    of_centres : Tensor of shape (_SELECTED_ROWS, n_cells)
        Distances of some rows to all centres.
    of_points : Tensor of shape (n_visits, CELL_SIZE)
        Distances of rows to the points of the cells that they visit.
    of_groups : Tensor of shape (n_visits, _GROUPS)
        The least of each group of these: every `_GROUPS`-th point of a cell is of one group.
    """

    of_centres: Tensor
    of_points: Tensor
    of_groups: Tensor


class CellSearch:
    """Find points of the nearest cells for one block of rows after another, in any thread.

    Parameters
    ----------
    centres : Tensor of shape (n_cells, n_coordinates)
    cells : Tensor of shape (n_cells, CELL_SIZE, n_coordinates + 2)
        Points as `for_products` makes them.
    n_found : int
        Points to find for each row, at most 16 in each cell that it visits.
    n_probes : int
        Cells to visit.
    most_rows : int
        In a block.
    """

    def __init__(
        self, centres: Tensor, cells: Tensor, n_found: int, n_probes: int, most_rows: int
    ) -> None:
        self._centres = _columns(centres)
        self._cells = cells
        self._n_found = n_found
        self._n_probes = n_probes
        self._most_rows = most_rows
        self._unused: list[_Memory] = []

    def __call__(self, x: Tensor) -> Tensor:
        """Places in the flattened cells, ascending, shape (n_rows, n_found).

        Where the visited cells have fewer points, some are places of none.
        """
        memory = self._some_memory()
        probed = _nearest(x, self._centres, self._n_probes, memory.of_centres)
        visits = self._visit(memory, x, probed)
        parts = zip(*(t.split(_SELECTED_ROWS) for t in (visits, probed)), strict=True)
        found = torch.cat([self._select(memory, *part) for part in parts])
        found.numpy().sort(axis=1)  # a quarter of torch's time
        self._unused.append(memory)
        return found

    def _some_memory(self) -> _Memory:
        with suppress(IndexError):  # another thread may have taken the last
            return self._unused.pop()
        n_visits = (self._n_probes + _CELLS_AT_ONCE) * self._most_rows
        return _Memory(
            _empty(_SELECTED_ROWS, self._centres.shape[1]),
            _empty(n_visits, CELL_SIZE),
            _empty(n_visits, _GROUPS),
        )

    def _visit(self, memory: _Memory, x: Tensor, probed: Tensor) -> Tensor:
        """Squared distances to the points of cells, cells with about as many visits at once.

        Those with fewer than the most of their product are filled up with visits nobody asked for:
        `_CELLS_AT_ONCE * n_rows` of them at most, as cells are sorted by visits.

        Returns
        -------
        visits : Tensor of shape (n_rows, n_probes)
            Where in the memory a row's distances to a cell are.
        """
        by_cell = probed.flatten().int().argsort(stable=True)  # half the time of long's
        counts = probed.flatten().bincount(minlength=len(self._cells))
        cells = counts.argsort(descending=True)[: counts.count_nonzero()]
        most = counts[cells[::_CELLS_AT_ONCE]]  # visits to a cell of each product
        room = most.repeat_interleave(_CELLS_AT_ONCE)[: len(cells)]
        shift = torch.empty_like(counts)  # from a visit's place in `by_cell` to the memory's
        shift[cells] = room.cumsum(0) - room - (counts.cumsum(0) - counts)[cells]
        places = torch.arange(int(room.sum()), device=x.device)
        places -= shift[cells].repeat_interleave(room)
        rows = by_cell.take(places.clamp_(max=len(by_cell) - 1)) // probed.shape[1]
        x, end = _with_norms(x), 0
        for some, n_visits in zip(cells.split(_CELLS_AT_ONCE), most.tolist(), strict=True):
            start, end = end, end + len(some) * n_visits
            of_points, of_groups = memory.of_points[start:end], memory.of_groups[start:end]
            torch.bmm(
                x.index_select(0, rows[start:end]).view(len(some), n_visits, x.shape[1]),
                self._cells.index_select(0, some).transpose(1, 2),
                out=of_points.view(len(some), n_visits, CELL_SIZE),
            )
            _least_of_groups(of_points, out=of_groups)
        visits = torch.empty_like(by_cell)
        arange = torch.arange(len(by_cell), device=x.device)
        visits[by_cell] = arange + shift.repeat_interleave(counts)
        return visits.view(probed.shape)

    def _select(self, memory: _Memory, visits: Tensor, probed: Tensor) -> Tensor:
        """Places of the nearest points, which are in the groups whose least is least."""
        group = smallest(picked(memory.of_groups, visits).flatten(1), self._n_found)
        probe, first = group // _GROUPS, group % _GROUPS
        start = visits.gather(1, probe) * CELL_SIZE + first
        which, further = _least_members(memory.of_points, start, _GROUPS)
        place = probed.gather(1, probe) * CELL_SIZE + first
        return place.gather(1, which) + further


def _least_of_groups(distances: Tensor, out: Tensor) -> Tensor:
    """The least of every fourth part's first, second, ... column."""
    first, second, third, fourth = distances.chunk(_MEMBERS, dim=1)
    return torch.minimum(torch.minimum(first, second), torch.minimum(third, fourth), out=out)


def _least_members(distances: Tensor, start: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """Which groups have the least distances, and how far from their start these are.

    Parameters
    ----------
    distances : Tensor
    start : Tensor of shape (n_rows, n_groups)
        Where in the flattened distances groups begin; as many distances are sought.
    step : int
        From a member to the next.
    """
    n_groups, flat = start.shape[1], distances.view(-1)
    members = [picked(flat[k * step :], start) for k in range(_MEMBERS)]
    column = smallest(torch.cat(members, dim=1), n_groups)
    return column % n_groups, column // n_groups * step


def for_products(points: Tensor) -> Tensor:
    """Points as (p, |p|², 1)."""
    norms = points.square().sum(dim=-1, keepdim=True)
    return torch.cat([points, norms, torch.ones_like(norms)], dim=-1)


def _with_norms(x: Tensor) -> Tensor:
    """Rows as (-2 x, 1, |x|²), whose product with (p, |p|², 1) is their squared distance to p."""
    return torch.cat([-2 * x, x.new_ones(len(x), 1), x.square().sum(dim=1, keepdim=True)], dim=1)


def _empty(n_rows: int, n_columns: int) -> Tensor:
    """Memory for many numbers; numpy asks for large pages, which come several times as fast."""
    return torch.from_numpy(np.empty((n_rows, n_columns), dtype=np.float32))


def _columns(centres: Tensor) -> Tensor:
    """Centres for products, in columns; filled up to whole groups with ones infinitely far."""
    rows = for_products(centres)
    rows = pad(rows, (0, 0, 0, -len(rows) % _MEMBERS))
    rows[len(centres) :, -2] = math.inf
    return rows.T.contiguous()


def _nearest(x: Tensor, centres: Tensor, count: int, memory: Tensor) -> Tensor:
    """Indices of the nearest centres; all products are of one size, so that all round alike."""
    rows = pad(_with_norms(x), (0, 0, 0, -len(x) % _COMPARED_ROWS))
    n_groups = centres.shape[1] // _MEMBERS
    row_start = torch.arange(0, memory.numel(), memory.shape[1], device=x.device)[:, None]
    of_groups, found = memory.new_empty(len(memory), n_groups), []
    for part in rows.split(len(memory)):
        whole = (part, memory[: len(part)], of_groups[: len(part)])
        pieces = zip(*(t.split(_COMPARED_ROWS) for t in whole), strict=True)
        for chunk, distances, least in pieces:
            _least_of_groups(torch.mm(chunk, centres, out=distances), out=least)
        if count > n_groups:  # few cells, most of which are visited
            found.append(smallest(memory[: len(part)], count))
            continue
        group = smallest(of_groups[: len(part)], count)
        which, further = _least_members(memory, row_start[: len(part)] + group, n_groups)
        found.append(group.gather(1, which) + further)
    return torch.cat(found)[: len(x)]


def make_cells(points: Tensor) -> Tensor:
    """Indices of points near each other, -1 for room, shape (n_cells, CELL_SIZE); on the CPU.

    Clusters by k-means (Lloyd's iterations on a sample), then cut in pieces.
    """
    points = points.cpu()
    n_clusters = len(points) // (CELL_SIZE * _CELLS_PER_CLUSTER)
    sample = points[:: max(1, len(points) // (_SAMPLE_PER_CLUSTER * n_clusters))]
    centres = sample[:: len(sample) // n_clusters][:n_clusters].clone()
    memory = _empty(_SELECTED_ROWS, _columns(centres).shape[1])

    def cluster_of(x: Tensor) -> Tensor:
        return _nearest(x, _columns(centres), 1, memory)[:, 0]

    for _ in range(_N_LLOYD):
        cluster = cluster_of(sample)
        counts = torch.bincount(cluster, minlength=n_clusters)[:, None]
        sums = torch.zeros_like(centres).index_add_(0, cluster, sample)
        centres = torch.where(counts > 0, sums / counts, centres)
    cluster = cluster_of(points)
    members = cluster.argsort(stable=True).split(torch.bincount(cluster).tolist())
    cells = [cell for some in members if len(some) for cell in _cut(points, some)]
    padded = pad_sequence(cells, batch_first=True, padding_value=-1)
    return pad(padded, (0, CELL_SIZE - padded.shape[1]), value=-1)


def _cut(points: Tensor, members: Tensor) -> list[Tensor]:
    """Pieces of equal size, cut across the direction in which they are longest, about."""
    n_pieces = -(-len(members) // CELL_SIZE)
    if n_pieces == 1:
        return [members]
    offsets = points[members] - points[members].mean(dim=0)
    along = offsets[:, offsets.square().sum(dim=0).argmax()]
    for _ in range(_N_TURNS):
        along = offsets @ (along.sign() @ offsets)
    order = along.argsort(stable=True)
    first, second = members[order].tensor_split([len(members) * (n_pieces // 2) // n_pieces])
    return [*_cut(points, first), *_cut(points, second)]
