"""Upper tails of symmetric distributions in float32, and their exchange with the normal one's.

Their location is 0 and their scale 1. Q(z) is the probability above z.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aae_sklearn.priors._transport import SMALLEST_TAIL_AT_AN_END
from aae_sklearn.runtime._algebra import Algebra, polynomial

# erfc(x) = t exp(-x² + P(t)) with t = 1 / (1 + x / 2), to 1.2e-7 of itself: Press et al.,
# "Numerical Recipes in C", 2nd edition, section 6.2.
_ERFC = (
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277,
)
# A first guess of normal quantiles, to 4.5e-4: Abramowitz and Stegun, "Handbook of Mathematical
# Functions", 26.2.23.
_GUESS_ABOVE = (2.515517, 0.802853, 0.010328)
_GUESS_BELOW = (1.0, 1.432788, 0.189269, 0.001308)
_NEWTON_STEPS = 2  # each squares the error of the guess
_LARGEST_NORMAL = 12.9  # beyond, float32 does not hold the tail of the normal distribution
_SMALLEST_LOG = math.log(SMALLEST_TAIL_AT_AN_END)
_SMALLEST_LOG_UNBOUNDED = -83.0
_LARGEST_VALUE = 1e18  # whose square float32 holds


@dataclass(frozen=True)
class SymmetricLaw:
    """One half of a symmetric distribution.

    Attributes
    ----------
    value : callable (algebra, q, log_q) -> |z|
        The inverse of Q.
    log_tail : callable (algebra, |z|) -> log Q
    smallest_log : float
        Least value of log Q that is told apart.
    """

    value: Callable[[Algebra, Any, Any], Any]
    log_tail: Callable[[Algebra, Any], Any]
    smallest_log: float = _SMALLEST_LOG_UNBOUNDED


def from_normal(m: Algebra, law: SymmetricLaw, u: Any) -> Any:
    """Normal numbers to numbers of the distribution with the same probability above them."""
    log_q = normal_log_tail(m, m.clip(m.abs(u), 0.0, _LARGEST_NORMAL))
    log_q = m.clip(log_q, law.smallest_log, -math.log(2))
    return m.sign(u) * law.value(m, m.exp(log_q), log_q)


def to_normal(m: Algebra, law: SymmetricLaw, z: Any) -> Any:
    """Numbers of the distribution to normal ones; the inverse of `from_normal`."""
    log_q = law.log_tail(m, m.clip(m.abs(z), 0.0, _LARGEST_VALUE))
    return m.sign(z) * normal_value(m, m.clip(log_q, law.smallest_log, -math.log(2)))


def normal_log_tail(m: Algebra, u: Any) -> Any:
    """log P(N(0, 1) > u) for u of at least 0."""
    x = u * math.sqrt(0.5)
    t = 1.0 / (x * 0.5 + 1.0)
    return m.log(t * 0.5) - x * x + polynomial(_ERFC, t)


def normal_value(m: Algebra, log_q: Any) -> Any:
    """The u of at least 0 whose `normal_log_tail` is given."""
    t = m.sqrt(log_q * -2.0)
    u = t - polynomial(_GUESS_ABOVE, t) / polynomial(_GUESS_BELOW, t)
    for _ in range(_NEWTON_STEPS):
        found = normal_log_tail(m, u)
        inverse_slope = m.exp(found + u * u * 0.5 + math.log(2 * math.pi) / 2)
        u = u + (found - log_q) * inverse_slope
    return u


def _log_tail_of_uniform(m: Algebra, z: Any) -> Any:
    return m.log(m.clip((1.0 - z) * 0.5, 1e-30, 0.5))


def _log_tail_of_cauchy(m: Algebra, z: Any) -> Any:
    return m.log(m.atan(1.0 / m.clip(z, 1e-30, _LARGEST_VALUE)) * (1 / math.pi))


def _log_tail_of_student_t_2(m: Algebra, z: Any) -> Any:
    root = m.sqrt(z * z + 2.0)
    return -(m.log(root) + m.log(root + z))


UNIFORM = SymmetricLaw(lambda m, q, log_q: 1.0 - 2.0 * q, _log_tail_of_uniform, _SMALLEST_LOG)
LAPLACE = SymmetricLaw(lambda m, q, log_q: -(log_q + math.log(2)), lambda m, z: -z - math.log(2))
LOGISTIC = SymmetricLaw(
    lambda m, q, log_q: m.log(1.0 - q) - log_q, lambda m, z: -z - m.log(m.exp(-z) + 1.0)
)
CAUCHY = SymmetricLaw(lambda m, q, log_q: 1.0 / m.tan(q * math.pi), _log_tail_of_cauchy)
STUDENT_T_2 = SymmetricLaw(
    lambda m, q, log_q: (1.0 - 2.0 * q) / m.sqrt(2.0 * q * (1.0 - q)), _log_tail_of_student_t_2
)
