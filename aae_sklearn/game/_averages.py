"""Running averages of weights: a steadier model than the last step's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
        torch._foreach_lerp_(self.averages, self.weights, share)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the module hold its averaged weights for a while."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def adopt(self) -> None:
        """Let the module hold its averaged weights from now on; training has ended."""
        for weight, average in zip(self.weights, self.averages, strict=True):
            weight.copy_(average)

    def _swap(self) -> None:
        for weight, average in zip(self.weights, self.averages, strict=True):
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)

    def state_dict(self) -> dict[str, list[Tensor] | int]:
        """The averages, and over how many steps they are."""
        return {"averages": self.averages, "n_updates": self.n_updates}

    def load_state_dict(self, state: dict[str, list[Tensor] | int]) -> None:
        """Go on from there."""
        averages, n_updates = state["averages"], state["n_updates"]
        assert isinstance(averages, list)
        assert isinstance(n_updates, int)
        for own, tensor in zip(self.averages, averages, strict=True):
            own.copy_(tensor)
        self.n_updates = n_updates
