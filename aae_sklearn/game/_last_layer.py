"""The last layer of a decoder, solved and not trained: a linear regression on what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

import torch
from torch import Tensor, nn

from aae_sklearn.runtime._threads import in_threads
from aae_sklearn.settings import _defaults as defaults

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
    batches, n_read = iter(batches), 0
    products, targets = torch.zeros(()), torch.zeros(())
    while some := list(islice(batches, defaults.SOLVED_BATCHES)):
        for of_inputs, missing in in_threads(partial(_products, decoder), some, some[0][0].device):
            products, targets = of_inputs + products, missing + targets
        n_read += sum(len(z) for z, _ in some)
    return products / n_read, targets / n_read


def _products(decoder: nn.Sequential, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The same of one batch, as sums."""
    z, x = batch
    hidden, last = decoder[:-1](z), decoder[-1]
    inputs = nn.functional.pad(hidden, (0, 1), value=1)
    return (inputs.T @ inputs).double(), (inputs.T @ (x - last(hidden))).double()
