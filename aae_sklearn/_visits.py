"""Nearest points among those of the cells that are near a row, compiled; on a CPU.

Numbers are compared as integers, which processors do many at a time: the bits of a float that is
not negative have its order. A key holds them and, in its lower half, what is at that distance.
Imported where it is used, as numba takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn._cells import CELL_SIZE, CENTRES_PER_GROUP

_MULTIPLIED_ROWS = 2**8
_MULTIPLIED_VISITS = 2**6  # few enough for BLAS not to share them out to threads of its own
_POINTS_PER_GROUP = 8
_HALF = 16
_LOWER_HALF = 0xFFFFFFFF


def _compiled(function: Callable[..., Any]) -> Any:
    """Compile without the interpreter's lock; kept on disk, if there is a place for it."""
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"contract", "nsz", "reassoc"},
    }
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)


@_compiled
def _bound(values: NDArray[Any], n_values: int, count: int) -> Any:
    """The least number that `count` of the first values are not above; their most, if fewer."""
    least = most = values[0]
    for i in range(n_values):
        least, most = min(least, values[i]), max(most, values[i])
    below, above = np.int64(least) - 1, np.int64(most)
    while above - below > 1:
        middle = below + (above - below) // 2
        bound = values.dtype.type(middle)
        n_within = 0
        for i in range(n_values):
            n_within += values[i] <= bound
        if n_within < count:
            below = middle
        else:
            above = middle
            if n_within == count:
                break
    return values.dtype.type(above)


@_compiled
def _candidates(
    values: NDArray[Any], group_size: int, count: int, least: NDArray[Any], columns: NDArray[Any]
) -> int:
    """Write down columns of small values, among which are the `count` least; how many they are.

    Every `n_groups`-th value is of one group. The `count`-th of the groups' least values bounds
    the `count` least of all, so that only groups which go below it are looked at.

    Parameters
    ----------
    values : array of shape (n_groups * group_size,)
    group_size : int
    count : int
        At most n_groups.
    least : array of shape (at least n_groups,)
        Memory for the least of each group.
    columns : array of shape (2, at least len(values) + 1)
        Columns, and memory.
    """
    n_groups = len(values) // group_size
    for group in range(n_groups):
        least[group] = values[group]
    for member in range(1, group_size):
        for group in range(n_groups):
            least[group] = min(least[group], values[member * n_groups + group])
    bound = _bound(least, n_groups, count)
    n_chosen = 0
    for group in range(n_groups):
        columns[1, n_chosen] = group
        n_chosen += least[group] <= bound
    n_found = 0
    for i in range(n_chosen):
        for member in range(group_size):
            column = member * n_groups + columns[1, i]
            columns[0, n_found] = column
            n_found += values[column] <= bound
    return n_found


@_compiled
def _sort_least(keys: NDArray[np.int64], n_keys: int, count: int) -> None:
    """Bring the `count` least of the first keys, which all differ, to the front, ascending.

    The second row of keys is memory.
    """
    bound = _bound(keys[0], n_keys, count)
    n_kept = 0
    for i in range(n_keys):
        keys[1, n_kept] = keys[0, i]
        n_kept += keys[0, i] <= bound
    for i in range(n_kept):
        rank = 0
        for j in range(n_kept):
            rank += keys[1, j] < keys[1, i]
        keys[0, rank] = keys[1, i]


@_compiled
def _nearest_cells(bits: NDArray[np.int32], probed: NDArray[np.int32]) -> None:
    """Write down the cells to visit, by the bits of the distances to all centres."""
    n_rows, n_probes = probed.shape
    n_columns = bits.shape[1]
    least = np.empty(n_columns, np.int32)
    columns = np.empty((2, n_columns + 1), np.int32)
    keys = np.empty((2, n_columns + 1), np.int64)
    for i in range(n_rows):
        n_found = _candidates(bits[i], CENTRES_PER_GROUP, n_probes, least, columns)
        for j in range(n_found):
            column = columns[0, j]
            keys[0, j] = np.int64(max(bits[i, column], 0)) << 32 | column
        _sort_least(keys, n_found, n_probes)
        for j in range(n_probes):
            probed[i, j] = keys[0, j] & _LOWER_HALF


