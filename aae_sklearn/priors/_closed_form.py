"""A bijection that is made of formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aae_sklearn.runtime._algebra import Algebra

SMALLEST_LENGTH = 1e-12  # of a vector that is divided by its length

Formula = Callable[[Algebra, Any], Any]


@dataclass(frozen=True)
class ClosedForm:
    """The bijection of a prior as formulas.

    Attributes
    ----------
    to_working, from_working : callable (algebra, value) -> value
    """

    to_working: Formula
    from_working: Formula
