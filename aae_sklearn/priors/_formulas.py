"""Bijections of the priors in float32, as formulas for an `Algebra`.

`Prior.to_working` and `Prior.from_working` use scipy and float64. What is exported has neither:
here are the same bijections for those priors for which they follow from elementary functions.

An independent symmetric distribution is handled by its upper half. With q the probability above
|u| under N(0, 1), and Q that above |z| under the distribution, z = sign(u) Q^-1(q). Both q and
log q are passed on, since 1 - q loses the tail.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.priors._ball import BallPrior
from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._closed_form import SMALLEST_LENGTH, ClosedForm
from aae_sklearn.priors._laplace import LaplacePrior
from aae_sklearn.priors._normal import NormalPrior
from aae_sklearn.priors._plane import disc, joint_student_t
from aae_sklearn.priors._sphere import SpherePrior
from aae_sklearn.priors._standardise import Standardisation, StandardisedPrior
from aae_sklearn.priors._student_t import StudentTPrior, degrees_of_freedom
from aae_sklearn.priors._symmetric import (
    CAUCHY,
    LAPLACE,
    LOGISTIC,
    STUDENT_T_2,
    UNIFORM,
    SymmetricLaw,
    from_normal,
    to_normal,
)
from aae_sklearn.priors._uniform import UniformPrior
from aae_sklearn.priors._wrapped_scipy import ScipyPrior, given_arguments
from aae_sklearn.runtime._algebra import Algebra, subtract

_LARGEST_ARCSINH = 80.0  # whose sinh float32 holds


def closed_form(prior: Prior, n_components: int) -> ClosedForm:
    """The bijection of a prior for codes of a width, as formulas.

    Raises
    ------
    NotExportableError
        If there are none, with the reason.
    """
    for kind, make in _FORMS.items():
        if type(prior) is kind or (kind is StandardisedPrior and isinstance(prior, kind)):
            return make(prior, n_components)
    if _keeps_codes(prior):
        return _shifted_and_scaled(0.0, 1.0)
    raise _own_bijection(prior)


def _own_bijection(prior: Prior) -> NotExportableError:
    return NotExportableError(
        f"the bijection of {type(prior).__name__} is code of its class, and what is exported "
        "holds formulas only; export what='sample_to_rows', which needs none"
    )


def project(m: Algebra, prior: Prior, working: Any, n_components: int) -> Any:
    """`Prior.project` as a formula."""
    if type(prior).project is Prior.project:
        return working
    if type(prior) is not SpherePrior:
        raise NotExportableError(
            f"project of {type(prior).__name__} is code of its class, and what is exported holds "
            "formulas only; export with one of the priors of aae_sklearn"
        )
    length = m.clip(m.length(working), SMALLEST_LENGTH, math.inf)
    return working / length * math.sqrt(n_components)


def _keeps_codes(prior: Prior) -> bool:
    kind = type(prior)
    return kind.to_working is Prior.to_working and kind.from_working is Prior.from_working


def _shifted_and_scaled(location: Any, scale: Any) -> ClosedForm:
    """z = location + scale u."""
    shift, factor = (np.asarray(number, dtype=np.float64) for number in (location, scale))

    def forward(m: Algebra, z: Any) -> Any:
        return subtract(m, z, shift) * m.constant(1 / factor)

    return ClosedForm(forward, lambda m, u: u * m.constant(factor) + m.constant(shift))


def _independent(law: SymmetricLaw, location: float, scale: float) -> ClosedForm:
    """Coordinates of a symmetric distribution that is shifted and scaled."""
    place = _shifted_and_scaled(location, scale)
    return ClosedForm(
        lambda m, z: to_normal(m, law, place.to_working(m, z)),
        lambda m, u: place.from_working(m, from_normal(m, law, u)),
    )


def _ball(prior: BallPrior, n_components: int) -> ClosedForm:
    _check_plane(prior, n_components)
    return disc(prior.radius)


def _check_plane(prior: Prior, n_components: int) -> None:
    if n_components != 2:
        raise NotExportableError(
            f"the bijection of {prior!r} has a closed form for n_components=2 only, and codes "
            f"have {n_components}; export what='sample_to_rows', which needs none"
        )


def _student_t(prior: StudentTPrior, n_components: int) -> ClosedForm:
    df = degrees_of_freedom(prior.df, n_components)
    if prior.multivariate:
        _check_plane(prior, n_components)
        return joint_student_t(df, prior.scale)
    return _independent(_student_t_law(df), 0.0, prior.scale)


def _student_t_law(df: float) -> SymmetricLaw:
    if df not in _STUDENT_T:
        raise NotExportableError(
            f"Student's t distribution has quantiles in closed form for df=1 and df=2, and not "
            f"for df={df:g}; export what='sample_to_rows', which needs none"
        )
    return _STUDENT_T[df]


def _scipy(prior: ScipyPrior, n_components: int) -> ClosedForm:
    """A frozen distribution with the arguments (df,) loc, scale."""
    name, given = _family(prior.distribution), given_arguments(prior.distribution)
    location, scale = given["loc"], given["scale"]
    if name == "norm":
        return _shifted_and_scaled(location, scale)
    if name == "uniform":  # of scipy: from loc to loc + scale
        location, scale = location + scale / 2, scale / 2
    law = _student_t_law(given["df"]) if name == "t" else _scipy_law(name)
    return _independent(law, location, scale)


def _family(distribution: Any) -> str:
    """The name of scipy's family, or the class of another that may have taken such a name."""
    name, kind = str(distribution.dist.name), type(distribution.dist)
    return name if type(getattr(stats, name, None)) is kind else kind.__name__


