"""The last layer of a decoder, solved and not trained: a linear regression on what it reads."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def solve_last_layer(
    decoder: nn.Sequential, batches: Iterable[tuple[Tensor, Tensor]], ridge: float
) -> None:
    """Change the last layer to the best one for squared errors, given the layers before it.

    Steps of gradients come near it slowly, as its inputs are far from uncorrelated
    (benchmarks/notes/training.md, "One model").

    Parameters
    ----------
    decoder : Sequential
        Its last module is a linear layer.
    batches : iterable of (z, x)
        What the decoder reads and is to write.
    ridge : float
        Weight of staying near the trained layer, in mean squares of the layer's inputs.
    """
    *before, last = decoder
    assert isinstance(last, nn.Linear)
    n_inputs = last.in_features + 1
    device = last.weight.device
    products = torch.zeros(n_inputs, n_inputs, dtype=torch.float64, device=device)
    targets = torch.zeros(n_inputs, last.out_features, dtype=torch.float64, device=device)
    for z, x in batches:
        hidden = z
        for module in before:
            hidden = module(hidden)
        missing = x - last(hidden)
        inputs = nn.functional.pad(hidden, (0, 1), value=1)
        products.add_((inputs.T @ inputs).double())
        targets.add_((inputs.T @ missing).double())
    diagonal = products.diagonal()
    diagonal.add_(ridge * float(diagonal.mean()))
    change = torch.linalg.solve(products, targets).to(last.weight.dtype)
    last.weight.add_(change[:-1].T)
    last.bias.add_(change[-1])
