"""The graph of the neighbour term: each row's nearest neighbours under a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from aae_sklearn.neighbors._index import nearest_others
from aae_sklearn.neighbors._ranking import RankedNeighbors
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class Graph:
    """Each row's neighbours, nearest first, and how much each of these edges counts.

    Attributes
    ----------
    index : Tensor of shape (n_rows, n_neighbors), int32
    weight : Tensor of shape (n_rows, n_neighbors)
    """

    index: Tensor
    weight: Tensor


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
        n_neighbors = min(defaults.JUDGING_NEIGHBORS, len(some) - 1)
        graph = nearest_others(some[:, other::2].contiguous(), n_neighbors).index
        judged = some[:, half::2]
        squared = (judged[:, None] - judged[graph]).square().mean(dim=(0, 1))
        contiguity[half::2] = squared / (2 * judged.var(dim=0)).clamp(min=defaults.NO_DISTANCE)
    weights = (
        ((1 - contiguity) / defaults.SIGNAL_SHARE)
        .clamp(defaults.COORDINATE_MIN_WEIGHT**2, 1)
        .sqrt()
    )
    weights[: defaults.WHOLE_COORDINATES] = 1
    return weights


def coordinate_graph(x: Tensor, n_neighbors: int) -> Graph:
    """The graph of rows by the Euclidean distance of their coordinates, on their device.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
    n_neighbors : int
    """
    found = nearest_others(x, n_neighbors)
    return Graph(found.index, edge_weights(found.index, found.squared_distance))


def metric_graph(found: RankedNeighbors, device: torch.device) -> Graph:
    """The graph of neighbours that were found by comparing rows with rows."""
    index = torch.from_numpy(found.index.astype(np.int32)).to(device)
    largest = found.distance.max()
    distance = found.distance / (largest if largest > defaults.LARGE_DISTANCES else 1.0)
    squared = torch.from_numpy(distance.astype(np.float32)).to(device).square()
    return Graph(index, edge_weights(index, squared))


def edge_weights(index: Tensor, squared_distance: Tensor) -> Tensor:
    """1 where a row lies within its neighbour's own reach, less the further it is outside.

    A row reaches as far as the middle one of its neighbours, and the weight is the squared
    reach of the neighbour over the squared distance. So strangers, whom a row of a group of
    four has to take for neighbours, count little against the other three; a row that all are far
    from has equal weights, since only their ratios count.
    """
    reach = squared_distance[:, squared_distance.shape[1] // 2][index.long()]
    tiny = torch.finfo(reach.dtype).tiny  # duplicates are neighbours, whatever their reach
    weight = (reach + tiny) / (squared_distance + tiny)
    return weight.nan_to_num(1.0).clamp_(defaults.EDGE_MIN_WEIGHT, 1)


def both_ways(graph: Graph, generator: torch.Generator) -> Tensor:
    """Neighbours and rows whose neighbour a row is, by weight, shape (n_rows, 2, n_neighbors).

    An edge counts at both of its ends. A row's places go to its edges in proportion to their
    weights, each a whole number of times: its share, rounded up or down at random (systematic
    sampling: Madow, Madow, "On the Theory of Systematic Sampling", Annals of Mathematical
    Statistics 15, 1944). The two halves are mixed at random.
    """
    n_rows, n_neighbors = graph.index.shape
    device = graph.index.device
    namers = _by_neighbor(graph)
    table = graph.index.new_empty(n_rows, 2 * n_neighbors)
    columns = torch.randperm(2 * n_neighbors, generator=generator, device=device)
    shift = torch.rand(n_rows, 1, generator=generator, device=device, dtype=torch.float64)
    for rows in torch.arange(n_rows, device=device).split(defaults.DRAWN_BLOCK_ROWS):
        table[rows] = _partners(graph, namers, rows, shift[rows])[:, columns]
    return table.view(n_rows, 2, n_neighbors)


class _Namers(NamedTuple):
    """Rows sorted by the neighbour that they name, and the sum of weights before each.

    Attributes
    ----------
    rows, before : Tensor of shape (n_edges,) and (n_edges + 1,)
    first : Tensor of shape (n_rows + 1,)
        Where those of each neighbour begin.
    """

    rows: Tensor
    before: Tensor
    first: Tensor


def _by_neighbor(graph: Graph) -> _Namers:
    n_rows, n_neighbors = graph.index.shape
    device = graph.index.device
    starts = n_neighbors * np.arange(n_rows + 1, dtype=np.int32)  # as the rows' own indices
    weights, neighbors = (to_array(t.flatten()) for t in (graph.weight, graph.index))
    edges = sparse.csr_array((weights, neighbors, starts), (n_rows, n_rows)).tocsc()
    before = np.concatenate([[0], np.cumsum(edges.data, dtype=np.float64)])
    parts = (edges.indices, before, edges.indptr)
    return _Namers(*(torch.from_numpy(part).to(device) for part in parts))


def _partners(graph: Graph, namers: _Namers, rows: Tensor, shift: Tensor) -> Tensor:
    """Evenly spaced samples of the weights of some rows' edges: first theirs, then the others'."""
    neighbors, forth = graph.index[rows], graph.weight[rows].double().cumsum(dim=1)
    begin, end = namers.first[rows, None], namers.first[rows + 1, None]
    own, back = forth[:, -1:], namers.before[end] - namers.before[begin]
    n_places = 2 * neighbors.shape[1]
    place = (torch.arange(n_places, device=rows.device) + shift) / n_places * (own + back)
    forward = torch.searchsorted(forth, place, right=True).clamp_(max=neighbors.shape[1] - 1)
    backward = torch.searchsorted(namers.before, place - own + namers.before[begin], right=True)
    backward = (backward - 1).minimum(end - 1).clamp_(min=0)
    return torch.where(
        place < own, neighbors.gather(1, forward), namers.rows[backward].to(neighbors.dtype)
    )
