r"""Losses of the adversarial autoencoder: pure functions of tensors.

The game is played on logits with the non-saturating loss, so that neither side's
gradient vanishes where it loses [1]_ [2]_:

.. math::
    L_D &= E_{z \sim p(z)}\, s(-D(z)) + E_{x}\, s(D(z(x))) \\
    L_E &= E_{x}\, s(-D(z(x)))

with :math:`s(t) = \log(1 + e^t)` and *D* the discriminator's logit. At a draw
:math:`L_D = 2 \ln 2` and :math:`L_E = \ln 2`.

References
----------
.. [1] Makhzani, Shlens, Jaitly, Goodfellow, Frey, "Adversarial Autoencoders",
   arXiv 1511.05644, 2015, section 2.
.. [2] Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, section 3.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from aae_sklearn._sorting import ascending, in_order

# k = C / (C + d²), C = 2 * n_components * scale, as in Tolstikhin et al., "Wasserstein
# auto-encoders", arXiv 1711.01558.
KERNEL_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def squared_error(x: Tensor, x_decoded: Tensor) -> Tensor:
    """Mean over rows of the squared distance between a row and its reconstruction."""
    return (x - x_decoded).square().sum(dim=1).mean()


def log_loss(x: Tensor, logits: Tensor) -> Tensor:
    """Mean over rows and features of the cross-entropy of x in [0, 1] given logits."""
    return functional.binary_cross_entropy_with_logits(logits, x)


def discriminator_loss(logits_prior: Tensor, logits_code: Tensor) -> Tensor:
    """L_D: draws of the prior are real, codes are not."""
    return functional.softplus(-logits_prior).mean() + functional.softplus(logits_code).mean()


def encoder_loss(logits_code: Tensor) -> Tensor:
    """L_E: codes shall be taken for draws of the prior."""
    return functional.softplus(-logits_code).mean()


def kernel_distance(codes: Tensor, z_prior: Tensor) -> Tensor:
    r"""Squared kernel distance between codes and draws of the prior, less E k(z, z').

    .. math:: E\, k(u, u') - 2 E\, k(u, z), \quad
        k(u, z) = \sum_s \frac{C_s}{C_s + |u - z|^2}, \quad C_s = 2 s \cdot n_{components}

    over pairs of different codes *u* and of codes and draws *z*: the unbiased estimate
    (Gretton et al., "A kernel two-sample test", JMLR 13, 2012, eq. 3) with the inverse
    multiquadric kernel at several scales (Tolstikhin et al., "Wasserstein auto-encoders",
    arXiv 1711.01558, section 4). What is left out, a mean over pairs of draws, no code changes.

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_codes, n_components), (n_draws, n_components)
        In the working space, where draws have spread 1.
    """
    n_codes, n_components = codes.shape
    squared = torch.cdist(codes, torch.cat([codes, z_prior])).square()
    kernel = torch.zeros_like(squared)
    for scale in KERNEL_SCALES:
        width = 2 * scale * n_components
        kernel = kernel + width / (width + squared)
    n_pairs = max(1, n_codes * (n_codes - 1))
    among_codes = kernel[:, :n_codes].sum() - kernel.diagonal().sum()
    return among_codes / n_pairs - 2 * kernel[:, n_codes:].mean()


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
