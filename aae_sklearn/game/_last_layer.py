"""The last layer of a decoder, solved and not trained: a linear regression on what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

Pairs = Iterable[tuple[Tensor, Tensor]]


@torch.no_grad()
def solve_last_layer(
    decoder: nn.Sequential, parts: Sequence[tuple[float, Pairs]], ridge: float
) -> None:
    """Change the last layer to the best one for squared errors, given the layers before it.

    Steps of gradients come near it slowly, as its inputs are far from uncorrelated
    (benchmarks/notes/training.md, "One model").

    Parameters
    ----------
    decoder : Sequential
        Its last module is a linear layer.
    parts : sequence of (weight, iterable of (z, x))
        Batches of what the decoder reads and is to write, and how much they count in all.
    ridge : float
        Weight of staying near the trained layer, in mean squares of the layer's inputs.
    """
    last = decoder[-1]
    assert isinstance(last, nn.Linear)
    found = [(weight, *_mean_products(decoder, batches)) for weight, batches in parts]
    products = torch.stack([weight * of_inputs for weight, of_inputs, _ in found]).sum(dim=0)
    targets = torch.stack([weight * missing for weight, _, missing in found]).sum(dim=0)
    diagonal = products.diagonal()
    diagonal.add_(ridge * float(diagonal.mean()))
    change = torch.linalg.solve(products, targets).to(last.weight.dtype)
    last.weight.add_(change[:-1].T)
    last.bias.add_(change[-1])


def _mean_products(decoder: nn.Sequential, batches: Pairs) -> tuple[Tensor, Tensor]:
    """Of what the last layer reads with itself, and with what is missing from its outputs."""
    *before, last = decoder
    products, targets, n_read = torch.zeros(()), torch.zeros(()), 0
    for z, x in batches:
        hidden = z
        for module in before:
            hidden = module(hidden)
        missing = x - last(hidden)
        inputs = nn.functional.pad(hidden, (0, 1), value=1)
        products = (inputs.T @ inputs).double() + products
        targets = (inputs.T @ missing).double() + targets
        n_read += len(z)
    return products / n_read, targets / n_read
