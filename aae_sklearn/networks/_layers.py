"""Layers whose weights come from a generator that is handed in."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from aae_sklearn.runtime._products import is_plain, product
from aae_sklearn.settings import _defaults as defaults

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
}


class UndrawnLinear(nn.Linear):
    """A linear layer that leaves its weights, and torch's global generator, alone.

    `torch.nn.utils.skip_init` would import sympy, for 35 MB.
    """

    by_product = True

    def reset_parameters(self) -> None:
        """Do nothing."""

    def forward(self, x: Tensor) -> Tensor:
        """All rows alike where a model is applied; by torch's product elsewhere."""
        if is_plain():
            return super().forward(x)
        return product(x, self.weight.T, self.bias)


class ThinLinear(UndrawnLinear):
    """A layer that reads or writes few numbers, a code mostly: in float32 whatever others are in.

    It costs little, and in bfloat16 a number has three digits.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not torch.is_autocast_enabled(x.device.type):  # the context takes as long as a row
            return super().forward(x.float())
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def linear(n_inputs: int, n_outputs: int, gain: float, generator: torch.Generator) -> nn.Linear:
    """A linear layer with weights of variance gain² / n_inputs, by the generator."""
    kind = ThinLinear if min(n_inputs, n_outputs) <= defaults.THIN_LAYER_WIDTH else UndrawnLinear
    layer = kind(n_inputs, n_outputs, device="cpu", dtype=torch.float32)
    with torch.no_grad():
        layer.weight.normal_(0, gain / math.sqrt(n_inputs), generator=generator)
        layer.bias.zero_()
    return layer


def mlp(
    sizes: tuple[int, ...],
    activation: Callable[[], nn.Module],
    generator: torch.Generator,
    output_gain: float = 1.0,
) -> nn.Sequential:
    """Linear layers of the sizes, an activation between each two.

    Hidden layers keep the variance of what they pass on (He et al., "Delving Deep into
    Rectifiers", ICCV 2015, eq. 10).
    """
    *hidden, last = pairwise(sizes)
    layers: list[nn.Module] = []
    for n_inputs, n_outputs in hidden:
        layers += [linear(n_inputs, n_outputs, math.sqrt(2), generator), activation()]
    return nn.Sequential(*layers, linear(*last, output_gain, generator))
