"""Forces of the layout: gradients of its losses, written out; pure functions of tensors."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from aae_sklearn.runtime._sorting import ascending, in_order
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
    the matrix of all pairs is what a step costs: here it is made once and changed in place.
    Components come first, so that every pass through memory is along it.

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
    near = 1 / (1 + difference.square().sum(dim=0))
    far = _cauchy(codes, others)
    total = near + far.sum(dim=1)
    weight = 2 * exaggeration * near - 2 * near.square() / total
    pull = (weight * difference).mean(dim=1)
    far.square_()
    share = 2 * (1 / total).mean(dim=0)
    push = share * (others @ far.T - codes * far.sum(dim=1))
    return NeighborGradient(pull + push, weight.mean(dim=0))


def _cauchy(codes: Tensor, others: Tensor) -> Tensor:
    """1 / (1 + squared distance) of all pairs, shape (n_codes, n_negatives), from one product."""
    ones, one = codes.new_ones(1, codes.shape[1]), others.new_ones(1, others.shape[1])
    left = torch.cat([codes, codes.square().sum(dim=0, keepdim=True) + 1, ones])
    right = torch.cat([-2 * others, one, others.square().sum(dim=0, keepdim=True)])
    return (left.T @ right).clamp_(min=1).reciprocal_()


def sliced_gradient(codes: Tensor, z_prior: Tensor, axes: Tensor) -> Tensor:
    """Gradient of the sliced Wasserstein distance to draws of the prior, for each code.

    Half the squared distance between sorted projections, averaged over the axes (Kolouri et
    al., "Sliced-Wasserstein Autoencoder", arXiv 1804.01947).

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_components, n_codes)
    axes : Tensor of shape (n_axes, n_components)
        Unit vectors.
    """
    wanted = in_order(axes @ z_prior)
    ordered, order = ascending(axes @ codes)
    gap = torch.empty_like(ordered).scatter_(1, order, ordered - wanted)
    return axes.T @ gap / len(axes)


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
    push = torch.empty_like(codes)
    for some, out in zip(
        *(t.split(defaults.PUSHED_BLOCK_ROWS) for t in (codes, push)), strict=True
    ):
        q = _cauchy(some.T, others.T)
        total = q.sum(dim=1, keepdim=True)
        q.square_()
        out.copy_((q @ others - some * q.sum(dim=1, keepdim=True)) / total)
    return push
