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

_KERNEL_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


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
    for scale in _KERNEL_SCALES:
        width = 2 * scale * n_components
        kernel = kernel + width / (width + squared)
    n_pairs = max(1, n_codes * (n_codes - 1))
    among_codes = kernel[:, :n_codes].sum() - kernel.diagonal().sum()
    return among_codes / n_pairs - 2 * kernel[:, n_codes:].mean()


def neighbor_loss(codes: Tensor, partners: Tensor, others: Tensor) -> Tensor:
    r"""InfoNCE with the Cauchy kernel, for each code, its neighbour, and shared negatives.

    .. math:: L_i = -\log q_{ij} + \log\Big(q_{ij} + \sum_m q_{im}\Big),
        \quad q_{ij} = 1 / (1 + |z_i - z_j|^2)

    Many negatives make it t-SNE's loss (Damrich, Böhm, Hamprecht, Kobak, "From t-SNE to
    UMAP with contrastive learning", arXiv 2206.01816, section 5).

    Parameters
    ----------
    codes, partners : Tensor of shape (n_pairs, n_components)
        In units of the kernel's scale.
    others : Tensor of shape (n_negatives, n_components)

    Returns
    -------
    loss : Tensor of shape (n_pairs,)
    """
    near = 1 / (1 + (codes - partners).square().sum(dim=1))
    return (near + _cauchy(codes, others).sum(dim=1)).log() - near.log()


class NeighborGradients(NamedTuple):
    """Gradients of the summed loss, each of the shape of its argument."""

    codes: Tensor
    partners: Tensor
    others: Tensor


def neighbor_gradients(
    codes: Tensor, partners: Tensor, others: Tensor, exaggeration: float
) -> NeighborGradients:
    """Gradients of the sum of `neighbor_loss`, its attraction multiplied by a factor.

    Written out because the matrix of all pairs is what a step costs: here it is made once,
    changed in place and passed through memory a few times.
    """
    difference = codes - partners
    near = 1 / (1 + difference.square().sum(dim=1))
    far = _cauchy(codes, others)
    total = near + far.sum(dim=1)
    far.square_().div_(total[:, None])
    pull = (2 * exaggeration * near - 2 * near.square() / total)[:, None] * difference
    push = 2 * (far @ others - codes * far.sum(dim=1, keepdim=True))
    pushed = 2 * (far.T @ codes - others * far.sum(dim=0)[:, None])
    return NeighborGradients(push + pull, -pull, pushed)


def _cauchy(codes: Tensor, others: Tensor) -> Tensor:
    """1 / (1 + squared distance) of all pairs, from one matrix product."""
    one, ones = codes.new_ones(len(codes), 1), others.new_ones(len(others), 1)
    left = torch.cat([codes, codes.square().sum(dim=1, keepdim=True) + 1, one], dim=1)
    right = torch.cat([-2 * others, ones, others.square().sum(dim=1, keepdim=True)], dim=1)
    return (left @ right.T).clamp_(min=1).reciprocal_()


def sliced_gradient(codes: Tensor, z_prior: Tensor, axes: Tensor) -> Tensor:
    """Gradient of the sliced Wasserstein distance to draws of the prior, for each code.

    Half the squared distance between sorted projections, averaged over the axes (Kolouri et
    al., "Sliced-Wasserstein Autoencoder", arXiv 1804.01947, section 3).

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_codes, n_components)
    axes : Tensor of shape (n_components, n_axes)
        Unit vectors in columns.
    """
    projected, wanted = codes @ axes, (z_prior @ axes).sort(dim=0).values
    ordered, order = projected.sort(dim=0)
    gap = torch.empty_like(projected).scatter_(0, order, ordered - wanted)
    return gap @ axes.T / axes.shape[1]
