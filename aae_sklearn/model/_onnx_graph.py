"""An ONNX graph that is written by doing arithmetic with the names of its edges.

It also has what only placing needs: reductions, gathers and the nearest points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aae_sklearn.model._graph import Graph, Value

OPSET = 17
IR_VERSION = 8  # of the file; that of the first release of onnx that has the opset


class OnnxGraph(Graph):
    """Nodes and constants, in the order in which they are asked for.

    Parameters
    ----------
    onnx : module
        The package onnx, which is imported where a user asks for an export.
    """

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._numbers: dict[float, Value] = {}

    def node(self, operator: str, *inputs: Any, **attributes: Any) -> Value:
        """Add a node of one output; numbers among its inputs become constants."""
        names = [
            value.name if isinstance(value, Value) else self._number(value).name
            for value in inputs
        ]
        result = Value(self, f"{operator.lower()}_{len(self._nodes)}")
        made = self._onnx.helper.make_node(operator, names, [result.name], result.name)
        # Those of onnx.helper, unless they are None.
        made.attribute.extend(
            self._onnx.helper.make_attribute(key, value) for key, value in attributes.items()
        )
        self._nodes.append(made)
        return result

    def _number(self, number: float) -> Value:
        if number not in self._numbers:
            self._numbers[number] = self.constant(number)
        return self._numbers[number]

    def constant(self, numbers: ArrayLike) -> Value:
        return self._add_constant(np.ascontiguousarray(numbers, dtype=np.float32), numbers)

    def integers(self, *numbers: int) -> Value:
        """A list of integers, such as axes and bounds of a slice."""
        return self._add_constant(np.array(numbers, dtype=np.int64), numbers)

    def _add_constant(self, array: NDArray[Any], numbers: Any) -> Value:
        name = f"constant_{len(self._constants)}"
        array = array.reshape(np.shape(numbers))  # ascontiguousarray makes a list of a number
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return Value(self, name)

    def model(self, source: str, width: int, result: Value, name: str, out_width: int) -> Any:
        """The graph as a model from rows of one width to rows of another."""
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        self._nodes.append(helper.make_node("Identity", [result.name], [name], name))
        graph = helper.make_graph(
            self._nodes,
            "aae_sklearn",
            [helper.make_tensor_value_info(source, kind, ["n_rows", width])],
            [helper.make_tensor_value_info(name, kind, ["n_rows", out_width])],
            self._constants,
        )
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)

    def sum(self, x: Value, axis: int, *, keepdims: bool = False) -> Value:
        """The sum over an axis."""
        return self.node("ReduceSum", x, self.integers(axis), keepdims=int(keepdims))

    def length(self, x: Value) -> Value:
        """As the root of a sum: ReduceL2 has other inputs from opset 18 on."""
        return self.sqrt(self.sum(x * x, -1, keepdims=True))

    def part(self, x: Value, axis: int, start: int, stop: int) -> Value:
        """A slice of an axis."""
        bounds = (self.integers(number) for number in (start, stop, axis))
        return self.node("Slice", x, *bounds)

    def with_axis(self, x: Value, axis: int) -> Value:
        """One more axis, of length 1."""
        return self.node("Unsqueeze", x, self.integers(axis))

    def gather(self, x: Value, index: Value) -> Value:
        """Rows of x by their indices."""
        return self.node("Gather", x, index, axis=0)

    def smallest(self, x: Value, count: int) -> tuple[Value, Value]:
        """The smallest numbers of each row, ascending, and where they are."""
        names = [f"topk_{len(self._nodes)}_{part}" for part in ("values", "indices")]
        made = self._onnx.helper.make_node(
            "TopK", [x.name, self.integers(count).name], names, names[0], axis=-1, largest=0
        )
        self._nodes.append(made)
        values, indices = (Value(self, name) for name in names)
        return values, indices
