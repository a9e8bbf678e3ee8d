"""Encoder, decoder and discriminator, built from a config.

Every weight comes from the generator that is handed in; only modules that a
user's factory builds may use torch's global one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise

import torch
from torch import nn

from aae_sklearn.networks._encoders import ENCODERS, DeterministicEncoder, Encoder, Residual
from aae_sklearn.networks._heads import AddedHeads
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
        One for each game; the codes' is named "codes", that of classes "classes".
    """

    def __init__(
        self, encoder: Encoder, decoder: nn.Module, discriminators: Mapping[str, nn.Module]
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.discriminators = nn.ModuleDict(discriminators)


def build_networks(config: NetworkConfig, generator: torch.Generator) -> Networks:
    """Build all networks on the CPU, from a CPU generator."""
    return Networks(
        _build_encoder(config, generator),
        _build_decoder(config, generator),
        {
            name: mlp(sizes, partial(nn.LeakyReLU, 0.2), generator)
            for name, sizes in _discriminator_sizes(config).items()
        },
    )


def n_weights(config: NetworkConfig) -> dict[str, int]:
    """How many weights each network that is not the user's has, by its name."""
    of_each = _discriminator_sizes(config).values()
    sizes = {"discriminators": sum(map(_n_weights, of_each))}
    if config.encoder_factory is None:
        sizes["encoder"] = _n_weights(_encoder_sizes(config))
    if config.decoder_factory is None:
        sizes["decoder"] = _n_weights(_decoder_sizes(config)) + _n_head_weights(config)
    return sizes


def _n_weights(widths: tuple[int, ...]) -> int:
    return sum((n + 1) * m for n, m in pairwise(widths))


def _n_head_weights(config: NetworkConfig) -> int:
    return (config.n_components - config.n_decoder_inputs) * config.n_decoder_inputs


def _encoder_sizes(config: NetworkConfig) -> tuple[int, ...]:
    noise = config.n_components if config.posterior == "universal" else 0
    heads = 2 if config.posterior == "gaussian" else 1
    widths = (config.n_encoder_inputs + noise, *config.encoder_layer_sizes)
    return (*widths, heads * config.n_components)


def _decoder_sizes(config: NetworkConfig) -> tuple[int, ...]:
    return (config.n_decoder_inputs, *config.decoder_layer_sizes, config.n_inputs)


def _discriminator_sizes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    widths = {"codes": config.n_components + config.n_labels}
    if config.heads is not None:
        widths["classes"] = config.heads.n_classes
    hidden = config.discriminator_layer_sizes
    return {name: (width, *hidden, 1) for name, width in widths.items()}


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
    if config.heads is not None and config.heads.added:
        return AddedHeads(decoder, config.heads.n_classes, config.n_decoder_inputs)
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
    training = module.training
    try:
        with torch.no_grad():
            found = module.eval()(torch.zeros(2, n_inputs))
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"the module that {name}_factory built cannot read float32 rows of shape "
            f"(2, {n_inputs}), of which it must make (2, {n_outputs}): {error}"
        ) from error
    module.train(training)
    shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
    if shape != (2, n_outputs):
        raise ValueError(
            f"the module that {name}_factory built maps rows of shape (2, {n_inputs}) to "
            f"{shape}; it must give (2, {n_outputs})"
        )
    return module
