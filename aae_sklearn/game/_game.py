"""One adversarial game: a discriminator, and what the codes' side of it costs.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 2: the discriminator learns
to tell samples of the prior from codes, and the encoder learns to be taken for the prior.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from aae_sklearn.game._adam import ExtrapolatedAdam
from aae_sklearn.game._losses import discriminator_loss, encoder_loss
from aae_sklearn.game._schedules import Clock
from aae_sklearn.settings import _defaults as defaults


class Game:
    """A discriminator that learns, and its verdict on codes.

    It may be told the labels of codes and of samples, which are those of the same rows: then it is
    to tell codes of a class from samples for this class.

    What it reads is blurred at first, less and less: the game is coarse before it is fine.
    Without it the discriminator wins early where the prior is a thin curve (Arjovsky, Bottou,
    "Towards Principled Methods for Training GANs", ICLR 2017, section 3).

    Parameters
    ----------
    discriminator : Module
        From codes to one logit each, positive where they seem to be of the prior.
    rate : float
        Peak learning rate.
    clock : Clock
    generator : torch.Generator
        On the codes' device.
    """

    name = "discriminator_loss"

    def __init__(
        self, discriminator: nn.Module, rate: float, clock: Clock, generator: torch.Generator
    ) -> None:
        self.discriminator = discriminator
        self.optimizer = ExtrapolatedAdam(discriminator, rate, defaults.DISCRIMINATOR_MOMENTUM)
        self.clock = clock
        self.generator = generator

    def discriminate(self, z_prior: Tensor, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        """One step of the discriminator; its loss."""
        both = self._blur(torch.cat([z_prior, codes.detach()]))
        if labels is not None:
            both = torch.cat([both, labels.repeat(2, 1)], dim=1)
        logits = self.discriminator(both).float()
        loss = discriminator_loss(*logits.chunk(2))
        self.optimizer.minimize(loss, self.clock.rate_factor)
        return loss

    def deceive(self, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        """The encoder's side: how little the codes are taken for the prior."""
        blurred = self._blur(codes)
        if labels is not None:
            blurred = torch.cat([blurred, labels], dim=1)
        return encoder_loss(self.discriminator(blurred).float())

    def state_dict(self) -> dict[str, Any]:
        """What a later step depends on, besides the discriminator and the clock."""
        return self.optimizer.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.optimizer.load_state_dict(state)

    def _blur(self, codes: Tensor) -> Tensor:
        spread = self.clock.blur
        if spread == 0:
            return codes
        noise = torch.randn(codes.shape, generator=self.generator, device=codes.device)
        return codes + spread * noise
