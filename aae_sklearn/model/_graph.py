"""Formulas written down as the nodes of a graph, by doing arithmetic with the names of its edges.

A `Graph` is an `Algebra`: formulas that torch evaluates become nodes here. What a node is, and in
which form constants are kept, a subclass says: nodes of ONNX, or instructions of a program.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Value:
    """An edge of a graph; operators add nodes to the graph."""

    graph: Graph
    name: str

    def __add__(self, other: Any) -> Value:
        return self.graph.node("Add", self, other)

    def __radd__(self, other: Any) -> Value:
        return self.graph.node("Add", other, self)

    def __sub__(self, other: Any) -> Value:
        return self.graph.node("Sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self.graph.node("Sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return self.graph.node("Mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return self.graph.node("Mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return self.graph.node("Div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return self.graph.node("Div", other, self)

    def __neg__(self) -> Value:
        return self.graph.node("Neg", self)

    def __lt__(self, other: Any) -> Value:
        return self.graph.node("Less", self, other)

    def __gt__(self, other: Any) -> Value:
        return self.graph.node("Greater", self, other)


class Graph(ABC):
    """Nodes and constants, in the order in which they are asked for."""

    @abstractmethod
    def node(self, operator: str, *inputs: Any, **attributes: Any) -> Value:
        """Add a node of one output; numbers among its inputs become constants."""

    @abstractmethod
    def constant(self, numbers: ArrayLike) -> Value:
        """Numbers as a value, in float32."""

    def linear(self, x: Value, weights: ArrayLike, offset: ArrayLike | None = None) -> Value:
        offsets = () if offset is None else (self.constant(offset),)
        return self.node("Gemm", x, self.constant(weights), *offsets)

    def exp(self, x: Value) -> Value:
        return self.node("Exp", x)

    def log(self, x: Value) -> Value:
        return self.node("Log", x)

    def sqrt(self, x: Value) -> Value:
        return self.node("Sqrt", x)

    def abs(self, x: Value) -> Value:
        return self.node("Abs", x)

    def sign(self, x: Value) -> Value:
        return self.node("Sign", x)

    def tan(self, x: Value) -> Value:
        return self.node("Tan", x)

    def atan(self, x: Value) -> Value:
        return self.node("Atan", x)

    def sinh(self, x: Value) -> Value:
        return self.node("Sinh", x)

    def asinh(self, x: Value) -> Value:
        return self.node("Asinh", x)

    def atanh(self, x: Value) -> Value:
        return self.node("Atanh", x)

    def sigmoid(self, x: Value) -> Value:
        return self.node("Sigmoid", x)

    def clip(self, x: Value, low: float, high: float) -> Value:
        return self.node("Clip", x, low, high)

    def where(self, condition: Value, yes: Value | float, no: Value | float) -> Value:
        return self.node("Where", condition, yes, no)

    def length(self, x: Value) -> Value:
        return self.node("ReduceL2", x, axes=[-1], keepdims=1)
