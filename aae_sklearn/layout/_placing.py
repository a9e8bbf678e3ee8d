"""Where a row goes, given its nearest references and their codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


def average_neighbors(x: Tensor, graph: Tensor) -> Tensor:
    """References: half of each row and a quarter of each of its two nearest neighbours.

    Of two rows each is three quarters of itself, so that they stay apart.
    """
    nearest = graph[:, :2].long()
    weights = reference_weights(nearest.shape[1])
    references = x * weights[0]
    for neighbor, weight in zip(nearest.T, weights[1:], strict=True):
        references.add_(x.index_select(0, neighbor), alpha=weight)
    return references


def reference_weights(n_neighbors: int) -> list[float]:
    """Weights of a row and of its nearest neighbours, two at most, in its reference."""
    each = (1 - defaults.OWN_SHARE) / 2
    return [1 - n_neighbors * each, *[each] * n_neighbors]


def neighbor_distance(codes: Tensor) -> float:
    """How far the last of a code's nearest neighbours is; the median of some codes.

    The tree finds the code itself, too, which counts as its first neighbour.
    """
    points = to_array(codes)
    some = points[:: max(1, len(points) // defaults.SPACING_SAMPLE_ROWS)]
    distance, _ = KDTree(points).query(some, [min(defaults.SPACING_NEIGHBORS, len(points))])
    return float(np.median(distance))


@dataclass(frozen=True)
class Placing:
    """How a row is placed among so many references.

    Where they are many, places are closer than the noise of a row, and a push that keeps the
    texture of few places would mix neighbours (benchmarks/notes/placing.md, "Many rows").

    Attributes
    ----------
    n_references : int
    few_sharpness : float
        How many times e the weights of few references fall by at the middle one.
    """

    n_references: int
    few_sharpness: float = defaults.WEIGHT_SHARPNESS

    @property
    def n_nearest(self) -> int:
        """References that decide; never all of them, as one is needed to measure against."""
        wanted = defaults.PLACING_NEIGHBORS if self._crowding == 1 else defaults.CROWDED_NEIGHBORS
        return max(1, min(wanted, self.n_references - 1))

    @property
    def sharpness(self) -> float:
        """How many times e the weights of so many fall by at the middle one."""
        falls: float = self._crowding**-defaults.SHARPNESS_POWER
        return self.few_sharpness * falls

    @property
    def damping(self) -> float:
        """Share of the pull that a force is divided by."""
        return defaults.PLACING_DAMPING * self._crowding

    @property
    def _crowding(self) -> float:
        return max(1.0, self.n_references / defaults.FEW_ROWS)


def distance_weights(squared_distance: Tensor, sharpness: float) -> Tensor:
    """Weights that fall exponentially with the distance; they sum to 1."""
    beyond = squared_distance - squared_distance[:, :1]
    middle = beyond[:, beyond.shape[1] // 2, None].clamp(min=defaults.NO_DISTANCE)
    weights = torch.exp(beyond / middle * -sharpness)
    return weights / weights.sum(dim=1, keepdim=True)


def balance(
    near: Tensor, weights: Tensor, scale: float, mode_scale: float, damping: float
) -> Tensor:
    """Where the pull of a row's references balances the layout's repulsion.

    A mean of the references' codes would contract the map, since nothing pushes back: hence one
    step of the layout for the row, from the mean, with the push that the references feel
    (benchmarks/notes/placing.md).

    Parameters
    ----------
    near : Tensor of shape (n_rows, n_nearest, 2 * n_components)
        Codes of the nearest references, in units of `scale`, and the `density_push` there.
    weights : Tensor of shape (n_rows, n_nearest)
    scale : float
        Of the layout's kernel.
    mode_scale : float
        Of the kernel by which references agree on a group, at least `scale`.
    damping : float
        Share of the pull that the force is divided by.

    Returns
    -------
    places : Tensor of shape (n_rows, n_components)
    """
    of_near, w = _rows_last(near), _rows_last(weights)
    z_near = of_near.chunk(2)[0]
    group = _group(z_near, w, (scale / mode_scale) ** 2)
    z, push = (group * of_near).sum(dim=1, keepdim=True).chunk(2)
    difference = z - z_near
    pull = w / difference.square().sum(dim=0).add_(1)
    force = (pull * difference).sum(dim=1, keepdim=True).add_(push)
    stiffness = pull.sum(dim=0).mul_(damping).add_(defaults.PLACING_LEAST_DAMPING)
    z = z - force / stiffness
    return scale * z[:, 0, : len(near)].T


def _group(z_near: Tensor, w: Tensor, narrow: float) -> Tensor:
    """How much each reference belongs to the group on which they agree most; sums to 1.

    A row between two groups joins one of them, and not the gap.

    Parameters
    ----------
    z_near : Tensor of shape (n_components, n_nearest, n_rows)
    w : Tensor of shape (n_nearest, n_rows)
    narrow : float
        Squared scale of `z_near` over that of the kernel.
    """

    def kernel(difference: Tensor) -> Tensor:
        return w / difference.square_().sum(dim=0).mul_(narrow).add_(1)

    starts = z_near[:, : defaults.PLACING_STARTS]
    if z_near.shape[2] <= defaults.VECTOR_ROWS:  # few: all at once takes half the time
        kernels = kernel(z_near[:, None] - starts[:, :, None])
        best = kernels.sum(dim=1).argmax(dim=0)
        group = kernels.gather(0, best.expand(1, len(w), -1))[0]
    else:
        agreement = [kernel(z_near - z).sum(dim=0) for z in starts.split(1, dim=1)]
        best = torch.stack(agreement).argmax(dim=0)
        group = kernel(z_near - starts.gather(1, best.expand(len(z_near), 1, -1)))
    return group / group.sum(dim=0)


def _rows_last(x: Tensor) -> Tensor:
    """Axes reversed, so that passes through memory are long.

    Rows are filled up with ones to whole vectors: torch sums what is left over in another
    order, and a row's code would depend on how many rows there are.
    """
    last = x.permute(*reversed(range(x.ndim)))
    return torch.nn.functional.pad(last, (0, -len(x) % defaults.VECTOR_ROWS), value=1).contiguous()
