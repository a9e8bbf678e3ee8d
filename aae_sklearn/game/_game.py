"""One adversarial game: a discriminator, and what the codes' side of it costs.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 2: the discriminator learns
to tell samples of the prior from codes, and the encoder learns to be taken for the prior.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aae_sklearn.game._adam import ExtrapolatedAdam
from aae_sklearn.game._losses import discriminator_loss, encoder_loss
from aae_sklearn.game._schedules import Clock

_MOMENTUM = 0.5  # of a discriminator, whose opponent moves


class Game:
    """A discriminator that learns, and its verdict on codes.

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

    def __init__(
        self, discriminator: nn.Module, rate: float, clock: Clock, generator: torch.Generator
    ) -> None:
        self.discriminator = discriminator
        self.optimizer = ExtrapolatedAdam(discriminator, rate, _MOMENTUM)
        self.clock = clock
        self.generator = generator
        self.name = "discriminator_loss"

    def discriminate(self, z_prior: Tensor, codes: Tensor) -> Tensor:
        """One step of the discriminator; its loss."""
        logits = self.discriminator(self._blur(torch.cat([z_prior, codes.detach()]))).float()
        loss = discriminator_loss(*logits.chunk(2))
        self.optimizer.minimize(loss, self.clock.rate_factor)
        return loss

    def deceive(self, codes: Tensor) -> Tensor:
        """The encoder's side: how little the codes are taken for the prior."""
        return encoder_loss(self.discriminator(self._blur(codes)).float())

    def _blur(self, codes: Tensor) -> Tensor:
        spread = self.clock.blur
        if spread == 0:
            return codes
        noise = torch.randn(codes.shape, generator=self.generator, device=codes.device)
        return codes + spread * noise
