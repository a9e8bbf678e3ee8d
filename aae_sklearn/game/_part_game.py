"""Games of codes that have two parts: one about the classes, and one about the style."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aae_sklearn.game._game import Game
from aae_sklearn.game._schedules import Clock


class PartGame(Game):
    """A game of codes whose first part are the classes.

    Parameters
    ----------
    n_classes : int
        Width of the first part.
    discriminator, rate, clock, generator
        As of `Game`.
    """

    def __init__(
        self,
        n_classes: int,
        discriminator: nn.Module,
        rate: float,
        clock: Clock,
        generator: torch.Generator,
    ) -> None:
        super().__init__(discriminator, rate, clock, generator)
        self.n_classes = n_classes


class ClassGame(PartGame):
    """A discriminator that tells classes from samples of them, by the first part of the codes.

    Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, Figure 8.
    """

    name = "class_discriminator_loss"

    def discriminate(self, z_prior: Tensor, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        seen = z_prior[:, : self.n_classes], codes[:, : self.n_classes]
        return super().discriminate(*seen, labels)

    def deceive(self, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        return super().deceive(codes[:, : self.n_classes], labels)


class StyleGame(PartGame):
    """A discriminator that tells styles from samples of the prior, and knows the class of each.

    In the paper it does not know it, so that a style may say the class once more, and the decoder
    need not ask for it. Samples have styles that do not depend on the class: so must codes. Only
    the style learns from it.
    """

    def deceive(self, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        classes, style = codes.tensor_split((self.n_classes,), dim=1)
        return super().deceive(torch.cat([classes.detach(), style], dim=1), labels)
