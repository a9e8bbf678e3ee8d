"""A model as values that JSON can hold and arrays, and back: nothing is searched or fitted.

What it says of itself is believed only where its arrays agree: sizes are compared before
networks are built.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from aae_sklearn.layout._features import LayoutFeatures
from aae_sklearn.model._model import OUTPUTS, Model
from aae_sklearn.model._typical import READINGS, Typical
from aae_sklearn.networks._build import Networks, build_networks, n_weights
from aae_sklearn.priors import resolve_prior
from aae_sklearn.priors._packing import pack_prior, unpack_prior
from aae_sklearn.rows._groups import GroupMixture
from aae_sklearn.rows._inputs import Features, Inputs
from aae_sklearn.rows._missing import Filler
from aae_sklearn.rows._scaling import ColumnMoments
from aae_sklearn.runtime._packing import NotPlain, Packer, Unpacker
from aae_sklearn.runtime._precision import torch_defaults
from aae_sklearn.runtime._randomness import seeded_globally
from aae_sklearn.settings._config import NetworkConfig, TrainingConfig
from aae_sklearn.settings._packing import pack_config, unpack_config

_FILLER = ("mean", "scale", "low", "high", "loadings", "noise")
_GROUPS = ("centres", "spread", "shares")
_CPU = torch.device("cpu")


def _the_inputs(packed: Any, unpacker: Unpacker, config: NetworkConfig, inputs: Inputs) -> Inputs:
    return inputs


_FEATURES: dict[str, Callable[[Any, Unpacker, NetworkConfig, Inputs], Features]] = {
    "inputs": _the_inputs,
    "taught": _the_inputs,  # the teacher is gone
    "layout": lambda packed, unpacker, config, inputs: LayoutFeatures.unpack(
        packed, unpacker, config.n_features, config.n_components
    ),
}
_NAMES = {"inputs": "inputs", "layout": "layout", "taught": "inputs"}


def pack_model(model: Model, packer: Packer) -> dict[str, Any]:
    """A model as JSON; its numbers go to the packer.

    Raises
    ------
    NotPlain
        If a network that the user's factory built holds more than numbers.
    """
    packer.array("moments.mean", model.moments.mean)
    packer.array("moments.variance", model.moments.variance)
    if model.typical is not None:
        packer.array("typical.codes", model.typical.codes)
        packer.array("typical.parts", model.typical.parts)
    if model.filler is not None:
        for name in _FILLER:
            packer.array(f"filler.{name}", getattr(model.filler, name))
        for name in _GROUPS:
            packer.array(f"filler.groups.{name}", getattr(model.filler.groups, name))
    for name, weights in model.networks.state_dict().items():
        if not isinstance(weights, torch.Tensor) or weights.dtype is torch.bfloat16:
            raise NotPlain(
                f"{name} of the networks holds no numbers that a file can; pickle the estimator"
            )
        packer.array(f"networks.{name}", weights)
    return {
        "config": pack_config(model.config, packer.left_out),
        "prior": pack_prior(model.prior, packer, "fitted_prior"),
        "inputs": model.inputs.pack(packer, "inputs"),
        "fills": model.filler is not None,
        "typical": [] if model.typical is None else list(model.typical.names),
        # Features that are the inputs are kept under the same names, and so once.
        "features": model.features.pack(packer, _NAMES[model.config.features.kind]),
    }


def unpack_model(packed: dict[str, Any], unpacker: Unpacker) -> Model:
    """The inverse of `pack_model`, on the CPU.

    Raises
    ------
    ArithmeticError, LookupError, RuntimeError, TypeError, ValueError
        If something is missing or parts do not fit to each other.
    """
    config = unpack_config(packed["config"], unpacker.left_out)
    network = config.network
    _check_config(config)
    prior = resolve_prior(unpack_prior(packed["prior"], unpacker))
    prior.check(network.n_components)
    mean, variance = (
        unpacker.array(f"moments.{name}", (network.n_features,), "f8")
        for name in ("mean", "variance")
    )
    inputs = Inputs.unpack(
        packed["inputs"], unpacker, "inputs", network.n_features, network.n_inputs
    )
    unpack_features = _FEATURES[config.features.kind]
    features = unpack_features(packed["features"], unpacker, network, inputs)
    networks = _unpack_networks(network, unpacker)
    typical = _unpack_typical(packed, network.n_components, unpacker)
    moments = ColumnMoments(mean, variance)
    filler = _unpack_filler(unpacker, network.n_features) if packed.get("fills", False) else None
    return Model(config, inputs, features, networks, moments, prior, _CPU, typical, filler)


def _unpack_filler(unpacker: Unpacker, n_features: int) -> Filler:
    mean, scale, low, high = (
        unpacker.array(f"filler.{name}", (n_features,), "f8") for name in _FILLER[:4]
    )
    loadings = unpacker.array("filler.loadings", (None, n_features), "f8")
    noise = unpacker.array("filler.noise", (n_features,), "f8")
    shares = unpacker.array("filler.groups.shares", (None,), "f8")
    centres = unpacker.array("filler.groups.centres", (len(shares), n_features), "f8")
    spread = unpacker.array("filler.groups.spread", (n_features,), "f8")
    groups = GroupMixture(centres, spread, shares)
    return Filler(mean, scale, low, high, loadings, noise, groups)


def _unpack_typical(
    packed: dict[str, Any], n_components: int, unpacker: Unpacker
) -> Typical | None:
    names, n_unnamed = packed.get("typical", []), packed.get("typical_parts", 0)
    if not names and not n_unnamed:  # the first files have none
        return None
    codes = unpacker.array("typical.codes", (None, n_components), "f8")
    parts = unpacker.array("typical.parts", (len(codes), len(names) or n_unnamed), "f8")
    if not names:  # the next had parts of another meaning
        return None
    if not set(names) <= set(READINGS):
        raise ValueError(f"parts of an outlier score that are not known here: {names}")
    return Typical(codes, tuple(names), parts)


def _check_config(config: TrainingConfig) -> None:
    """Raise if parts of a config contradict each other."""
    network, kind = config.network, config.features.kind
    if config.reconstruction_loss not in OUTPUTS:
        raise ValueError(f"unknown reconstruction_loss {config.reconstruction_loss!r}")
    if network.refines != (kind == "layout"):
        raise ValueError(f"networks whose refines={network.refines} on {kind} as features")


def _unpack_networks(config: NetworkConfig, unpacker: Unpacker) -> Networks:
    weights = unpacker.tensors("networks.")
    for name, size in n_weights(config).items():
        found = sum(w.numel() for key, w in weights.items() if key.startswith(f"{name}."))
        if found != size:
            raise ValueError(f"{found} weights of the {name}, where its layers have {size}")
    with seeded_globally(0, _CPU), torch_defaults():
        networks = build_networks(config, torch.Generator().manual_seed(0))
    networks.load_state_dict(weights)
    return networks.eval()
