"""A model as an ONNX graph: rows to codes, codes to rows, samples to rows.

The graph is written with `onnx.helper`, node by node: torch's exporter would have to trace code
that searches and that works row by row. All numbers are float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import nn

from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.model._formulas import Reading, Restoring
from aae_sklearn.model._model import Model
from aae_sklearn.model._onnx_graph import Graph, Value
from aae_sklearn.model._onnx_placing import place
from aae_sklearn.priors._formulas import closed_form, project
from aae_sklearn.runtime._tensors import to_array


def onnx_bytes(model: Model, what: str, about: str) -> bytes:
    """A checked ONNX model; `about` says what it is.

    Raises
    ------
    ImportError
        If onnx is not installed.
    NotExportableError
        If a part of the model is no formula.
    ValueError
        If `what` is unknown.
    """
    if what not in _GRAPHS:
        raise ValueError(f"what must be one of {', '.join(map(repr, _GRAPHS))}, got {what!r}")
    onnx = _import_onnx()
    made = _GRAPHS[what](model, Graph(onnx))
    made.producer_name, made.doc_string = "aae_sklearn", f"{what} of {about}"
    onnx.checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString()
    return content


def _import_onnx() -> Any:
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise ImportError(
            "to_onnx needs the package onnx; pip install 'aae-sklearn[onnx]'"
        ) from error
    return onnx


def _transform(model: Model, g: Graph) -> Any:
    """Rows to codes."""
    network = model.config.network
    rows = Value(g, "rows")
    h = _FEATURES[model.config.features.kind](model, g, rows)
    working = project(g, model.prior, _encode(model, g, h), network.n_components)
    codes = closed_form(model.prior, network.n_components).from_working(g, working)
    return g.model("rows", network.n_features, codes, "codes", network.n_components)


def _inverse_transform(model: Model, g: Graph) -> Any:
    """Codes to rows."""
    network = model.config.network
    codes = Value(g, "codes")
    working = closed_form(model.prior, network.n_components).to_working(g, codes)
    rows = _decode(model, g, working)
    return g.model("codes", network.n_components, rows, "rows", network.n_features)


def _sample_to_rows(model: Model, g: Graph) -> Any:
    """Samples of the working space to rows; on a sphere, normal ones are moved there."""
    network = model.config.network
    working = project(g, model.prior, Value(g, "working"), network.n_components)
    rows = _decode(model, g, working)
    return g.model("working", network.n_components, rows, "rows", network.n_features)


_GRAPHS: dict[str, Callable[[Model, Graph], Any]] = {
    "transform": _transform,
    "inverse_transform": _inverse_transform,
    "sample_to_rows": _sample_to_rows,
}

# By `config.features.kind`.
_FEATURES: dict[str, Callable[[Any, Graph, Value], Value]] = {
    "inputs": lambda model, g, rows: Reading.of(model.inputs)(g, rows),
    "layout": lambda model, g, rows: place(g, model.features, rows),
}


def _encode(model: Model, g: Graph, h: Value) -> Value:
    """Mean codes in the working space."""
    network = model.config.network
    _refuse_factory("encoder", network.encoder_factory)
    body: Any = model.networks.encoder.body
    width, n_codes = network.n_encoder_inputs, network.n_components
    if not network.refines:
        return _perceptron(g, body, h, width, n_codes)
    return h + _perceptron(g, body.body, h, width, n_codes)


def _decode(model: Model, g: Graph, working: Value) -> Value:
    """Vectors of the working space to rows."""
    network = model.config.network
    _refuse_factory("decoder", network.decoder_factory)
    decoder: Any = model.networks.decoder
    x = _perceptron(g, decoder, working, network.n_components, network.n_inputs)
    if model.config.reconstruction_loss == "log_loss":
        x = g.sigmoid(x)
    rows: Value = Restoring.of(model.inputs)(g, x)
    return rows


def _refuse_factory(name: str, factory: object) -> None:
    if factory is not None:
        raise NotExportableError(
            f"the network of {name}_factory is code of yours, and a graph holds formulas only; "
            f"use as_module, and export that with torch.onnx"
        )


def _perceptron(g: Graph, layers: nn.Sequential, x: Value, n_inputs: int, n_outputs: int) -> Value:
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
