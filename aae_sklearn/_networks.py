"""Encoders, decoder and discriminator, built from a config.

Every weight is drawn from the generator that is handed in; only modules that a
user's factory builds may use torch's global one.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from aae_sklearn._config import NetworkConfig

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
}

_DECODER_OUTPUT_GAIN = 0.1  # start at the mean row
_SHARPNESS = 10.0
_THIN = 32


class UndrawnLinear(nn.Linear):
    """A linear layer that leaves its weights, and torch's global generator, alone.

    `torch.nn.utils.skip_init` would import sympy, for 35 MB.
    """

    def reset_parameters(self) -> None:
        """Do nothing."""


class ThinLinear(UndrawnLinear):
    """A layer that reads or writes few numbers, a code mostly: in float32 whatever others are in.

    It costs little, and in bfloat16 a number has three digits.
    """

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def linear(n_inputs: int, n_outputs: int, gain: float, generator: torch.Generator) -> nn.Linear:
    """A linear layer with weights of variance gain² / n_inputs, drawn from the generator."""
    kind = ThinLinear if min(n_inputs, n_outputs) <= _THIN else UndrawnLinear
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


class Encoder(nn.Module, ABC):
    """q(z|x): calling it gives the mean, `draw` a sample."""

    @abstractmethod
    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Codes drawn from q(z|x)."""


class DeterministicEncoder(Encoder):
    """A code is a function of the row (Makhzani et al. 2015, section 2)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        codes: Tensor = self.body(x)
        return codes

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        codes: Tensor = self(x)
        return codes


class GaussianEncoder(Encoder):
    """Mean and log variance are functions of the row; drawn by reparameterisation."""

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

    def forward(self, x: Tensor) -> Tensor:
        mean: Tensor = self.body(x)[:, : self.n_components]
        return mean

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        mean, log_variance = self.body(x).split(self.n_components, dim=1)
        noise = torch.randn(mean.shape, generator=generator, device=x.device, dtype=x.dtype)
        codes: Tensor = mean + noise * (log_variance / 2).clamp(-10, 10).exp()
        return codes


class UniversalEncoder(Encoder):
    """A code is a function of the row and of noise; the noise is 0 for the mean."""

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

    def forward(self, x: Tensor) -> Tensor:
        noise = x.new_zeros(len(x), self.n_components)
        codes: Tensor = self.body(torch.cat([x, noise], dim=1))
        return codes

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        shape = (len(x), self.n_components)
        noise = torch.randn(shape, generator=generator, device=x.device, dtype=x.dtype)
        codes: Tensor = self.body(torch.cat([x, noise], dim=1))
        return codes


class Rotation(nn.Module):
    """Rows to their principal components and back: the first linear layer, kept fixed.

    Parameters
    ----------
    components : Tensor of shape (n_inputs, n_features) or None
        Orthonormal directions; with None rows pass unchanged.

    Attributes
    ----------
    gain : float
        Factor of the components that makes the variance of an input about 1, since few
        components carry the variance of many features.
    """

    components: Tensor | None

    def __init__(self, components: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("components", components)
        self.gain = 1.0
        if components is not None:
            self.gain = math.sqrt(components.shape[0] / components.shape[1])

    def n_outputs(self, n_features: int) -> int:
        """Width of what rows of a width become."""
        return n_features if self.components is None else len(self.components)

    def forward(self, x: Tensor) -> Tensor:
        return x if self.components is None else self.gain * (x @ self.components.T)

    def after(self, first: Rotation) -> Rotation:
        """Both in one product, this one second."""
        if self.components is None or first.components is None:
            return first if self.components is None else self
        both = Rotation(self.components @ first.components)
        both.gain = self.gain * first.gain
        return both

    def inverse(self, x: Tensor) -> Tensor:
        """Back to the width of a row."""
        return x if self.components is None else (x / self.gain) @ self.components


class Networks(nn.Module):
    """All networks of a model.

    Attributes
    ----------
    rotation : Rotation
    encoder : Encoder
    decoder : Module
    discriminators : ModuleDict
        One for each game; the codes' is named "codes".
    """

    def __init__(
        self, rotation: Rotation, encoder: Encoder, decoder: nn.Module, discriminator: nn.Module
    ) -> None:
        super().__init__()
        self.rotation = rotation
        self.encoder = encoder
        self.decoder = decoder
        self.discriminators = nn.ModuleDict({"codes": discriminator})


def build_networks(
    config: NetworkConfig, components: Tensor | None, generator: torch.Generator
) -> Networks:
    """Build all networks on the CPU, from a CPU generator."""
    return Networks(
        Rotation(components),
        _build_encoder(config, generator),
        _build_decoder(config, generator),
        _build_discriminator(config, generator),
    )


def _build_discriminator(config: NetworkConfig, generator: torch.Generator) -> nn.Module:
    sizes = (config.n_components, *config.discriminator_layer_sizes, 1)
    return mlp(sizes, partial(nn.LeakyReLU, 0.2), generator)


def _build_encoder(config: NetworkConfig, generator: torch.Generator) -> Encoder:
    if config.encoder_factory is not None:
        return DeterministicEncoder(_call_factory(config.encoder_factory, "encoder", config))
    noise = config.n_components if config.posterior == "universal" else 0
    heads = 2 if config.posterior == "gaussian" else 1
    sizes = (config.n_inputs + noise, *config.hidden_layer_sizes, heads * config.n_components)
    body = mlp(sizes, ACTIVATIONS[config.activation], generator)
    if config.posterior == "gaussian":
        return GaussianEncoder(body, config.n_components)
    if config.posterior == "universal":
        return UniversalEncoder(body, config.n_components)
    return DeterministicEncoder(body)


def _build_decoder(config: NetworkConfig, generator: torch.Generator) -> nn.Module:
    if config.decoder_factory is not None:
        return _call_factory(config.decoder_factory, "decoder", config)
    sizes = (config.n_components, *reversed(config.hidden_layer_sizes), config.n_inputs)
    decoder = mlp(sizes, ACTIVATIONS[config.activation], generator, _DECODER_OUTPUT_GAIN)
    if config.is_map and config.hidden_layer_sizes:
        spread_folds(decoder, generator)
    return decoder


def spread_folds(decoder: nn.Sequential, generator: torch.Generator) -> None:
    """Let the units of the first layer bend sharply, each elsewhere among draws of N(0, I).

    Without biases all bend at the origin, and a decoder of a map, whose codes are given,
    takes long to move the folds to where the groups are (benchmarks/NOTES.md).
    """
    first, second, *_ = (layer for layer in decoder if isinstance(layer, nn.Linear))
    gain = _SHARPNESS / math.sqrt(2)
    with torch.no_grad():
        first.bias.normal_(0, _SHARPNESS, generator=generator)
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
