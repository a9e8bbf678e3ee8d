"""Networks that begin as principal components."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aae_sklearn.networks._build import Networks
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import NetworkConfig


@torch.no_grad()
def begin_as_components(
    networks: Networks, config: NetworkConfig, deviations: Tensor, generator: torch.Generator
) -> None:
    """Let codes begin as the leading inputs, whitened, and back.

    From random weights it takes many steps to find what is linear in the rows. Beside random
    units, which learn the rest, hidden layers get a pair for each number to pass on: f(u) and
    f(-u), whose difference is u. Codes are turned at random: each of their numbers is then a sum
    of many inputs, and begins nearer to the prior. Those of a Gaussian posterior are not, as
    inputs that are needless are to become noise each by itself. Where codes are too narrow for
    half of the inputs' variance, what is not linear counts more, and all weights stay at random
    (benchmarks/notes/training.md, "Networks that begin as components").

    Parameters
    ----------
    networks : Networks
        Without factories; changed in place.
    config : NetworkConfig
    deviations : Tensor of shape (n_inputs,)
        Standard deviations of the inputs.
    generator : torch.Generator
    """
    encoder, decoder = map(_linear_layers, (networks.encoder.body, networks.decoder))
    hidden = [layer.out_features for layer in (*encoder[:-1], *decoder[:-1])]
    fitting = (width // defaults.HIDDEN_PER_PASSED for width in hidden)
    n_varying = int((deviations > defaults.LEAST_PASSED * deviations.max()).sum())
    n_passed = min(config.n_components, n_varying, *fitting)
    variance = deviations.square()
    holds_much = variance[:n_passed].sum() >= defaults.PASSED_SHARE * variance.sum()
    if not holds_much or config.activation == "tanh":  # of which no difference is what it reads
        return
    turn = torch.eye(n_passed)
    if config.posterior != "gaussian":
        turn = torch.linalg.qr(torch.randn(turn.shape, generator=generator)).Q
    units = deviations[:n_passed]
    _pass_on(encoder, turn / units)
    _pass_on(decoder, (turn * units).T)


def _linear_layers(network: nn.Module) -> list[nn.Linear]:
    return [layer for layer in network.children() if isinstance(layer, nn.Linear)]


def _pass_on(layers: list[nn.Linear], matrix: Tensor) -> None:
    """Let the leading numbers that layers write begin as a matrix of the leading ones read."""
    n = len(matrix)
    *hidden, last = layers
    read = torch.eye(n)  # the numbers, from what a layer reads
    pairs = torch.cat([read, -read])
    for layer in hidden:
        layer.weight[: 2 * n] = 0
        layer.weight[: 2 * n, : read.shape[1]] = pairs @ read
        read = pairs.T
    last.weight[:n] = 0
    last.weight[:, : read.shape[1]] = 0
    last.weight[:n, : read.shape[1]] = matrix @ read
