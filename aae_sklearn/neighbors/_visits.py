"""Nearest points among those of the cells that are near a row, compiled; on a CPU.

Numbers are compared as integers, which processors do many at a time: the bits of a float that is
not negative have its order. A key holds them and, in its lower half, what is at that distance.
Imported where it is used: numba takes a quarter of a second, and this is when it compiles.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numba import f4, i2, i4, i8, njit, types
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.neighbors._cells import CELL_SIZE, GROUP_SIZE
from aae_sklearn.runtime._products import BLOCK_ROWS, product

_ROUNDING = 2.0**-22  # for each term of a sum; four times what float32 does
_MULTIPLIED_VISITS = 2**6  # few enough for BLAS not to share them out among its threads

_HALF = 16

_LOWER_HALF = 0xFFFFFFFF

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz", "reassoc"},
    "no_cfunc_wrapper": True,
}

_part = njit(**_OPTIONS)  # of a kernel, and compiled with it


def _kernel(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile at once, or take what is on disk; kept there, if there is a place for it.

    What the compiler leaves is in cycles: collected at once, the next kernel takes its memory,
    else they keep 50 MB (benchmarks/notes/memory.md).
    """

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            kernel = njit(signature, cache=True, **_OPTIONS)(function)
        except (RuntimeError, OSError):  # no folder that can be written to, or no room there
            kernel = njit(signature, **_OPTIONS)(function)
        if not kernel.stats.cache_hits:
            gc.collect()
        return kernel

    return compiled


class _Choice(NamedTuple):
    """Memory for choosing the least of many numbers.

    Attributes
    ----------
    values : array of shape (n_visited,)
        What one row has of all that it visits.
    least : array of shape (n_groups,)
        The least of each group of values.
    columns : array of shape (2, n_columns + 1)
        Where small values stand, and room to sort them.
    keys : array of shape (2, n_columns + 1)
        A distance and what is at it, and room to sort them.
    squared, bits : array of shape (1,)
        A distance and, at the same place, its bits.
    """

    values: NDArray[np.int32]
    least: NDArray[np.int32]
    columns: NDArray[np.int32]
    keys: NDArray[np.int64]
    squared: NDArray[np.float32]
    bits: NDArray[np.int32]


class _Visits(NamedTuple):
    """Memory for the visits to cells.

    Attributes
    ----------
    ends : array of shape (n_cells + 1,)
        Where the visits to each cell end; zeros at first.
    visits : array of shape (n_rows * n_probes,)
        Cell by cell.
    some : array of shape (n_multiplied, n_coordinates + 2)
        Rows of some visits to one cell.
    distances, bits : array of shape (n_multiplied, cell_size)
        From these to the points of the cell, and at the same place their bits.
    """

    ends: NDArray[np.int32]
    visits: NDArray[np.int32]
    some: NDArray[np.float32]
    distances: NDArray[np.float32]
    bits: NDArray[np.int32]


_CHOICE = types.NamedTuple(  # type: ignore[no-untyped-call]
    [i4[::1], i4[::1], i4[:, ::1], i8[:, ::1], f4[::1], i4[::1]], _Choice
)
_VISITS = types.NamedTuple(  # type: ignore[no-untyped-call]
    [i4[::1], i4[::1], f4[:, ::1], f4[:, ::1], i4[:, ::1]], _Visits
)


@_part
def _bound(values: NDArray[Any], n_values: int, count: int) -> Any:
    """The least number that `count` of the first values are not above; their most, if fewer."""
    least = most = values[0]
    for i in range(n_values):
        least = values[i] if values[i] < least else least
        most = values[i] if values[i] > most else most
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


@_part
def _candidates(
    values: NDArray[np.int32], count: int, least: NDArray[np.int32], columns: NDArray[np.int32]
) -> tuple[int, Any]:
    """Write down columns of small values, among which are the `count` least.

    Returns how many they are, and the bound that they are not above, and all others are.

    Every `n_groups`-th value is of one group. The `count`-th of the groups' least values bounds
    the `count` least of all, so that only groups which go below it are looked at.

    Parameters
    ----------
    values : array of shape (n_groups * GROUP_SIZE,)
    count : int
        At most n_groups.
    least : array of shape (at least n_groups,)
        Memory for the least of each group.
    columns : array of shape (2, at least len(values) + 1)
        Columns, and memory.
    """
    n_groups = len(values) // GROUP_SIZE
    for group in range(n_groups):
        least[group] = values[group]
    for member in range(1, GROUP_SIZE):
        for group in range(n_groups):
            value = values[member * n_groups + group]
            least[group] = value if value < least[group] else least[group]
    bound = _bound(least, n_groups, count)
    n_chosen = 0
    for group in range(n_groups):
        columns[1, n_chosen] = group
        n_chosen += least[group] <= bound
    n_found = 0
    for i in range(n_chosen):
        for member in range(GROUP_SIZE):
            column = member * n_groups + columns[1, i]
            columns[0, n_found] = column
            n_found += values[column] <= bound
    return n_found, bound


