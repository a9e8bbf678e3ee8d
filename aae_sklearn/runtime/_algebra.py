"""Formulas that are written once: evaluated by torch, or written down as the nodes of a graph.

A formula takes an algebra and values, uses the operators of the values (``+ - * / < >``) and the
functions of the algebra. With `TorchAlgebra` the values are tensors. `model/_graph.Graph` is
another algebra, whose values are the edges of a graph: of ONNX, or of a program for web pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor


class Algebra(Protocol):
    """Functions of values, number by number where nothing else is said; all in float32."""

    def constant(self, numbers: ArrayLike) -> Any:
        """Numbers as a value."""

    def linear(self, x: Any, weights: ArrayLike, offset: ArrayLike | None = None) -> Any:
        """Rows times weights of shape (n_inputs, n_outputs), plus an offset."""

    def exp(self, x: Any) -> Any: ...
    def log(self, x: Any) -> Any: ...
    def sqrt(self, x: Any) -> Any: ...
    def abs(self, x: Any) -> Any: ...
    def sign(self, x: Any) -> Any: ...
    def tan(self, x: Any) -> Any: ...
    def atan(self, x: Any) -> Any: ...
    def sinh(self, x: Any) -> Any: ...
    def asinh(self, x: Any) -> Any: ...
    def atanh(self, x: Any) -> Any: ...
    def sigmoid(self, x: Any) -> Any: ...

    def clip(self, x: Any, low: float, high: float) -> Any:
        """Numbers moved into an interval."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """One number or the other."""

    def length(self, x: Any) -> Any:
        """Euclidean length of each row, shape (n_rows, 1)."""


class TorchAlgebra:
    """Values are tensors; gradients pass.

    Parameters
    ----------
    device : torch.device
        Where constants are put.
    """

    exp = staticmethod(torch.exp)
    log = staticmethod(torch.log)
    sqrt = staticmethod(torch.sqrt)
    abs = staticmethod(torch.abs)
    sign = staticmethod(torch.sign)
    tan = staticmethod(torch.tan)
    atan = staticmethod(torch.atan)
    sinh = staticmethod(torch.sinh)
    asinh = staticmethod(torch.asinh)
    atanh = staticmethod(torch.atanh)
    sigmoid = staticmethod(torch.sigmoid)

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def constant(self, numbers: ArrayLike) -> Tensor:
        return torch.tensor(np.asarray(numbers, dtype=np.float32), device=self.device)

    def linear(self, x: Tensor, weights: ArrayLike, offset: ArrayLike | None = None) -> Tensor:
        rows = x @ self.constant(weights)
        return rows if offset is None else rows + self.constant(offset)

    def clip(self, x: Tensor, low: float, high: float) -> Tensor:
        return x.clamp(low, high)

    def where(self, condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
        return torch.where(condition, yes, no)

    def length(self, x: Tensor) -> Tensor:
        length: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return length


def subtract(m: Algebra, x: Any, numbers: NDArray[np.float64]) -> Any:
    """Rows less float64 numbers, as exact as float32 rows allow.

    A number is the sum of two of float32. Near the first one a difference to it is exact
    (Sterbenz 1974), so that a large offset costs no digits.
    """
    high = np.asarray(numbers).astype(np.float32)
    low = (numbers - high.astype(np.float64)).astype(np.float32)
    difference = x - m.constant(high)
    return difference - m.constant(low) if low.any() else difference


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """c[0] + c[1] x + c[2] x² + ..., by Horner's rule."""
    *lower, total = coefficients
    for coefficient in reversed(lower):
        total = total * x + coefficient
    return total
