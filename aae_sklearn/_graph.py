"""The graph of the neighbour term: each row's nearest neighbours under a metric."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from aae_sklearn._neighbors import neighbor_graph

_N_JUDGED = 3_000
_N_JUDGES = 15
_N_WHOLE = 10
_SHARED_ENOUGH = 0.2
_LEAST_WEIGHT = 0.5


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
    if x.shape[1] <= _N_WHOLE:
        return torch.ones_like(x[0])
    some = x[:: -(-len(x) // _N_JUDGED)]
    contiguity = torch.empty_like(some[0])
    for half, other in ((0, 1), (1, 0)):
        graph = neighbor_graph(some[:, other::2].contiguous(), min(_N_JUDGES, len(some) - 1))
        judged = some[:, half::2]
        squared = (judged[:, None] - judged[graph]).square().mean(dim=(0, 1))
        contiguity[half::2] = squared / (2 * judged.var(dim=0)).clamp(min=1e-12)
    weights = ((1 - contiguity) / _SHARED_ENOUGH).clamp(_LEAST_WEIGHT**2, 1).sqrt()
    weights[:_N_WHOLE] = 1
    return weights


def build_graph(x: Tensor, rows: Any, n_neighbors: int, metric: Any) -> Tensor:
    """Indices of neighbours, shape (n_rows, n_neighbors), on the device of x.

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
    return torch.from_numpy(search.kneighbors(return_distance=False)).to(x.device)


def _from_indices(indices: np.ndarray[Any, Any], n_neighbors: int) -> Tensor:
    """The first neighbours that are not the row itself."""
    is_self = indices == np.arange(len(indices))[:, None]
    order = np.argsort(is_self, axis=1, kind="stable")[:, :n_neighbors]
    return torch.from_numpy(np.take_along_axis(indices, order, axis=1).astype(np.int64))


def both_ways(graph: Tensor, generator: torch.Generator) -> Tensor:
    """Each row's neighbours and rows whose neighbour it is, shape (n_rows, 2, n_neighbors).

    Of the latter as many as there is room for; where they are few, neighbours again. Both
    halves are mixed at random. As int32, since the table is read in each step.
    """
    graph = graph.int()
    n_rows, n_neighbors = graph.shape
    device, arange = graph.device, partial(torch.arange, device=graph.device, dtype=graph.dtype)
    edges = torch.randperm(graph.numel(), generator=generator, device=device, dtype=graph.dtype)
    targets, order = graph.flatten()[edges].sort(stable=True)
    sources = edges[order] // n_neighbors
    first = torch.searchsorted(targets, arange(n_rows + 1), out_int32=True)
    place = first[:-1, None] + arange(n_neighbors)
    backward = sources[place.clamp(max=len(sources) - 1)]
    backward = torch.where(place < first[1:, None], backward, graph)
    columns = torch.randperm(2 * n_neighbors, generator=generator, device=device)
    return torch.cat([graph, backward], dim=1)[:, columns].view(n_rows, 2, n_neighbors)