@_part
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


@_kernel(types.void(i4[:, ::1], _CHOICE, i4[:, ::1]))
def _nearest_cells(bits: NDArray[np.int32], choice: _Choice, probed: NDArray[np.int32]) -> None:
    """Write down the cells to visit, by the bits of the distances to all centres."""
    n_rows, n_probes = probed.shape
    columns, keys = choice.columns, choice.keys
    for i in range(n_rows):
        n_found, _ = _candidates(bits[i], n_probes, choice.least, columns)
        for j in range(n_found):
            column = columns[0, j]
            keys[0, j] = np.int64(bits[i, column] if bits[i, column] > 0 else 0) << 32 | column
        _sort_least(keys, n_found, n_probes)
        for j in range(n_probes):
            probed[i, j] = keys[0, j] & _LOWER_HALF


@_kernel(types.void(f4[:, ::1], f4[:, :, ::1], i4[:, ::1], _VISITS, i2[:, ::1]))
def _visit(
    rows: NDArray[np.float32],
    cells: NDArray[np.float32],
    probed: NDArray[np.int32],
    memory: _Visits,
    visited: NDArray[np.int16],
) -> None:
    """Write down the upper halves of the distances from each row to the points of its cells.

    They order all squared distances but those that differ by less than a hundredth, in half the
    memory. Cell by cell, which stays in the cache.
    """
    n_rows, n_probes = probed.shape
    ends, visits, some = memory.ends, memory.visits, memory.some
    n_cells, width = cells.shape[:2]
    for i in range(n_rows):
        for j in range(n_probes):
            ends[probed[i, j] + 1] += 1
    for cell in range(n_cells):
        ends[cell + 1] += ends[cell]
    for i in range(n_rows):
        for j in range(n_probes):
            cell = probed[i, j]
            visits[ends[cell]] = i * n_probes + j
            ends[cell] += 1
    start = 0
    for cell in range(n_cells):
        while start < ends[cell]:
            n_visits = ends[cell] - start
            if n_visits > _MULTIPLIED_VISITS:
                n_visits = _MULTIPLIED_VISITS
            for i in range(n_visits):
                row = visits[start + i] // n_probes
                for k in range(width):
                    some[i, k] = rows[row, k]
            np.dot(some[:n_visits], cells[cell], memory.distances[:n_visits])
            for i in range(n_visits):
                visit = visits[start + i]
                for j in range(CELL_SIZE):
                    visited[visit, j] = memory.bits[i, j] >> _HALF
            start += n_visits


