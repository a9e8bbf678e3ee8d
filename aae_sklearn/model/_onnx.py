"""A model as an ONNX graph: rows to codes, codes to rows, samples to rows.

The graph is written with `onnx.helper`, node by node: torch's exporter would have to trace code
that searches and that works row by row. All numbers are float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aae_sklearn.model._formulas import Reading
from aae_sklearn.model._graph import Value
from aae_sklearn.model._graph_networks import (
    decode,
    decode_codes,
    perceptron,
    refuse_classes,
    refuse_factory,
)
from aae_sklearn.model._model import Model
from aae_sklearn.model._onnx_graph import OnnxGraph
from aae_sklearn.model._onnx_placing import place
from aae_sklearn.priors._formulas import closed_form, project


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
    refuse_classes(model)
    onnx = _import_onnx()
    made = _GRAPHS[what](model, OnnxGraph(onnx))
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


def _transform(model: Model, g: OnnxGraph) -> Any:
    """Rows to codes."""
    network = model.config.network
    rows = Value(g, "rows")
    h = _FEATURES[model.config.features.kind](model, g, rows)
    working = project(g, model.prior, _encode(model, g, h), network.n_components)
    codes = closed_form(model.prior, network.n_components).from_working(g, working)
    return g.model("rows", network.n_features, codes, "codes", network.n_components)


def _inverse_transform(model: Model, g: OnnxGraph) -> Any:
    """Codes to rows."""
    network = model.config.network
    rows = decode_codes(model, g, Value(g, "codes"))
    return g.model("codes", network.n_components, rows, "rows", network.n_features)


def _sample_to_rows(model: Model, g: OnnxGraph) -> Any:
    """Samples of the working space to rows; on a sphere, normal ones are moved there."""
    network = model.config.network
    working = project(g, model.prior, Value(g, "working"), network.n_components)
    rows = decode(model, g, working)
    return g.model("working", network.n_components, rows, "rows", network.n_features)


_GRAPHS: dict[str, Callable[[Model, OnnxGraph], Any]] = {
    "transform": _transform,
    "inverse_transform": _inverse_transform,
    "sample_to_rows": _sample_to_rows,
}

# By `config.features.kind`.
_FEATURES: dict[str, Callable[[Any, OnnxGraph, Value], Value]] = {
    "inputs": lambda model, g, rows: Reading.of(model.inputs)(g, rows),
    "layout": lambda model, g, rows: place(g, model.features, rows),
    "taught": lambda model, g, rows: Reading.of(model.inputs)(g, rows),
}


def _encode(model: Model, g: OnnxGraph, h: Value) -> Value:
    """Mean codes in the working space."""
    network = model.config.network
    refuse_factory("encoder", network.encoder_factory)
    body: Any = model.networks.encoder.body
    width, n_codes = network.n_encoder_inputs, network.n_components
    if not network.refines:
        return perceptron(g, body, h, width, n_codes)
    return h + perceptron(g, body.body, h, width, n_codes)
