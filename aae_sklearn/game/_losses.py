r"""Losses of the adversarial autoencoder: pure functions of tensors.

The game is played on logits with the non-saturating loss, so that neither side's
gradient vanishes where it loses [1]_ [2]_:

.. math::
    L_D &= E_{z \sim p(z)}\, s(-D(z)) + E_{x}\, s(D(z(x))) \\
    L_E &= E_{x}\, s(-D(z(x)))

with :math:`s(t) = \log(1 + e^t)` and *D* the discriminator's logit. At the
equilibrium :math:`L_D = 2 \ln 2` and :math:`L_E = \ln 2`.

References
----------
.. [1] Makhzani, Shlens, Jaitly, Goodfellow, Frey, "Adversarial Autoencoders",
   arXiv 1511.05644, 2015, section 2.
.. [2] Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from aae_sklearn.layout._landmarks import standardized
from aae_sklearn.runtime._sorting import ascending, group_offsets, in_order
from aae_sklearn.settings import _defaults as defaults


def squared_error(x: Tensor, x_decoded: Tensor) -> Tensor:
    """Mean over rows of the squared distance between a row and its reconstruction."""
    return (x - x_decoded).square().sum(dim=1).mean()


def log_loss(x: Tensor, logits: Tensor) -> Tensor:
    """Mean over rows and features of the cross-entropy of x in [0, 1] given logits."""
    return functional.binary_cross_entropy_with_logits(logits, x)


def discriminator_loss(logits_prior: Tensor, logits_code: Tensor) -> Tensor:
    """L_D: samples of the prior are real, codes are not."""
    return functional.softplus(-logits_prior).mean() + functional.softplus(logits_code).mean()


def encoder_loss(logits_code: Tensor) -> Tensor:
    """L_E: codes are to be taken for samples of the prior."""
    return functional.softplus(-logits_code).mean()


def kernel_distance(codes: Tensor, z_prior: Tensor) -> Tensor:
    r"""Squared kernel distance between codes and samples of the prior, less E k(z, z').

    .. math:: E\, k(u, u') - 2 E\, k(u, z), \quad
        k(u, z) = \sum_s \frac{C_s}{C_s + |u - z|^2}, \quad C_s = 2 s \cdot n_{components}

    over pairs of different codes *u* and of codes and samples *z*: the unbiased estimate
    (Gretton et al., "A kernel two-sample test", JMLR 13, 2012, eq. 3) with the inverse
    multiquadric kernel at several scales (Tolstikhin et al., "Wasserstein auto-encoders",
    arXiv 1711.01558, section 4). What is left out, a mean over pairs of samples, no code changes.

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_codes, n_components), (n_samples, n_components)
        In the working space, where samples have spread 1.
    """
    n_codes, n_components = codes.shape
    squared = torch.cdist(codes, torch.cat([codes, z_prior])).square()
    kernel = torch.zeros_like(squared)
    for scale in defaults.KERNEL_SCALES:
        width = 2 * scale * n_components
        kernel = kernel + width / (width + squared)
    n_pairs = max(1, n_codes * (n_codes - 1))
    among_codes = kernel[:, :n_codes].sum() - kernel.diagonal().sum()
    return among_codes / n_pairs - 2 * kernel[:, n_codes:].mean()


def sliced_distance(
    codes: Tensor, z_prior: Tensor, axes: Tensor, labels: Tensor | None = None
) -> Tensor:
    """Half the squared distance between sorted projections, averaged over codes and axes.

    The sliced Wasserstein distance between a batch and as many samples of the prior (Kolouri et
    al., "Sliced-Wasserstein Autoencoder", arXiv 1804.01947).

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_codes, n_components)
    axes : Tensor of shape (n_axes, n_components)
        Unit vectors.
    labels : Tensor of shape (n_codes, n_labels) or None
        1 at the label of each code and sample, else 0: each is then sorted among its like.
    """
    found, wanted = axes @ codes.T, axes @ z_prior.T
    if labels is not None:
        apart = group_offsets(found.detach(), wanted, labels.argmax(dim=1))
        found, wanted = found + apart, wanted + apart
    _, order = ascending(found.detach())
    wanted = in_order(wanted)
    return (found.gather(1, order) - wanted).square().mean() / 2


def radial_distance(codes: Tensor, z_prior: Tensor) -> Tensor:
    """Mean squared difference between sorted lengths of codes and of samples of the prior.

    Parameters
    ----------
    codes, z_prior : Tensor of shape (n_codes, n_components)
    """

    def lengths(z: Tensor) -> Tensor:
        return (z.square().sum(dim=1) + defaults.NO_DISTANCE).sqrt().sort().values

    return (lengths(codes) - lengths(z_prior)).square().mean()


def shear(places: Tensor, moves: Tensor, scale: float) -> Tensor:
    r"""Mean squared difference of the moves of near places, in units of the kernel's scale.

    .. math:: \sum_{ij} k_{ij} |g_i - g_j|^2 / (s^2 \sum_{ij} k_{ij}),
        \quad k_{ij} = 1 / (1 + |h_i - h_j|^2 / s^2)

    This is the quadratic form of a graph Laplacian (Belkin, Niyogi, "Laplacian Eigenmaps", Neural
    Computation 15, 2003, section 3), which is 0 where all move alike.

    Parameters
    ----------
    places, moves : Tensor of shape (n_codes, n_components)
        h and g; no gradient flows to the places.
    scale : float
        s.
    """
    with torch.no_grad():
        norms = places.square().sum(dim=1)
        squared = torch.addmm(norms[:, None] + norms, places, places.T, alpha=-2)
        near = squared.div_(scale**2).clamp_(min=0).add_(1).reciprocal_()
        degree, total = near.sum(dim=1), near.sum() * scale**2
    kept = degree @ moves.square().sum(dim=1) - (moves * (near @ moves)).sum()
    return 2 * kept / total


def disarrangement(codes: Tensor, points: Tensor) -> Tensor:
    """1 less the correlation of the distances between codes with those between points.

    The latter are bounded, as those to the layout's landmarks are.

    Parameters
    ----------
    codes : Tensor of shape (n_codes, n_components)
    points : Tensor of shape (n_codes, n_coordinates)
        What is to lie as far apart; no gradient flows to them.
    """
    far, distance = torch.pdist(points.detach()), torch.pdist(codes)
    if len(far) < 2:  # one distance rises with nothing
        return 1 - codes.sum() * 0
    far = standardized(far)
    distance = distance - distance.mean()
    spread = (distance.square().mean() + defaults.NO_DISTANCE).sqrt()
    return 1 - (distance * far).mean() / spread


def soft_cross_entropy(logits: Tensor, probabilities: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean over rows of the cross-entropy of classes given by their probabilities.

    Parameters
    ----------
    logits, probabilities : Tensor of shape (n_rows, n_classes)
    weights : Tensor of shape (n_rows,)
        Not all 0.
    """
    each = -(probabilities * logits.log_softmax(dim=1)).sum(dim=1)
    return (each * weights).sum() / weights.sum()
