"""The networks of a model, written into a graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import nn

from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.model._formulas import Restoring
from aae_sklearn.model._graph import Graph, Value
from aae_sklearn.model._model import Model
from aae_sklearn.priors._formulas import closed_form
from aae_sklearn.runtime._tensors import to_array


def decode_codes(model: Model, g: Graph, codes: Value) -> Value:
    """Codes to rows."""
    prior, width = model.prior, model.config.network.n_components
    return decode(model, g, closed_form(prior, width).to_working(g, codes))


def decode(model: Model, g: Graph, working: Value) -> Value:
    """Vectors of the working space to rows."""
    network = model.config.network
    refuse_factory("decoder", network.decoder_factory)
    decoder: Any = model.networks.decoder
    x = perceptron(g, decoder, working, network.n_components, network.n_inputs)
    if model.config.reconstruction_loss == "log_loss":
        x = g.sigmoid(x)
    rows: Value = Restoring.of(model.inputs)(g, x)
    return rows


def refuse_classes(model: Model) -> None:
    if model.config.network.heads is not None:
        raise NotExportableError(
            "models that know classes are not exported; save the estimator, or pickle it"
        )


def refuse_factory(name: str, factory: object) -> None:
    if factory is not None:
        raise NotExportableError(
            f"the network of {name}_factory is code of yours, and a graph holds formulas only; "
            f"use as_module, and export that with torch.onnx"
        )


def perceptron(g: Graph, layers: nn.Sequential, x: Value, n_inputs: int, n_outputs: int) -> Value:
    """Linear layers and activations, of which the first inputs and outputs are taken.

    The inputs left out are the noise of a universal encoder, which is 0 for a mean code; the
    outputs left out are the variances of a Gaussian one.
    """
    last = len(layers) - 1
    for place_of_layer, layer in enumerate(layers):
        if not isinstance(layer, nn.Linear):
            x = _ACTIVATIONS[type(layer)](g, x)
            continue
        weights, offset = to_array(layer.weight).T, to_array(layer.bias)
        if place_of_layer == 0:
            weights = weights[:n_inputs]
        if place_of_layer == last:
            weights, offset = weights[:, :n_outputs], offset[:n_outputs]
        x = g.linear(x, weights, offset)
    return x


def _gelu(g: Graph, x: Value) -> Value:
    return x * 0.5 * (g.node("Erf", x * math.sqrt(0.5)) + 1.0)


_ACTIVATIONS: dict[type[nn.Module], Callable[[Graph, Value], Value]] = {
    nn.ReLU: lambda g, x: g.node("Relu", x),
    nn.SiLU: lambda g, x: x * g.sigmoid(x),
    nn.GELU: _gelu,
    nn.Tanh: lambda g, x: g.node("Tanh", x),
}
