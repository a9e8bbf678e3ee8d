"""The graph of the neighbour term: each row's nearest neighbours under a metric."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from aae_sklearn._neighbors import neighbor_graph


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
    search = NearestNeighbors(n_neighbors=n_neighbors, metric=metric).fit(rows)
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
