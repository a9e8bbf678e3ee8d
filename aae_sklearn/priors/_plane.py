"""Bijections of distributions of the plane that depend on |z| only, as formulas.

In the plane |N(0, I)|² is exponential, P(|u|² > s) = exp(-s / 2), and so the two distributions
have closed forms. In other dimensions |N(0, I)|² has quantiles by iteration only.
"""

from __future__ import annotations

import math
from typing import Any

from aae_sklearn.priors._closed_form import SMALLEST_LENGTH, ClosedForm, Formula
from aae_sklearn.priors._transport import SMALLEST_TAIL_AT_AN_END
from aae_sklearn.runtime._algebra import Algebra

_LARGEST_EXPONENT = 80.0  # whose exponential float32 holds
_LARGEST_SQUARE = 1e38


def disc(radius: float) -> ClosedForm:
    """Uniform in a disc: P(|z|² > s) = 1 - s / radius²."""
    largest = radius**2

    def to_working(m: Algebra, squared: Any) -> Any:
        return _log1p(m, m.clip(squared * (-1 / largest), -1.0, 0.0)) * -2.0

    def from_working(m: Algebra, squared: Any) -> Any:
        return _expm1(m, m.clip(squared * -0.5, -_LARGEST_EXPONENT, 0.0)) * -largest

    return _radial(to_working, from_working)


def joint_student_t(df: float, scale: float) -> ClosedForm:
    """Student's t with one scale for both coordinates: P(|z|² > s) = (1 + s / df)^(-df / 2)."""
    unit = df * scale**2

    def to_working(m: Algebra, squared: Any) -> Any:
        return _log1p(m, m.clip(squared * (1 / unit), 0.0, _LARGEST_SQUARE)) * df

    def from_working(m: Algebra, squared: Any) -> Any:
        return _expm1(m, m.clip(squared * (1 / df), 0.0, _LARGEST_EXPONENT)) * unit

    return _radial(to_working, from_working)


def _radial(to_working: Formula, from_working: Formula) -> ClosedForm:
    """Directions stay; lengths change as two formulas of |z|² and of |u|² say."""

    def changed(m: Algebra, x: Any, formula: Formula) -> Any:
        length = m.clip(m.length(x), SMALLEST_LENGTH, math.inf)
        return x * (m.sqrt(formula(m, length * length)) / length)

    return ClosedForm(
        lambda m, z: changed(m, z, to_working), lambda m, u: changed(m, u, from_working)
    )


def _expm1(m: Algebra, x: Any) -> Any:
    """exp(x) - 1, exact near 0."""
    return 2.0 * m.exp(x * 0.5) * m.sinh(x * 0.5)


def _log1p(m: Algebra, x: Any) -> Any:
    """log(1 + x) for x of at least -1, exact near 0 and finite at -1."""
    near, far = m.clip(x, -0.5, 0.5), m.log(m.clip(x + 1.0, SMALLEST_TAIL_AT_AN_END, math.inf))
    return m.where(m.abs(x) < 0.5, 2.0 * m.atanh(near / (near + 2.0)), far)
