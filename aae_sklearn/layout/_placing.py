"""Where a row goes, given the codes of its nearest references.

A reference is the mean of a row and its nearest neighbours: it is less noisy than a row, and the
model holds no row.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from aae_sklearn.settings import _defaults as defaults


def average_neighbors(x: Tensor, graph: Tensor) -> Tensor:
    """The mean of each row and its first neighbours in the graph.

    Summed in the order of their indices: rows that are each other's neighbours have the same
    mean to the bit, and rounding does not decide which of them is nearer to a new row.
    """
    own = torch.arange(len(x), device=x.device)[:, None]
    averaged = torch.cat([own, graph[:, : defaults.AVERAGED_ROWS - 1]], dim=1).sort(dim=1).values
    return torch.nn.functional.embedding_bag(averaged, x, mode="mean")


def neighbor_distance(codes: Tensor) -> float:
    """How far the last of a code's nearest neighbours is; the median of some codes."""
    points = codes.cpu().numpy()
    some = points[:: max(1, len(points) // defaults.SPACING_SAMPLE_ROWS)]
    distance, _ = KDTree(points).query(some, [min(defaults.PLACING_NEIGHBORS, len(points))])
    return float(np.median(distance))


def distance_weights(squared_distance: Tensor) -> Tensor:
    """Weights that fall exponentially, by 1/e at the middle neighbour; they sum to 1."""
    beyond = squared_distance - squared_distance[:, :1]
    middle = beyond[:, beyond.shape[1] // 2, None].clamp(min=1e-12)
    weights = torch.exp(-beyond / middle)
    return weights / weights.sum(dim=1, keepdim=True)


def mean_shift(codes: Tensor, weights: Tensor, scale: float) -> Tensor:
    """The mode that a row's neighbours agree on, shape (n_rows, n_components).

    Parameters
    ----------
    codes : Tensor of shape (n_rows, n_nearest, n_components)
    weights : Tensor of shape (n_rows, n_nearest)
    scale : float
    """
    z_near, w = _rows_last(codes) / scale, _rows_last(weights)

    def kernel(z: Tensor) -> Tensor:
        return w / (z_near - z).square_().sum(dim=0).add_(1)

    agreement = torch.stack([kernel(z).sum(dim=0) for z in z_near.split(1, dim=1)])
    z = z_near.gather(1, agreement.argmax(dim=0).expand(len(z_near), 1, -1))
    for _ in range(defaults.MEAN_SHIFTS):
        near = kernel(z)
        z = (near * z_near).sum(dim=1, keepdim=True) / near.sum(dim=0)
    return scale * z[:, 0, : len(codes)].T


def _rows_last(x: Tensor) -> Tensor:
    """Axes reversed, so that passes through memory are long.

    Rows are filled up with ones to whole vectors: what is left beside them torch sums in another
    order, and a row's code would depend on how many rows there are.
    """
    last = x.permute(*reversed(range(x.ndim)))
    return torch.nn.functional.pad(last, (0, -len(x) % defaults.VECTOR_ROWS), value=1).contiguous()
