"""The graph of the neighbour term: each row's nearest neighbours under a metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import sparse
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from aae_sklearn.neighbors._index import neighbor_graph
from aae_sklearn.settings import _defaults as defaults


def coordinate_weights(x: Tensor) -> Tensor:
    """Weights for distances, 1/2 to 1: noise counts less, shape (n_coordinates,).

    Rows that are near in one half of the coordinates are alike in a coordinate of the other half,
    unless it is noise: then their difference varies as much as that of any two rows (it has a
    contiguity ratio of 1: Geary, "The Contiguity Ratio and Statistical Mapping", The Incorporated
    Statistician 5, 1954). Some rows decide. The first ten coordinates count whole: what a row of
    few features has in one of them, nothing else in it may say.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
        Principal components, so that every other one is a fair half.
    """
    if x.shape[1] <= defaults.WHOLE_COORDINATES:
        return torch.ones_like(x[0])
    some = x[:: -(-len(x) // defaults.JUDGED_ROWS)]
    contiguity = torch.empty_like(some[0])
    for half, other in ((0, 1), (1, 0)):
        graph = neighbor_graph(
            some[:, other::2].contiguous(), min(defaults.JUDGING_NEIGHBORS, len(some) - 1)
        )
        judged = some[:, half::2]
        squared = (judged[:, None] - judged[graph]).square().mean(dim=(0, 1))
        contiguity[half::2] = squared / (2 * judged.var(dim=0)).clamp(min=1e-12)
    weights = (
        ((1 - contiguity) / defaults.SIGNAL_SHARE)
        .clamp(defaults.COORDINATE_MIN_WEIGHT**2, 1)
        .sqrt()
    )
    weights[: defaults.WHOLE_COORDINATES] = 1
    return weights


def build_graph(x: Tensor, rows: Any, n_neighbors: int, metric: Any) -> Tensor:
    """Indices of neighbours, shape (n_rows, n_neighbors), int32, on the device of x.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
        Coordinates whose Euclidean distance is the rows'.
    rows : {array, sparse matrix} of shape (n_rows, n_features)
        For other metrics.
    n_neighbors : int
    metric : str, callable or (indices, distances)
        "euclidean"; another metric of `sklearn.neighbors.NearestNeighbors`; or neighbours
        that are known, nearest first, with or without the row itself.
    """
    if isinstance(metric, str) and metric == "euclidean":
        return neighbor_graph(x, n_neighbors)
    if isinstance(metric, tuple):
        return _from_indices(np.asarray(metric[0]), n_neighbors).to(x.device)
    search = NearestNeighbors(n_neighbors=n_neighbors, metric=metric).fit(rows[:])
    return torch.from_numpy(search.kneighbors(return_distance=False)).int().to(x.device)


def _from_indices(indices: np.ndarray[Any, Any], n_neighbors: int) -> Tensor:
    """The first neighbours that are not the row itself."""
    is_self = indices == np.arange(len(indices))[:, None]
    order = np.argsort(is_self, axis=1, kind="stable")[:, :n_neighbors]
    return torch.from_numpy(np.take_along_axis(indices, order, axis=1).astype(np.int32))


def both_ways(graph: Tensor, generator: torch.Generator) -> Tensor:
    """Each row's neighbours and rows whose neighbour it is, shape (n_rows, 2, n_neighbors).

    Of the latter as many as there is room for; where they are few, neighbours again. Both
    halves are mixed at random.
    """
    n_rows, n_neighbors = graph.shape
    backward = _backward(graph, generator)
    table = graph.new_empty(n_rows, 2 * n_neighbors)
    columns = torch.randperm(2 * n_neighbors, generator=generator, device=graph.device)
    table[:, columns[:n_neighbors]] = graph
    table[:, columns[n_neighbors:]] = backward
    return table.view(n_rows, 2, n_neighbors)


def _backward(graph: Tensor, generator: torch.Generator) -> Tensor:
    """Some rows whose neighbour each row is; its own neighbours where they are few."""
    sources, first = _by_neighbor(graph, generator)
    room = torch.arange(graph.shape[1], device=graph.device, dtype=first.dtype)
    place = first[:-1, None] + room
    is_source = place < first[1:, None]
    return torch.where(is_source, sources[place.clamp_(max=len(sources) - 1)], graph)


def _by_neighbor(graph: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows sorted by neighbour, else in random order, and where those of each neighbour begin."""
    n_rows, n_neighbors = graph.shape
    device = graph.device
    rows = torch.randperm(n_rows, generator=generator, device=device, dtype=graph.dtype)
    neighbors = graph[rows].flatten().cpu().numpy()
    starts = n_neighbors * np.arange(n_rows + 1)
    ones, shape = np.ones(len(neighbors), np.int8), (n_rows, n_rows)
    edges = sparse.csr_array((ones, neighbors, starts), shape).tocsc()
    place, first = (torch.from_numpy(a).to(device) for a in (edges.indices, edges.indptr))
    return rows[place], first