@_part
def _measured(
    row: NDArray[np.float32],
    points: NDArray[np.float32],
    order: NDArray[np.int64],
    probed: NDArray[np.int32],
    n_columns: int,
    choice: _Choice,
) -> int:
    """Write down the keys of the points in the first columns; how many they are."""
    n_room = 0
    for j in range(n_columns):
        column = choice.columns[0, j]
        point = order[probed[column // CELL_SIZE], column % CELL_SIZE]
        total = np.float32(0)
        for k in range(len(row)):
            difference = points[point, k] - row[k]
            total += difference * difference
        choice.squared[0] = total
        choice.keys[0, j - n_room] = np.int64(choice.bits[0]) << 32 | point
        n_room += point < 0
    return n_columns - n_room


@_kernel(
    types.void(
        f4[:, ::1], f4[:, ::1], i8[:, ::1], i4[:, ::1], i2[:, ::1], i8, _CHOICE, i8[:, ::1],
        f4[:, ::1],
    )
)  # fmt: skip
def _measure(
    x: NDArray[np.float32],
    points: NDArray[np.float32],
    order: NDArray[np.int64],
    probed: NDArray[np.int32],
    visited: NDArray[np.int16],
    n_found: int,
    choice: _Choice,
    index: NDArray[np.int64],
    squared_distance: NDArray[np.float32],
) -> None:
    """Write down the nearest of the points that were visited, and how far they are.

    Those that seem nearest are measured. That no other is as near as the last that is wanted is
    then certain, if that lies below the others' bound by more than products may round; how they
    round depends on the rows around, so that else all points that were visited are measured.
    Either way the result is the nearest of all that were visited.

    With u = 2^-24, n terms and distance d, a product is off by less than 2 n u (|x| + |p|)^2,
    and |p| is at most |x| + d. `_ROUNDING` is 4 u.
    """
    values, keys, squared, bits = choice.values, choice.keys, choice.squared, choice.bits
    n_rows, n_coordinates = x.shape
    n_values, n_neighbors = visited.shape[1], index.shape[1]
    rounding = np.float32((n_coordinates + 4) * _ROUNDING)
    for i in range(n_rows):
        for j in range(n_values):
            values[j] = visited[i, j]
        n_seen, bound = _candidates(values, n_found, choice.least, choice.columns)
        n_points = _measured(x[i], points, order, probed[i], n_seen, choice)
        if n_points < n_found:
            index[i, 0] = -1
            continue
        _sort_least(keys, n_points, n_neighbors)
        bits[0] = (np.int64(bound) + 1) << _HALF
        others = squared[0]
        bits[0] = keys[0, n_neighbors - 1] >> 32
        last, length = squared[0], np.float32(0)
        for k in range(n_coordinates):
            length += x[i, k] * x[i, k]
        reach = 2 * np.sqrt(length) + np.sqrt(last)
        if not last + rounding * (last + reach * reach) < others:
            for j in range(n_values):
                choice.columns[0, j] = j
            n_points = _measured(x[i], points, order, probed[i], n_values, choice)
            _sort_least(keys, n_points, n_neighbors)
        for j in range(n_neighbors):
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
        Points to measure; at most a quarter of those that are visited.
    index, squared_distance : Tensor of shape (n_rows, n_neighbors)
        To write to.
    """
    given = x.numpy()
    n_rows, n_coordinates = given.shape
    rows = np.empty((n_rows, n_coordinates + 2), np.float32)
    np.multiply(given, -2, out=rows[:, :-2])
    rows[:, -2] = 1
    np.einsum("ij,ij->i", given, given, out=rows[:, -1])
    choice = _memory_to_choose(centres.shape[1], n_probes * CELL_SIZE)
    # Not beyond the cells, where columns are filled up: for rows whose distances are no numbers.
    probed = _probe(torch.from_numpy(rows), centres, n_probes, choice)
    np.minimum(probed, len(cells) - 1, out=probed)
    visited = np.empty((n_rows * n_probes, CELL_SIZE), np.int16)
    memory = _memory_to_visit(len(cells), len(visited), n_coordinates + 2)
    _visit(rows, cells.numpy(), probed, memory, visited)
    visited = visited.reshape(n_rows, n_probes * CELL_SIZE)
    of_points = points.numpy(), order.numpy()
    written = index.numpy(), squared_distance.numpy()
    _measure(given, *of_points, probed, visited, n_found, choice, *written)


def _probe(rows: Tensor, centres: Tensor, n_probes: int, choice: _Choice) -> NDArray[np.int32]:
    """Columns of the nearest centres, shape (n_rows, n_probes)."""
    n_rows = len(rows)
    probed = np.empty((n_rows, n_probes), np.int32)
    memory = rows.new_empty(min(n_rows, BLOCK_ROWS), centres.shape[1])
    for start in range(0, n_rows, BLOCK_ROWS):
        part = slice(start, min(start + BLOCK_ROWS, n_rows))
        distances = memory[: part.stop - start]
        product(rows[part, :-2], centres[:-2], centres[-2], out=distances)
        distances.add_(rows[part, -1:])
        _nearest_cells(distances.view(torch.int32).numpy(), choice, probed[part])
    return probed


def _memory_to_choose(n_centres: int, n_visited: int) -> _Choice:
    n_columns, squared = max(n_centres, n_visited), np.empty(1, np.float32)
    return _Choice(
        np.empty(n_visited, np.int32),
        np.empty(n_columns, np.int32),
        np.empty((2, n_columns + 1), np.int32),
        np.empty((2, n_columns + 1), np.int64),
        squared,
        squared.view(np.int32),
    )


def _memory_to_visit(n_cells: int, n_visits: int, width: int) -> _Visits:
    multiplied = np.empty((_MULTIPLIED_VISITS, CELL_SIZE), np.float32)
    return _Visits(
        np.zeros(n_cells + 1, np.int32),
        np.empty(n_visits, np.int32),
        np.empty((_MULTIPLIED_VISITS, width), np.float32),
        multiplied,
        multiplied.view(np.int32),
    )
