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

from torch import Tensor
from torch.nn import functional


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

