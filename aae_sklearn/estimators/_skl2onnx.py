"""A converter for skl2onnx, so that a whole pipeline becomes one graph."""

from __future__ import annotations

from typing import Any

from aae_sklearn.estimators._packing import ESTIMATORS
from aae_sklearn.model._onnx import onnx_bytes
from aae_sklearn.model._onnx_graph import OPSET


def register_onnx_converter() -> None:
    """Let skl2onnx convert pipelines that hold an autoencoder.

    Afterwards ``skl2onnx.to_onnx(pipeline, X[:1])`` gives a graph of all steps, in which the
    autoencoder is what `AdversarialAutoencoder.to_onnx` writes of `transform`. Steps before it
    compute in the type of the rows that are handed to ``to_onnx``, the autoencoder in float32.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Examples
    --------
    >>> import aae_sklearn
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> X, _ = load_digits(return_X_y=True)
    >>> aae = aae_sklearn.AdversarialAutoencoder(max_iter=5, random_state=0)
    >>> pipeline = make_pipeline(MinMaxScaler(), aae).fit(X)
    >>> aae_sklearn.register_onnx_converter()  # doctest: +SKIP
    >>> import skl2onnx  # doctest: +SKIP
    >>> graph = skl2onnx.to_onnx(pipeline, X[:1].astype("float32"))  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError(
            "register_onnx_converter needs the package skl2onnx; pip install 'aae-sklearn[onnx]'"
        ) from error
    for name, kind in ESTIMATORS.items():
        update_registered_converter(kind, f"AaeSklearn{name}", _set_shape, _convert)


def _set_shape(operator: Any) -> None:
    """What comes out: float32 codes."""
    from skl2onnx.common.data_types import FloatTensorType

    width = operator.raw_operator._model.n_components
    operator.outputs[0].type = FloatTensorType([operator.inputs[0].get_first_dimension(), width])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of the exported graph, under names that are free."""
    import onnx

    estimator = operator.raw_operator
    content = onnx_bytes(estimator._model, "transform", type(estimator).__name__)
    graph = onnx.load_from_string(content).graph
    rows = scope.get_unique_variable_name("rows")
    source = operator.inputs[0].full_name
    container.add_node(
        "Cast",
        source,
        rows,
        name=scope.get_unique_operator_name("cast"),
        to=onnx.TensorProto.FLOAT,
    )
    names = {graph.input[0].name: rows, graph.output[0].name: operator.outputs[0].full_name}
    for tensor in graph.initializer:
        names[tensor.name] = scope.get_unique_variable_name(tensor.name)
        container.add_initializer(names[tensor.name], tensor.data_type, list(tensor.dims), tensor)
    for node in graph.node:
        for name in node.output:
            names.setdefault(name, scope.get_unique_variable_name(name))
        container.add_node(
            node.op_type,
            [names[name] for name in node.input],
            [names[name] for name in node.output],
            op_version=OPSET,
            name=scope.get_unique_operator_name(node.name),
            **{a.name: onnx.helper.get_attribute_value(a) for a in node.attribute},
        )
