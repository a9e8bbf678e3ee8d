"""Points in cells, and the search among those of the cells that are near a row; on a CPU.

An inverted file (Jégou, Douze, Schmid, "Product Quantization for Nearest Neighbor Search", IEEE
TPAMI 33, 2011, section IV). Cells are small, which compares fewer points, and have room for
equally many, so that those of several cells are one product. Benchmarks: benchmarks/NOTES.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from aae_sklearn._sorting import picked, smallest

CELL_SIZE = 64  # _GROUPS times a power of two
_GROUPS = 16
_CELLS_PER_CLUSTER = 4
_CELLS_AT_ONCE = 64
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
    of_centres : Tensor of shape (_COMPARED_ROWS, n_cells)
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
        self._centres = for_products(centres).T.contiguous()
        self._cells = cells
        self._n_found = n_found
        self._n_probes = n_probes
        self._most_rows = most_rows
        self._unused: list[_Memory] = []

    def __call__(self, x: Tensor) -> Tensor:
        """Places in the flattened cells, ascending, shape (n_rows, n_found).

        Where the visited cells have fewer points, some are places of none.
        """
        memory = self._unused.pop() if self._unused else self._new_memory()
        probed = _nearest(x, self._centres, self._n_probes, memory.of_centres)
        visits = self._visit(memory, x, probed)
        parts = zip(*(t.split(_SELECTED_ROWS) for t in (visits, probed)), strict=True)
        found = torch.cat([self._select(memory, *part) for part in parts])
        found.numpy().sort(axis=1)  # a quarter of torch's time
        self._unused.append(memory)
        return found

    def _new_memory(self) -> _Memory:
        n_visits = (self._n_probes + _CELLS_AT_ONCE) * self._most_rows
        return _Memory(
            _empty(_COMPARED_ROWS, self._centres.shape[1]),
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
        rows, x = by_cell // probed.shape[1], _with_norms(x)
        counts = probed.flatten().bincount(minlength=len(self._cells))
        arange = partial(torch.arange, device=x.device)
        first, start = counts.cumsum(0) - counts, 0
        shift = torch.empty_like(counts)  # from a visit's place in `by_cell` to the memory's
        for cells in counts.argsort(descending=True).split(_CELLS_AT_ONCE):
            n_cells, n_visits = len(cells), int(counts[cells[0]])
            if n_visits == 0:
                break
            places = first[cells, None] + arange(n_visits)
            of_cells = rows.take(places.clamp_(max=len(rows) - 1))
            end = start + n_cells * n_visits
            torch.bmm(
                x.index_select(0, of_cells.flatten()).view(n_cells, n_visits, -1),
                self._cells.index_select(0, cells).transpose(1, 2),
                out=memory.of_points[start:end].view(n_cells, n_visits, -1),
            )
            _least_of_groups(memory.of_points[start:end], out=memory.of_groups[start:end])
            shift[cells] = start + n_visits * arange(n_cells) - first[cells]
            start = end
        visits = torch.empty_like(by_cell)
        visits[by_cell] = arange(len(by_cell)) + shift.repeat_interleave(counts)
        return visits.view(probed.shape)

    def _select(self, memory: _Memory, visits: Tensor, probed: Tensor) -> Tensor:
        """Places of the nearest points, which are in the groups whose least is least."""
        group = smallest(picked(memory.of_groups, visits).flatten(1), self._n_found)
        probe, first = group // _GROUPS, group % _GROUPS
        start, distances = visits.gather(1, probe) * CELL_SIZE + first, memory.of_points.view(-1)
        members = [picked(distances[k:], start) for k in range(0, CELL_SIZE, _GROUPS)]
        column = smallest(torch.cat(members, dim=1), self._n_found)
        start = probed.gather(1, probe) * CELL_SIZE + first
        return start.gather(1, column % self._n_found) + column // self._n_found * _GROUPS


def _least_of_groups(distances: Tensor, out: Tensor) -> None:
    while distances.shape[1] > 2 * _GROUPS:
        distances = torch.minimum(*distances.chunk(2, dim=1))
    torch.minimum(*distances.chunk(2, dim=1), out=out)


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


def _nearest(x: Tensor, centres: Tensor, count: int, memory: Tensor) -> Tensor:
    """Indices of the nearest centres; all chunks are of one size, so that all round alike."""
    rows = pad(_with_norms(x), (0, 0, 0, -len(x) % len(memory)))
    chunks = rows.split(len(memory))
    parts = [smallest(torch.mm(chunk, centres, out=memory), count) for chunk in chunks]
    return torch.cat(parts)[: len(x)]


def make_cells(points: Tensor) -> Tensor:
    """Indices of points near each other, -1 for room, shape (n_cells, CELL_SIZE); on the CPU.

    Clusters by k-means (Lloyd's iterations on a sample), then cut in pieces.
    """
    points = points.cpu()
    n_clusters = len(points) // (CELL_SIZE * _CELLS_PER_CLUSTER)
    sample = points[:: max(1, len(points) // (_SAMPLE_PER_CLUSTER * n_clusters))]
    centres = sample[:: len(sample) // n_clusters][:n_clusters].clone()
    memory = _empty(_COMPARED_ROWS, n_clusters)

    def cluster_of(x: Tensor) -> Tensor:
        return _nearest(x, for_products(centres).T.contiguous(), 1, memory)[:, 0]

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
