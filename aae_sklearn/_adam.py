"""Adam by torch's fused kernel, which does all of a step in one pass through memory.

`torch.optim` imports torch's compiler when the first optimiser is made: 2 s that a fit of few
rows would wait for (benchmarks/NOTES.md).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_SQUARES_DECAY = 0.99
_EPSILON = 1e-8


class Adam:
    """Steps by running means of gradients over the root of those of their squares.

    Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.

    Parameters
    ----------
    module : Module
    rate : float
        Peak rate.
    momentum : float
        Decay of the mean of gradients.
    """

    def __init__(self, module: nn.Module, rate: float, momentum: float) -> None:
        self.weights: list[Tensor] = list(module.parameters())
        self.rate = rate
        self.momentum = momentum
        self.means = [torch.zeros_like(weight) for weight in self.weights]
        self.squares = [torch.zeros_like(weight) for weight in self.weights]
        self.steps = [torch.zeros((), dtype=torch.float32, device=w.device) for w in self.weights]

    @torch.no_grad()
    def minimize(self, loss: Tensor, rate_factor: float) -> None:
        """One step down the gradient of the loss, with a share of the peak rate."""
        gradients = torch.autograd.grad(
            loss, self.weights, allow_unused=True, materialize_grads=True
        )
        torch._foreach_add_(self.steps, 1)
        torch._fused_adam_(
            self.weights,
            [_lying_as(w, g) for w, g in zip(self.weights, gradients, strict=True)],
            self.means,
            self.squares,
            [],
            self.steps,
            lr=rate_factor * self.rate,
            beta1=self.momentum,
            beta2=_SQUARES_DECAY,
            weight_decay=0,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )


def _lying_as(weight: Tensor, gradient: Tensor) -> Tensor:
    """A gradient in the memory order of its weight, in which the kernel goes through both."""
    if gradient.stride() == weight.stride():
        return gradient
    return torch.empty_like(weight).copy_(gradient)
