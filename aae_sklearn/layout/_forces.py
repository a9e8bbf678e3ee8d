"""Forces of the layout: gradients of its losses, written out; pure functions of tensors."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from aae_sklearn.runtime._memory import in_smaller_chunks
from aae_sklearn.runtime._sorting import ascending, group_offsets, in_order
from aae_sklearn.runtime._threads import in_threads
from aae_sklearn.settings import _defaults as defaults


class NeighborGradient(NamedTuple):
    """Gradient for each code, and how fast its attraction grows with distance."""

    gradient: Tensor
    curvature: Tensor


def neighbor_gradient(
    codes: Tensor, partners: Tensor, others: Tensor, exaggeration: float
) -> NeighborGradient:
    r"""Gradient of InfoNCE with the Cauchy kernel, averaged over neighbours of each code.

    .. math:: L_{ij} = -\log q_{ij} + \log\Big(q_{ij} + \sum_m q_{im}\Big),
        \quad q_{ij} = 1 / (1 + |z_i - z_j|^2)

    Many negatives make it t-SNE's loss (Damrich, Böhm, Hamprecht, Kobak, "From t-SNE to
    UMAP with contrastive learning", arXiv 2206.01816). It is written out because
    passes through memory are what a step costs: here most of them change what is there.
    Components come first, so that every pass is along it.

    Parameters
    ----------
    codes : Tensor of shape (n_components, n_codes)
        In units of the kernel's scale; the gradient is for them alone.
    partners : Tensor of shape (n_components, n_partners, n_codes)
    others : Tensor of shape (n_components, n_negatives)
    exaggeration : float
        Factor of the attraction.

    Returns
    -------
    gradient : Tensor of shape (n_components, n_codes)
    curvature : Tensor of shape (n_codes,)
        The mean factor of the differences to the partners.
    """
    difference = codes[:, None] - partners
    near = difference.square().sum(dim=0).add_(1).reciprocal_()
    mass, moments = _repulsion(codes, others)
    inverse = (near + mass).reciprocal_()
    gradient = (moments[:-1] - codes * moments[-1]).mul_(inverse.mean(dim=0))
    weight = inverse.mul_(near).neg_().add_(exaggeration).mul_(near)
    gradient += difference.mul_(weight).mean(dim=1)
    return NeighborGradient(gradient.mul_(2), weight.mean(dim=0).mul_(2))


def _repulsion(codes: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Sums over the negatives of q, shape (n_codes,), and of q² (z_m, 1).

    Code by code in blocks: the matrix of all pairs would not stay in a core's cache.
    """
    return in_smaller_chunks(partial(_repulsion_by, codes, others), _repelled_rows(others))


def _repulsion_by(codes: Tensor, others: Tensor, block: int) -> tuple[Tensor, Tensor]:
    n_codes = codes.shape[1]
    left, right = _factors(codes, others)
    moved = torch.cat([others, others.new_ones(1, others.shape[1])])
    mass, moments = codes.new_empty(n_codes), codes.new_empty(len(moved), n_codes)
    memory = codes.new_empty(min(block, n_codes), others.shape[1])
    for start in range(0, n_codes, block):
        some = slice(start, start + block)
        rows = left[:, some].T
        q = torch.mm(rows, right, out=memory[: len(rows)]).clamp_(min=1).reciprocal_()
        torch.sum(q, dim=1, out=mass[some])
        moments[:, some] = moved @ q.square_().T
    return mass, moments


