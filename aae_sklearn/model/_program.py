"""A decoder as a program: instructions on one code, which a web page carries out.

It has the operators of the ONNX graph and one more, `Interpolate`. The instructions are names and
numbers, so that nothing of a page is code that a model brought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.model._graph import Graph, Value
from aae_sklearn.model._graph_networks import decode, refuse_classes
from aae_sklearn.model._model import Model
from aae_sklearn.priors._formulas import closed_form
from aae_sklearn.settings import _defaults as defaults

Limits = Sequence[tuple[float, float]]
_MIXES_COLUMNS = ("Gemm", "Interpolate")  # whose result's columns are not those of what they read


@dataclass(frozen=True)
class Instruction:
    """One step.

    Attributes
    ----------
    operator : str
    inputs : tuple of str
        Names of constants, of earlier results, or "code".
    name : str
        Of the result.
    attributes : dict
    """

    operator: str
    inputs: tuple[str, ...]
    name: str
    attributes: dict[str, Any]


class Program(Graph):
    """Instructions from a code to a row, written by formulas.

    Attributes
    ----------
    instructions : list of Instruction
        The result of the last one is the row.
    constants : dict of str to ndarray
        float64, so that no unit of X is out of range.
    """

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.constants: dict[str, NDArray[np.float64]] = {}

    @property
    def code(self) -> Value:
        """What the program reads."""
        return Value(self, "code")

    @property
    def result(self) -> Value:
        """The row."""
        return Value(self, self.instructions[-1].name)

    def node(self, operator: str, *inputs: Any, **attributes: Any) -> Value:
        values = [part if isinstance(part, Value) else self.constant(part) for part in inputs]
        name = f"{operator.lower()}{len(self.instructions)}"
        names = tuple(value.name for value in values)
        self.instructions.append(Instruction(operator, names, name, attributes))
        return Value(self, name)

    def constant(self, numbers: ArrayLike) -> Value:
        name = f"constant{len(self.constants)}"
        self.constants[name] = np.atleast_1d(np.asarray(numbers, dtype=np.float64))
        return Value(self, name)

    def interpolate(self, code: Value, table: NDArray[Any], limits: Limits) -> Value:
        """Multilinear interpolation in a table over the limits of the components.

        The first component runs along the last axis but one of the table, whose last axis holds
        the numbers of a result.
        """
        low, high = zip(*limits, strict=True)
        return self.node("Interpolate", code, table, low=list(low), high=list(high))

    def keep(self, columns: NDArray[np.intp]) -> None:
        """Leave out all other columns of the result."""
        made = {step.name: step for step in self.instructions}
        waiting, seen = [self.instructions[-1].name], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.constants:
                numbers = self.constants[name]
                if numbers.shape[-1] > 1:
                    self.constants[name] = numbers[..., columns]
            else:
                step = made[name]
                waiting += step.inputs[step.operator in _MIXES_COLUMNS :]


def decoder_program(model: Model, limits: Limits) -> Program:
    """What `Model.decode` does with codes within limits.

    Where the prior's bijection is no formula, it is interpolated.

    Raises
    ------
    NotExportableError
        If the decoder is a user's, or reads classes.
    """
    refuse_classes(model)
    program = Program()
    prior, width = model.prior, model.n_components
    try:
        working = closed_form(prior, width).to_working(program, program.code)
    except NotExportableError:
        codes = grid_codes(limits, defaults.BIJECTION_GRID)
        shape = (defaults.BIJECTION_GRID,) * width
        table = prior.to_working(codes).reshape(*shape, width)
        program = Program()
        working = program.interpolate(program.code, table, limits)
    decode(model, program, working)
    return program


def grid_codes(limits: Limits, n_grid: int) -> NDArray[np.float64]:
    """Codes of a grid, the first component fastest; shape (n_grid ** n_components, width)."""
    axes = [np.linspace(low, high, n_grid) for low, high in limits]
    parts = np.meshgrid(*axes[::-1], indexing="ij")[::-1]
    return np.column_stack([part.ravel() for part in parts])
