"""Running averages of weights: a steadier model than the last step's."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aae_sklearn.settings import _defaults as defaults


class WeightAverages:
    """Exponential averages of a module's weights over the steps.

    Early on the average is over the steps so far, so that a short run does not
    remember its initialisation.
    """

    def __init__(self, module: nn.Module) -> None:
        self.weights: list[Tensor] = [weight.detach() for weight in module.parameters()]
        self.averages = [weight.clone() for weight in self.weights]
        self.n_updates = 0

    def update(self) -> None:
        """Take the present weights into the averages."""
        self.n_updates += 1
        share = max(1 - defaults.AVERAGE_DECAY, 10 / (9 + self.n_updates))
        torch._foreach_lerp_(self.averages, self.weights, min(share, 1.0))

    def swap(self) -> None:
        """Exchange the weights and their averages; twice is no change."""
        for weight, average in zip(self.weights, self.averages, strict=True):
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)
