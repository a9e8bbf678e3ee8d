"""k nearest neighbours of rows, on the device where the rows are.

Few points are all compared, in chunks; so are many on a GPU. On a CPU many are sorted into
cells (`_cells`), and a row is compared with the points of the nearest of these (`_visits`).
Memory stays linear in the number of rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aae_sklearn.neighbors._cells import CELL_SIZE, GROUP_SIZE, make_cells
from aae_sklearn.neighbors._compiled import nearest_points_compiled
from aae_sklearn.runtime._memory import in_smaller_chunks
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._products import BLOCK_ROWS, product
from aae_sklearn.runtime._sorting import ascending, picked
from aae_sklearn.runtime._threads import in_threads, part_size
from aae_sklearn.settings import _defaults as defaults


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
    order : Tensor of shape (n_cells, cell_size), optional
        As of an index of the same points that was made before, which saves the clustering.

    Attributes
    ----------
    points : Tensor of shape (n_points, n_coordinates)
    order : Tensor of shape (n_cells, cell_size)
        Which point is where; -1 where a cell has room left.
    cells : Tensor of shape (n_cells, n_coordinates + 2, cell_size)
        In columns the points p, |p|² and 1, whose product with (-2 x, 1, |x|²) is the squared
        distance of p and x. Where there is no point, it is infinite.
    centres : Tensor of shape (n_coordinates + 2, n_columns)
        The same of the cells' means; filled up to a multiple of 4.
    """

    points: Tensor
    order: Tensor
    cells: Tensor
    centres: Tensor

    def __init__(self, points: Tensor, order: Tensor | None = None) -> None:
        super().__init__()
        order = (_make_order(points) if order is None else order).to(points.device)
        n_coordinates, (n_cells, cell_size) = points.shape[1], order.shape
        cells = points.new_empty(n_cells, n_coordinates + 2, cell_size)
        centres = points.new_zeros(n_cells + -n_cells % GROUP_SIZE, n_coordinates)
        parts = (t.split(defaults.CELLS_BLOCK) for t in (order, cells, centres[:n_cells]))
        for some, columns, means in zip(*parts, strict=True):
            is_point = some >= 0
            members = points[some].masked_fill_(~is_point[:, :, None], 0)
            columns.copy_(_columns(members, is_point))
            means.copy_(members.sum(dim=1) / is_point.sum(dim=1, keepdim=True))
        is_centre = torch.arange(len(centres), device=points.device) < n_cells
        self.register_buffer("points", points)
        self.register_buffer("order", order)
        self.register_buffer("cells", cells, persistent=False)  # these follow from the others
        self.register_buffer("centres", _columns(centres, is_centre), persistent=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.points, self.order)

    def pack(self, packer: Packer, name: str) -> None:
        """Keep points and order under names that begin so."""
        packer.array(f"{name}.points", self.points)
        packer.array(f"{name}.order", self.order.int())

    @classmethod
    def unpack(cls, unpacker: Unpacker, name: str, n_coordinates: int) -> NeighborIndex:
        """The inverse of `pack`; no point is sought or clustered."""
        points = unpacker.tensor(f"{name}.points", (None, n_coordinates))
        order = unpacker.tensor(f"{name}.order", (None, None), "i4").long()
        _check_order(order, len(points))
        if not points.square().sum(dim=1).isfinite().all():
            raise ValueError("points too far to measure distances")
        return cls(points, order)

    def n_found(self, n_neighbors: int) -> int:
        """Points to measure, of which the nearest are taken."""
        return min(n_neighbors + defaults.SPARE_NEIGHBORS, len(self.points))

    def n_visited(self, n_neighbors: int, n_probes: int = defaults.PLACING_PROBES) -> int:
        """Cells in which a CPU looks: all of them, where a few would be most of them."""
        n_cells, cell_size = self.order.shape
        n_compared = self.n_found(n_neighbors) * defaults.COMPARED_PER_NEIGHBOR
        n_visited = max(n_probes, -(-n_compared // cell_size))
        return n_visited if n_cells >= GROUP_SIZE * n_visited else n_cells

    def query(
        self, x: Tensor, n_neighbors: int, n_probes: int = defaults.PLACING_PROBES
    ) -> Neighbors:
        """Find the nearest points of each row.

        More of them are found than are asked for, so that rounding seldom decides, and their
        distances are summed row by row. What decides what is found, the products here and the
        cells to visit, are computed row by row as well (`runtime/_products`): the result does
        not depend, to the bit, on the rows around it.

        Parameters
        ----------
        x : Tensor of shape (n_rows, n_coordinates)
        n_neighbors : int
            At most n_points.
        n_probes : int
            Cells to visit, if there are cells; more where many neighbours are sought.
        """
        n_found = self.n_found(n_neighbors)
        n_visited = self.n_visited(n_neighbors, n_probes)
        on_cpu = x.device.type == "cpu"
        find = partial(self._find_among_all, n_found=n_found)
        if on_cpu and n_visited < len(self.order):
            compiled = nearest_points_compiled()  # here, as it must not compile in each thread
            if compiled is not None:
                find = partial(self._find_in_cells, compiled, n_found=n_found, n_probes=n_visited)
        n_rows = x.shape[0]
        size = part_size(
            n_rows,
            defaults.SEARCH_BLOCK_ROWS if on_cpu else defaults.GPU_SEARCH_BLOCK_ROWS,
            x.device,
        )
        index = torch.empty(n_rows, n_neighbors, dtype=torch.long, device=x.device)
        squared = x.new_empty(n_rows, n_neighbors)  # small parts would leave holes in memory
        whole = (x.contiguous(), index, squared)
        blocks = [whole]
        if n_rows > size:
            blocks = list(zip(*(t.split(size) for t in whole), strict=True))
        in_threads(lambda block: find(*block), blocks, x.device)
        return Neighbors(index, squared)

    def _find_in_cells(
        self,
        nearest_points: Callable[..., None],
        x: Tensor,
        index: Tensor,
        squared_distance: Tensor,
        n_found: int,
        n_probes: int,
    ) -> None:
        """Write down the nearest points of some cells; of all, where these have too few."""
        everything = (self.centres, self.cells, self.points, self.order)
        nearest_points(x, *everything, n_probes, n_found, index, squared_distance)
        short = index[:, 0] < 0
        if short.any():
            whole = torch.empty_like(index[short]), torch.empty_like(squared_distance[short])
            self._find_among_all(x[short], *whole, n_found)
            index[short], squared_distance[short] = whole

    def _find_among_all(
        self, x: Tensor, index: Tensor, squared_distance: Tensor, n_found: int
    ) -> None:
        """Write down the nearest of all points."""
        found = self._search_all(x, n_found)
        whole = (found, x, index, squared_distance)
        for part in zip(*(t.split(defaults.REFINED_BLOCK_ROWS) for t in whole), strict=True):
            self._refine(*part)

    def _search_all(self, x: Tensor, n_found: int) -> Tensor:
        """Indices of the nearest points, ascending."""
        order, columns = self.order.flatten(), self.cells.transpose(0, 1).flatten(1)
        columns, norms = columns[:-2], columns[-2]

        def in_chunks(size: int) -> Tensor:
            buffer = x.new_empty(min(size, len(x)), len(norms))  # new ones would cost more
            parts = []
            for chunk in x.split(size):
                distances = product(-2 * chunk, columns, norms, out=buffer[: len(chunk)])
                parts.append(distances.topk(n_found, largest=False, sorted=False).indices)
            return order[torch.cat(parts)].sort(dim=1).values

        n_elements = (
            defaults.DISTANCE_ELEMENTS
            if x.device.type == "cpu"
            else defaults.GPU_DISTANCE_ELEMENTS
        )
        size = max(1, n_elements // len(norms))
        if x.device.type == "cpu":
            size = max(1, size // BLOCK_ROWS) * BLOCK_ROWS
        return in_smaller_chunks(in_chunks, size)

    def _refine(self, found: Tensor, x: Tensor, index: Tensor, squared_distance: Tensor) -> None:
        """Write down which of the points that were found are the nearest, and how far."""
        points = picked(self.points, found)
        squared, nearest = ascending(points.sub_(x[:, None]).square_().sum(dim=2))
        n_neighbors = index.shape[1]
        squared_distance.copy_(squared[:, :n_neighbors])
        index.copy_(found.gather(1, nearest[:, :n_neighbors]))


def _make_order(points: Tensor) -> Tensor:
    """Which point is where: few points are in one cell."""
    if len(points) > defaults.CELLS_MIN_POINTS:
        return make_cells(points)
    return torch.arange(len(points), device="cpu")[None]


def _check_order(order: Tensor, n_points: int) -> None:
    """Raise unless each point is in one cell: compiled code reads wherever an order says."""
    is_point = order != -1
    placed = order[is_point].sort().values
    each_once = torch.equal(placed, torch.arange(n_points, device="cpu"))
    fits = len(order) == 1 or order.shape[1] == CELL_SIZE
    if n_points < 2 or not (each_once and fits and is_point.any(dim=1).all()):
        raise ValueError(f"an order of shape {tuple(order.shape)} that is not one of all points")


def _columns(points: Tensor, is_point: Tensor) -> Tensor:
    """Points as columns (p, |p|², 1), infinitely far where there is none."""
    n_coordinates = points.shape[-1]
    columns = points.new_ones(*points.shape[:-2], n_coordinates + 2, points.shape[-2])
    columns[..., :n_coordinates, :] = points.mT
    columns[..., n_coordinates, :] = torch.linalg.vecdot(points, points)
    columns[..., n_coordinates, :].masked_fill_(~is_point, math.inf)
    return columns


def nearest_others(x: Tensor, n_neighbors: int) -> Neighbors:
    """Each row's nearest other rows, indices in int32."""
    found = NeighborIndex(x).query(x, n_neighbors + 1, defaults.GRAPH_PROBES)
    is_self = found.index == torch.arange(len(x), device=x.device)[:, None]
    is_self[:, -1] |= ~is_self.any(dim=1)  # among duplicates a row may not find itself
    shape = len(x), n_neighbors
    return Neighbors(
        found.index[~is_self].int().view(shape), found.squared_distance[~is_self].view(shape)
    )
