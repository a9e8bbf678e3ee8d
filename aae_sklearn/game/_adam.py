"""Adam with extrapolated gradients, by torch's fused kernel: one pass through memory a step.

`torch.optim` imports torch's compiler when the first optimiser is made: 2 s that a fit of few
rows would wait for (benchmarks/notes/speed.md).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aae_sklearn.settings import _defaults as defaults


class ExtrapolatedAdam:
    """Steps by running means of gradients over the root of those of their squares.

    Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1, on gradients
    that go on as far again as half their last change. Such look-ahead is Nesterov's momentum (Xie
    et al., "Adan: Adaptive Nesterov Momentum Algorithm", arXiv 2208.06677, who go further), and in
    a game it keeps the players from circling (Daskalakis et al., "Training GANs with Optimism",
    ICLR 2018): half the steps do what all did without it (benchmarks/notes/training.md).

    Parameters
    ----------
    module : Module
    rate : float
        Peak rate.
    momentum : float
        Decay of the mean of gradients.
    """

    def __init__(self, module: nn.Module, rate: float, momentum: float) -> None:
        self.weights: list[Tensor] = [w for w in module.parameters() if w.requires_grad]
        self.rate = rate
        self.momentum = momentum
        self.means = [torch.zeros_like(weight) for weight in self.weights]
        self.squares = [torch.zeros_like(weight) for weight in self.weights]
        self.gradients = [torch.zeros_like(weight) for weight in self.weights]
        self.last_gradients: list[Tensor] = []
        self.steps = [torch.zeros((), dtype=torch.float32, device=w.device) for w in self.weights]

    @torch.no_grad()
    def minimize(self, loss: Tensor, rate_factor: float) -> None:
        """One step down the gradient of the loss, with a share of the peak rate."""
        found = torch.autograd.grad(loss, self.weights, allow_unused=True, materialize_grads=True)
        torch._foreach_copy_(self.gradients, list(found))  # in the weights' memory order
        ahead = self.last_gradients or [gradient.clone() for gradient in self.gradients]
        torch._foreach_lerp_(ahead, self.gradients, 1 + defaults.EXTRAPOLATED_SHARE)
        torch._foreach_add_(self.steps, 1)
        torch._fused_adam_(
            self.weights,
            ahead,
            self.means,
            self.squares,
            [],
            self.steps,
            lr=rate_factor * self.rate,
            beta1=self.momentum,
            beta2=defaults.SQUARES_DECAY,
            weight_decay=0,
            eps=defaults.ADAM_EPSILON,
            amsgrad=False,
            maximize=False,
        )
        self.last_gradients, self.gradients = self.gradients, ahead

    def state_dict(self) -> dict[str, list[Tensor]]:
        """What a later step depends on, weights apart."""
        return {
            "means": self.means,
            "squares": self.squares,
            "last_gradients": self.last_gradients,
            "steps": self.steps,
        }

    def load_state_dict(self, state: dict[str, list[Tensor]]) -> None:
        """Go on from there."""
        known = self.weights if state["last_gradients"] else []
        self.last_gradients = [torch.zeros_like(weight) for weight in known]
        for name, stored in state.items():
            for own, tensor in zip(getattr(self, name), stored, strict=True):
                own.copy_(tensor)  # in the weights' memory order
