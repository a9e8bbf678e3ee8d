"""The reconstruction term of rows with missing cells: the decoder learns from known cells only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from aae_sklearn.game._terms import Batch, Latent


@dataclass(frozen=True)
class KnownReconstruction:
    """How far decoded codes are from the known cells, as if the others were as far.

    Attributes
    ----------
    decoder : Module
    loss : str
        "squared_error" or "log_loss".
    baseline : float
        The loss of the mean row.
    read : callable
        What the decoder reads, of codes and of samples of the prior.
    known : callable
        From the numbers of some training rows to which of their cells are known.
    components : Tensor of shape (n_inputs, n_features) or None
        From what the decoder writes to cells, which it is with None.
    gain : float
        Factor of what the decoder writes.
    """

    decoder: nn.Module
    loss: str
    baseline: float
    read: Callable[[Tensor, Tensor], Tensor]
    known: Callable[[Tensor], Tensor]
    components: Tensor | None
    gain: float
    name: str = "reconstruction_loss"
    weight: float = 1.0

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        x_decoded = self.decoder(self.read(latent.z, batch.z_prior)).float()
        known = self.known(batch.index)
        if self.loss == "squared_error":
            difference = (batch.x - x_decoded) / self.gain
            if self.components is not None:
                difference = difference @ self.components
            return known_squared_error(difference, known) / self.baseline
        return known_log_loss(batch.x, x_decoded, known) / self.baseline


def known_squared_error(difference: Tensor, known: Tensor) -> Tensor:
    """Mean over rows of the squared distance in known cells, over the share that these are."""
    share = known.float().mean(dim=1)
    return ((difference.square() * known).sum(dim=1) / share).mean()


def known_log_loss(x: Tensor, logits: Tensor, known: Tensor) -> Tensor:
    """Mean over known cells of the cross-entropy."""
    each = functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return torch.where(known, each, 0.0).sum() / known.sum()
