"""Adam, in the few lines that training needs.

`torch.optim` imports torch's compiler when the first optimiser is made: 2 s that a fit of few
rows would wait for (benchmarks/NOTES.md).
"""

from __future__ import annotations

import math

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
        self.n_steps = 0

    @torch.no_grad()
    def minimize(self, loss: Tensor, rate_factor: float) -> None:
        """One step down the gradient of the loss, with a share of the peak rate."""
        gradients = torch.autograd.grad(
            loss, self.weights, allow_unused=True, materialize_grads=True
        )
        self.n_steps += 1
        torch._foreach_lerp_(self.means, gradients, 1 - self.momentum)
        torch._foreach_mul_(self.squares, _SQUARES_DECAY)
        torch._foreach_addcmul_(self.squares, gradients, gradients, 1 - _SQUARES_DECAY)
        roots = torch._foreach_sqrt(self.squares)
        torch._foreach_div_(roots, math.sqrt(1 - _SQUARES_DECAY**self.n_steps))
        torch._foreach_add_(roots, _EPSILON)
        rate = rate_factor * self.rate / (1 - self.momentum**self.n_steps)
        if rate > torch.finfo(torch.float32).max:
            rate = math.inf
        torch._foreach_addcdiv_(self.weights, self.means, roots, -rate)