@_compiled
def _visit(
    rows: NDArray[np.float32],
    cells: NDArray[np.float32],
    probed: NDArray[np.int32],
    visited: NDArray[np.int16],
) -> None:
    """Write down the upper halves of the distances from each row to the points of its cells.

    They order all squared distances but those that differ by less than a hundredth, in half the
    memory. Cell by cell, which stays in the cache.
    """
    n_rows, n_probes = probed.shape
    n_cells, width = cells.shape[:2]
    ends = np.zeros(n_cells + 1, np.int64)
    for i in range(n_rows):
        for j in range(n_probes):
            ends[probed[i, j] + 1] += 1
    for cell in range(n_cells):
        ends[cell + 1] += ends[cell]
    visits = np.empty(n_rows * n_probes, np.int32)
    for i in range(n_rows):
        for j in range(n_probes):
            cell = probed[i, j]
            visits[ends[cell]] = i * n_probes + j
            ends[cell] += 1
    some = np.empty((_MULTIPLIED_VISITS, width), np.float32)
    distances = np.empty((_MULTIPLIED_VISITS, CELL_SIZE), np.float32)
    bits = distances.view(np.int32)
    start = 0
    for cell in range(n_cells):
        while start < ends[cell]:
            n_visits = min(_MULTIPLIED_VISITS, ends[cell] - start)
            for i in range(n_visits):
                row = visits[start + i] // n_probes
                for k in range(width):
                    some[i, k] = rows[row, k]
            np.dot(some[:n_visits], cells[cell], distances[:n_visits])
            for i in range(n_visits):
                visit = visits[start + i]
                for j in range(CELL_SIZE):
                    visited[visit, j] = bits[i, j] >> _HALF
            start += n_visits


@_compiled
def _measure(
    x: NDArray[np.float32],
    points: NDArray[np.float32],
    order: NDArray[np.int64],
    probed: NDArray[np.int32],
    visited: NDArray[np.int16],
    n_found: int,
    index: NDArray[np.int64],
    squared_distance: NDArray[np.float32],
) -> None:
    """Write down the nearest of the points that were visited, and how far they are."""
    n_visited = visited.shape[1]
    least = np.empty(n_visited, np.int16)
    columns = np.empty((2, n_visited + 1), np.int32)
    keys = np.empty((2, n_visited + 1), np.int64)
    squared = np.empty(1, np.float32)
    bits = squared.view(np.int32)
    for i in range(x.shape[0]):
        n_seen = _candidates(visited[i], _POINTS_PER_GROUP, n_found, least, columns)
        n_room = 0
        for j in range(n_seen):
            column = columns[0, j]
            point = order[probed[i, column // CELL_SIZE], column % CELL_SIZE]
            total = np.float32(0)
            for k in range(x.shape[1]):
                difference = points[point, k] - x[i, k]
                total += difference * difference
            squared[0] = total
            keys[0, j - n_room] = np.int64(bits[0]) << 32 | point
            n_room += point < 0
        n_points = n_seen - n_room
        if n_points < n_found:
            index[i, 0] = -1
            continue
        _sort_least(keys, n_points, index.shape[1])
        for j in range(index.shape[1]):
            index[i, j] = keys[0, j] & _LOWER_HALF
            bits[0] = keys[0, j] >> 32
            squared_distance[i, j] = squared[0]


def nearest_points(
    x: Tensor,
    centres: Tensor,
    cells: Tensor,
    points: Tensor,
    order: Tensor,
    n_probes: int,
    n_found: int,
    index: Tensor,
    squared_distance: Tensor,
) -> None:
    """Write down which points of the nearest cells are nearest to each row, and how far.

    Those that seem nearest are found by products, and measured one by one, which does not depend
    to the bit on the rows around. Where the cells have too few points, the first index is -1.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
    centres : Tensor of shape (n_coordinates + 2, n_columns)
        In columns as (p, |p|², 1); to fill up whole groups, some that are infinitely far.
    cells : Tensor of shape (n_cells, n_coordinates + 2, cell_size)
        The same of points.
    points : Tensor of shape (n_points, n_coordinates)
    order : Tensor of shape (n_cells, cell_size)
        Which point is where; -1 where there is none.
    n_probes : int
        Cells to visit; at most a quarter of them.
    n_found : int
        Points to measure; at most 8 for each cell that is visited.
    index, squared_distance : Tensor of shape (n_rows, n_neighbors)
        To write to.
    """
    n_rows, n_coordinates = x.shape
    n_filled_up = -(-n_rows // _MULTIPLIED_ROWS) * _MULTIPLIED_ROWS  # so that all round alike
    rows = x.new_zeros(n_filled_up, n_coordinates + 2)
    torch.mul(x, -2, out=rows[:n_rows, :-2])
    rows[:n_rows, -2] = 1
    rows[:n_rows, -1] = x.square().sum(dim=1)
    probed = np.empty((n_filled_up, n_probes), np.int32)
    distances = x.new_empty(_MULTIPLIED_ROWS, centres.shape[1])
    for start in range(0, n_filled_up, _MULTIPLIED_ROWS):
        part = slice(start, start + _MULTIPLIED_ROWS)
        torch.mm(rows[part], centres, out=distances)
        _nearest_cells(distances.view(torch.int32).numpy(), probed[part])
    probed = probed[:n_rows]
    visited = np.empty((n_rows * n_probes, CELL_SIZE), np.int16)
    _visit(rows.numpy(), cells.numpy(), probed, visited)
    _measure(
        x.numpy(),
        points.numpy(),
        order.numpy(),
        probed,
        visited.reshape(n_rows, n_probes * CELL_SIZE),
        n_found,
        index.numpy(),
        squared_distance.numpy(),
    )