def _scipy_law(name: str) -> SymmetricLaw:
    if name not in _SCIPY_LAWS:
        known = ", ".join(sorted([*_SCIPY_LAWS, "norm", "t"]))
        raise NotExportableError(
            f"the distribution {name} has no bijection to the normal one among the closed forms "
            f"here, which are those of scipy's {known}; export what='sample_to_rows', which needs "
            "none"
        )
    return _SCIPY_LAWS[name]


def _standardised(prior: StandardisedPrior, n_components: int) -> ClosedForm:
    kind, base = type(prior), StandardisedPrior
    if (kind.to_working, kind.from_working) != (base.to_working, base.from_working):
        raise _own_bijection(prior)
    known = prior.standardisation(n_components)
    if not known.heavy.any():
        scale = known.scale * known.spread
        return _shifted_and_scaled(known.location + known.scale * known.center, scale)
    return _bent(known)


def _bent(known: Standardisation) -> ClosedForm:
    """Heavy-tailed coordinates pass through arcsinh."""
    outer = _shifted_and_scaled(known.location, known.scale)
    inner = _shifted_and_scaled(known.center, known.spread)
    heavy = known.heavy.astype(np.float32)

    def choose(m: Algebra, bent: Any, straight: Any) -> Any:
        return m.where(m.constant(heavy) > 0.5, bent, straight)

    def to_working(m: Algebra, z: Any) -> Any:
        standard = outer.to_working(m, z)
        return inner.to_working(m, choose(m, m.asinh(standard), standard))

    def from_working(m: Algebra, u: Any) -> Any:
        bent = inner.from_working(m, u)
        safe = m.clip(bent, -_LARGEST_ARCSINH, _LARGEST_ARCSINH)
        return outer.from_working(m, choose(m, m.sinh(safe), bent))

    return ClosedForm(to_working, from_working)


def _sphere(prior: SpherePrior, n_components: int) -> ClosedForm:
    return _shifted_and_scaled(0.0, prior.radius / math.sqrt(n_components))


def _normal(prior: NormalPrior, n_components: int) -> ClosedForm:
    return _shifted_and_scaled(0.0, prior.scale)


def _uniform(prior: UniformPrior, n_components: int) -> ClosedForm:
    return _independent(UNIFORM, (prior.low + prior.high) / 2, (prior.high - prior.low) / 2)


def _laplace(prior: LaplacePrior, n_components: int) -> ClosedForm:
    return _independent(LAPLACE, 0.0, prior.scale)


_STUDENT_T = {1.0: CAUCHY, 2.0: STUDENT_T_2}
_SCIPY_LAWS = {
    "cauchy": CAUCHY,
    "laplace": LAPLACE,
    "logistic": LOGISTIC,
    "uniform": UNIFORM,
}
_FORMS: dict[Any, Callable[..., ClosedForm]] = {
    BallPrior: _ball,
    LaplacePrior: _laplace,
    NormalPrior: _normal,
    ScipyPrior: _scipy,
    SpherePrior: _sphere,
    StandardisedPrior: _standardised,
    StudentTPrior: _student_t,
    UniformPrior: _uniform,
}
