"""Encoder, decoder and discriminator, built from a config.

Every weight is drawn from the generator that is handed in; only modules that a
user's factory builds may use torch's global one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import nn

from aae_sklearn.networks._encoders import ENCODERS, DeterministicEncoder, Encoder, Residual
from aae_sklearn.networks._layers import ACTIVATIONS, mlp
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import NetworkConfig


class Networks(nn.Module):
    """All networks of a model.

    Attributes
    ----------
    encoder : Encoder
    decoder : Module
    discriminators : ModuleDict
        One for each game; the codes' is named "codes".
    """

    def __init__(self, encoder: Encoder, decoder: nn.Module, discriminator: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.discriminators = nn.ModuleDict({"codes": discriminator})


def build_networks(config: NetworkConfig, generator: torch.Generator) -> Networks:
    """Build all networks on the CPU, from a CPU generator."""
    return Networks(
        _build_encoder(config, generator),
        _build_decoder(config, generator),
        _build_discriminator(config, generator),
    )


def n_weights(config: NetworkConfig) -> dict[str, int]:
    """How many weights each network that is not the user's has, by its name."""
    sizes = {"discriminators": _discriminator_sizes(config)}
    if config.encoder_factory is None:
        sizes["encoder"] = _encoder_sizes(config)
    if config.decoder_factory is None:
        sizes["decoder"] = _decoder_sizes(config)
    return {name: sum((n + 1) * m for n, m in pairwise(widths)) for name, widths in sizes.items()}


def _encoder_sizes(config: NetworkConfig) -> tuple[int, ...]:
    noise = config.n_components if config.posterior == "universal" else 0
    heads = 2 if config.posterior == "gaussian" else 1
    widths = (config.n_encoder_inputs + noise, *config.encoder_layer_sizes)
    return (*widths, heads * config.n_components)


def _decoder_sizes(config: NetworkConfig) -> tuple[int, ...]:
    return (config.n_components, *config.decoder_layer_sizes, config.n_inputs)


def _discriminator_sizes(config: NetworkConfig) -> tuple[int, ...]:
    return (config.n_components, *config.discriminator_layer_sizes, 1)


def _build_discriminator(config: NetworkConfig, generator: torch.Generator) -> nn.Module:
    return mlp(_discriminator_sizes(config), partial(nn.LeakyReLU, 0.2), generator)


def _build_encoder(config: NetworkConfig, generator: torch.Generator) -> Encoder:
    if config.encoder_factory is not None:
        module = _call_factory(config.encoder_factory, "encoder", config)
        return DeterministicEncoder(module, config.n_components)
    activation, gain = ACTIVATIONS[config.activation], float(not config.refines)
    body: nn.Module = mlp(_encoder_sizes(config), activation, generator, gain)
    if config.refines:
        body = Residual(body, config.n_components)
    return ENCODERS[config.posterior](body, config.n_components)


def _build_decoder(config: NetworkConfig, generator: torch.Generator) -> nn.Module:
    if config.decoder_factory is not None:
        return _call_factory(config.decoder_factory, "decoder", config)
    activation, gain = ACTIVATIONS[config.activation], defaults.DECODER_OUTPUT_GAIN
    decoder = mlp(_decoder_sizes(config), activation, generator, gain)
    if config.refines and config.decoder_layer_sizes:
        spread_folds(decoder, generator)
    return decoder


def spread_folds(decoder: nn.Sequential, generator: torch.Generator) -> None:
    """Let the units of the first layer bend sharply, each elsewhere among samples of N(0, I).

    Without biases all bend at the origin, and a decoder of a map, whose codes are given,
    takes long to move the folds to where the groups are (benchmarks/notes/training.md).
    """
    first, second, *_ = (layer for layer in decoder if isinstance(layer, nn.Linear))
    gain = defaults.FOLD_SHARPNESS / math.sqrt(2)
    with torch.no_grad():
        first.bias.normal_(0, defaults.FOLD_SHARPNESS, generator=generator)
        first.weight.mul_(gain)
        second.weight.div_(gain)


def _call_factory(factory: Callable[..., object], name: str, config: NetworkConfig) -> nn.Module:
    module = factory(config.n_features, config.n_components)
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"{name}_factory returned {type(module).__name__}; it must build a torch.nn.Module "
            "from (n_features, n_components)"
        )
    widths = (config.n_features, config.n_components)
    n_inputs, n_outputs = widths if name == "encoder" else widths[::-1]
    with torch.no_grad():
        training = module.training
        shape = tuple(module.eval()(torch.zeros(2, n_inputs)).shape)
        module.train(training)
    if shape != (2, n_outputs):
        raise ValueError(
            f"the module that {name}_factory built maps rows of shape (2, {n_inputs}) to "
            f"{shape}; it must give (2, {n_outputs})"
        )
    return module
