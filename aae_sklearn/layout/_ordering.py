"""The start of a layout on a line, where rows cannot pass each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
from torch import Tensor

from aae_sklearn.neighbors._index import NeighborIndex
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults

_AVERAGED = 3  # settled rows between which any row stands


def ordered_start(x: Tensor) -> Tensor:
    """Codes of one component at unit variance, in the order of the rows along their graph.

    They are ranks in the slowest vector of the diffusion on the graph (Fiedler, "Algebraic
    Connectivity of Graphs", Czechoslovak Mathematical Journal 23, 1973): on a curve they follow
    its arc, however it winds. Pieces that no edge joins stand in the order of the first
    principal component. Some rows settle it; any row stands where the nearest of these do.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
        Principal components.
    """
    step = -(-len(x) // defaults.ORDERED_ROWS)
    some = x[::step].contiguous()
    n_found = min(defaults.ORDERING_NEIGHBORS, max(1, (len(some) - 1) // 3)) + 1
    found: NDArray[np.int64] = to_array(NeighborIndex(some).query(x, n_found).index)
    along = to_array(some[:, 0]).astype(np.float64)
    ranks: NDArray[np.float64] = stats.rankdata(slowest_vector(found[::step], along))
    place = stats.rankdata(ranks[found[:, :_AVERAGED]].mean(axis=1))
    place -= place.mean()
    return torch.from_numpy(place / max(place.std(), defaults.NO_DISTANCE)).to(x)[:, None]


def slowest_vector(neighbors: NDArray[Any], along: NDArray[np.float64]) -> NDArray[np.float64]:
    """The diffusion's slowest vector that is not constant, or `along` if there is none to find.

    A trace of `along` is added to the diffusion: it decides between vectors that are equally
    slow, those of pieces, and is too weak to be seen within a piece.

    Parameters
    ----------
    neighbors : ndarray of shape (n_rows, n_neighbors)
    along : ndarray of shape (n_rows,)
    """
    n_rows = len(along)
    if n_rows <= defaults.ORDERING_NEIGHBORS:
        return along
    starts = neighbors.shape[1] * np.arange(n_rows + 1)
    ones = np.ones(neighbors.size)
    edges = sparse.csr_array((ones, neighbors.ravel(), starts), (n_rows, n_rows))
    edges = edges + edges.T
    root = np.sqrt(edges.sum(axis=1))
    scaling = sparse.diags_array(1 / root)
    diffusion = scaling @ edges @ scaling
    constant = root / np.linalg.norm(root)
    hint = along * root - constant * (constant @ (along * root))
    hint /= max(np.linalg.norm(hint), defaults.NO_DISTANCE)

    def diffuse(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        v = vector.ravel()
        trace = defaults.ORDERING_TRACE * hint * (hint @ v)
        spread: NDArray[np.float64] = diffusion @ v - constant * (constant @ v) + trace
        return spread

    operator = LinearOperator((n_rows, n_rows), matvec=diffuse, dtype=np.float64)
    start = hint + np.random.RandomState(0).normal(scale=0.1 / np.sqrt(n_rows), size=n_rows)
    n_vectors = min(n_rows - 1, defaults.LANCZOS_VECTORS)
    try:
        _, vectors = eigsh(
            operator, 1, which="LA", v0=start, ncv=n_vectors, tol=1e-7, maxiter=1_000
        )
    except ArpackNoConvergence:
        return along
    slowest: NDArray[np.float64] = vectors[:, 0] / root
    return slowest * np.sign(slowest @ along or 1.0)
