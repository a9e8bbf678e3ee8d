"""Placing among the references of a map, as nodes of an ONNX graph.

It is what `layout/_features.LayoutFeatures` does. The formulas are those of `layout/_placing`;
they stand here a second time because there they run over blocks of rows with memory that is used
again. All references are compared, and those of cells that a search would not visit are left out
afterwards: this finds what a search in cells does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.layout._coordinates import Coordinates, Directions
from aae_sklearn.layout._features import LayoutFeatures
from aae_sklearn.layout._placing import Placing
from aae_sklearn.layout._search import CoordinateSearch
from aae_sklearn.model._formulas import Reading
from aae_sklearn.model._graph import Value
from aae_sklearn.model._onnx_graph import OnnxGraph
from aae_sklearn.neighbors._coordinates import Euclidean, Stretched, UnitLength, Whitened
from aae_sklearn.neighbors._index import NeighborIndex
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


def place(g: OnnxGraph, features: LayoutFeatures, rows: Value) -> Value:
    """Places of rows, shape (n_rows, n_components)."""
    search = features.search
    if not isinstance(search, CoordinateSearch):
        raise NotExportableError(
            "under this metric a new row is compared with rows by code, and a graph holds "
            "formulas only; fit with a metric that has coordinates, such as 'euclidean' or "
            "'cosine'"
        )
    x = _read(g, search.coordinates, _coordinates(g, search.metric, rows))
    placing = features.placing
    found, squared = _nearest(g, search.index, x, placing.n_nearest)
    near = g.gather(g.constant(_in_cells(features.table, search.index)), found)
    width = features.table.shape[1] // 2
    codes, push = g.part(near, 2, 0, width), g.part(near, 2, width, 2 * width)
    weights = _distance_weights(g, squared, placing)
    group = _group(g, codes, weights, placing, (features.scale / features.mode_scale) ** 2)
    return _balance(g, codes, push, weights, group, placing.damping) * features.scale


def _read(g: OnnxGraph, coordinates: Coordinates, rows: Value) -> Value:
    """What `layout._coordinates` makes of what the metric makes of rows."""
    x: Value = Reading.of(coordinates.inputs)(g, rows)
    if not isinstance(coordinates, Directions):
        return x
    length = g.clip(g.length(x), defaults.NO_DISTANCE, math.inf)
    turned: Value = x / length * g.constant(to_array(coordinates.weights))
    return turned


def _in_cells(values: Tensor, index: NeighborIndex) -> NDArray[Any]:
    """What belongs to references, in the order of the cells; any of it where a cell has room."""
    return to_array(values[index.order.flatten().clamp(min=0)])


def _nearest(g: OnnxGraph, index: NeighborIndex, x: Value, n_nearest: int) -> tuple[Value, Value]:
    """Positions in cells, and squared distances, of the nearest references, nearest first.

    A product finds a few more than are asked for; their distances are then summed difference by
    difference, which rounds less.
    """
    points = g.constant(_in_cells(index.points, index))
    norms = to_array(index.cells[:, -2].flatten())  # infinite where a cell has room
    distances = g.node("Gemm", x, points, g.constant(norms), alpha=-2.0, transB=1)
    n_found, n_visited = index.n_found(n_nearest), index.n_visited(n_nearest)
    if n_visited < len(index.order):
        distances = _in_nearest_cells(g, index, x, distances, n_visited, n_found)
    _, found = g.smallest(distances, n_found)
    differences = g.gather(points, found) - g.with_axis(x, 1)
    squared, order = g.smallest(g.sum(differences * differences, 2), n_nearest)
    return g.node("GatherElements", found, order, axis=1), squared


def _in_nearest_cells(
    g: OnnxGraph, index: NeighborIndex, x: Value, distances: Value, n_visited: int, n_found: int
) -> Value:
    """Distances that are infinite outside the nearest cells, unless these have too few points."""
    n_cells, cell_size = index.order.shape
    centres = to_array(index.centres[:, :n_cells])
    to_centres = g.linear(x, -2 * centres[:-2], centres[-2])
    furthest = g.part(g.smallest(to_centres, n_visited)[0], 1, n_visited - 1, n_visited)
    is_far = to_centres > furthest
    n_points = (index.order >= 0).sum(dim=1, keepdim=True)
    n_near = g.linear(g.where(is_far, 0.0, 1.0), to_array(n_points))
    beyond = g.where(g.node("And", is_far, n_near > n_found - 0.5), math.inf, 0.0)
    in_cells = g.node("Reshape", distances, g.integers(0, n_cells, cell_size))
    return g.node("Reshape", in_cells + g.with_axis(beyond, 2), g.integers(0, n_cells * cell_size))


def _distance_weights(g: OnnxGraph, squared: Value, placing: Placing) -> Value:
    """`layout._placing.distance_weights`."""
    beyond = squared - g.part(squared, 1, 0, 1)
    middle = placing.n_nearest // 2
    unit = g.clip(g.part(beyond, 1, middle, middle + 1), defaults.NO_DISTANCE, math.inf)
    weights = g.exp(beyond / unit * -placing.sharpness)
    return weights / g.sum(weights, 1, keepdims=True)


def _group(g: OnnxGraph, codes: Value, weights: Value, placing: Placing, narrow: float) -> Value:
    """`layout._placing._group`, shape (n_rows, n_nearest)."""
    n_starts = min(defaults.PLACING_STARTS, placing.n_nearest)
    starts = g.with_axis(g.part(codes, 1, 0, n_starts), 2)
    differences = g.with_axis(codes, 1) - starts  # (n_rows, n_starts, n_nearest, n_components)
    spread = g.sum(differences * differences, 3) * narrow + 1.0
    kernels = g.with_axis(weights, 1) / spread
    best = g.node("ArgMax", g.sum(kernels, 2), axis=1, keepdims=1)
    group = g.node("GatherND", kernels, best, batch_dims=1)
    return group / g.sum(group, 1, keepdims=True)


def _balance(
    g: OnnxGraph, codes: Value, push: Value, weights: Value, group: Value, damping: float
) -> Value:
    """`layout._placing.balance`, in units of the layout's scale."""
    belongs = g.with_axis(group, 2)
    z = g.sum(belongs * codes, 1, keepdims=True)
    difference = z - codes
    pull = weights / (g.sum(difference * difference, 2) + 1.0)
    force = g.sum(g.with_axis(pull, 2) * difference + belongs * push, 1)
    stiffness = g.sum(pull, 1, keepdims=True) * damping + defaults.PLACING_LEAST_DAMPING
    return g.node("Squeeze", z, g.integers(1)) - force / stiffness


def _coordinates(g: OnnxGraph, metric: Any, rows: Value) -> Value:
    """Rows whose Euclidean distance is the metric's."""
    make = _COORDINATES.get(type(metric))
    if make is None or getattr(metric, "centred", False):
        raise NotExportableError(
            f"coordinates of {metric} are not among the formulas that are exported; fit with "
            "metric='euclidean', 'cosine', 'seuclidean' or 'mahalanobis'"
        )
    return make(g, metric, rows)


def _directions(g: OnnxGraph, metric: UnitLength, rows: Value) -> Value:
    """Rows of length 1; a further column marks those of length 0."""
    largest = -g.smallest(-g.abs(rows), 1)[0]
    is_zero = g.node("Cast", g.node("Equal", largest, 0.0), to=1)
    scaled = rows / (largest + is_zero)
    return g.node("Concat", scaled / (g.length(scaled) + is_zero), is_zero, axis=1)


_COORDINATES: dict[type, Callable[[OnnxGraph, Any, Value], Value]] = {
    Euclidean: lambda g, metric, rows: rows,
    Stretched: lambda g, metric, rows: rows * g.constant(metric.factors),
    UnitLength: _directions,
    Whitened: lambda g, metric, rows: g.linear(rows, metric.root),
}