def _repelled_rows(others: Tensor) -> int:
    """How many codes are compared with all the others at a time."""
    on_cpu = others.device.type == "cpu"
    pairs = defaults.REPELLED_PAIRS if on_cpu else defaults.GPU_REPELLED_PAIRS
    return max(1, pairs // others.shape[1])


def _factors(codes: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Whose product is 1 + the squared distances of all pairs."""
    ones, one = codes.new_ones(1, codes.shape[1]), others.new_ones(1, others.shape[1])
    left = torch.cat([codes, codes.square().sum(dim=0, keepdim=True) + 1, ones])
    right = torch.cat([-2 * others, one, others.square().sum(dim=0, keepdim=True)])
    return left, right


def sliced_gradient(
    codes: Tensor, z_prior: Tensor, axes: Tensor, labels: Tensor | None = None
) -> Tensor:
    """Gradient of the sliced Wasserstein distance to samples of the prior, for each code.

    Half the squared distance between sorted projections, averaged over the axes (Kolouri et
    al., "Sliced-Wasserstein Autoencoder", arXiv 1804.01947).

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_components, n_codes)
    axes : Tensor of shape (n_axes, n_components)
        Unit vectors.
    labels : Tensor of shape (n_codes, n_labels) or None
        1 at the label of each code and draw, else 0: each is then sorted among its like.
    """
    found, wanted = axes @ codes, axes @ z_prior
    if labels is not None:
        apart = group_offsets(found, wanted, labels.argmax(dim=1))
        found, wanted = found + apart, wanted + apart
    wanted = in_order(wanted)
    ordered, order = ascending(found)
    gap = torch.empty_like(ordered).scatter_(1, order, ordered - wanted)
    return axes.T @ gap / len(axes)


def arrangement_gradient(codes: Tensor, landmarks: Tensor, distance: Tensor) -> Tensor:
    r"""Which way a code goes for distances on the map to agree less with those between rows.

    The gradient of their negative correlation, times the number of codes and the standard
    deviation of the distances on the map, so that it has no unit:

    .. math:: g_i = \frac1L \sum_l (\rho b_{il} - a_{il}) \frac{z_i - z_l}{|z_i - z_l|},
        \quad \rho = \overline{a b}

    with the rows' distances *a* and the map's *b*, both of mean 0 and variance 1.

    Parameters
    ----------
    codes : Tensor of shape (n_components, n_codes)
    landmarks : Tensor of shape (n_components, n_landmarks)
        Their codes.
    distance : Tensor of shape (n_codes, n_landmarks)
        Of the rows, of about mean 0 and variance 1.
    """
    squared = torch.addmm(
        codes.square().sum(dim=0)[:, None] + landmarks.square().sum(dim=0),
        codes.T,
        landmarks,
        alpha=-2,
    )
    between = squared.clamp_(min=defaults.LEAST_DISTANCE**2).sqrt_()
    middle, n_pairs = between.mean(), between.numel()
    flat = between.view(-1)
    # rho b is slope (d - middle), and a weight is what the formula has before z_i - z_l.
    variance = (flat.dot(flat) / n_pairs - middle.square()).clamp(min=defaults.NO_DISTANCE)
    slope = (flat.dot(distance.view(-1)) / n_pairs - middle * distance.mean()) / variance
    weight = (distance + slope * middle).div_(between).neg_().add_(slope)
    return (codes * weight.sum(dim=1) - landmarks @ weight.T) / landmarks.shape[1]


def density_push(codes: Tensor, others: Tensor) -> Tensor:
    r"""The repulsion of the neighbour loss at each code, over many others.

    .. math:: u_i = \sum_m q_{im}^2 (z_m - z_i) / \sum_m q_{im}
        = \tfrac12 \nabla \log \sum_m q_{im}, \quad q_{im} = 1 / (1 + |z_i - z_m|^2)

    Parameters
    ----------
    codes : Tensor of shape (n_codes, n_components)
        In units of the kernel's scale.
    others : Tensor of shape (n_others, n_components)

    Returns
    -------
    push : Tensor of shape (n_codes, n_components)
        A code moves against it.
    """

    def pushed(some: Tensor) -> Tensor:
        mass, moments = _repulsion(some.T, others.T)
        return ((moments[:-1] - some.T * moments[-1]) / mass).T

    parts = codes.split(defaults.PUSHED_BLOCK_ROWS)
    return torch.cat(in_threads(pushed, parts, codes.device))
