"""From anything that a user may pass as ``prior`` to a `Prior`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

import torch
from scipy.stats import gaussian_kde, rv_continuous, rv_discrete
from scipy.stats.distributions import rv_frozen
from sklearn.base import BaseEstimator

from aae_sklearn.priors._ball import BallPrior
from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._gaussian_mixture import GaussianMixturePrior
from aae_sklearn.priors._laplace import LaplacePrior
from aae_sklearn.priors._normal import NormalPrior
from aae_sklearn.priors._sphere import SpherePrior
from aae_sklearn.priors._student_t import StudentTPrior
from aae_sklearn.priors._swiss_roll import SwissRollPrior
from aae_sklearn.priors._uniform import UniformPrior
from aae_sklearn.priors._wrapped import CallablePrior, EstimatorPrior
from aae_sklearn.priors._wrapped_scipy import ScipyMultivariatePrior, ScipyPrior
from aae_sklearn.priors._wrapped_torch import TorchPrior

_NAMED: dict[str, Callable[[], Prior]] = {
    "normal": NormalPrior,
    "uniform": UniformPrior,
    "ball": BallPrior,
    "sphere": SpherePrior,
    "laplace": LaplacePrior,
    "student_t": StudentTPrior,
    "cauchy": lambda: StudentTPrior(df=1),
    "gaussian_mixture": GaussianMixturePrior,
    "swiss_roll": SwissRollPrior,
}
PRIOR_NAMES: tuple[str, ...] = tuple(_NAMED)
# Other names of the same distributions, which an error message translates. They are no second
# names of a prior: one thing has one name.
_SYNONYMS = {
    "gauss": "normal",
    "gaussian": "normal",
    "standard_normal": "normal",
    "box": "uniform",
    "cube": "uniform",
    "square": "uniform",
    "disc": "ball",
    "disk": "ball",
    "circle": "sphere",
    "hypersphere": "sphere",
    "double_exponential": "laplace",
    "laplacian": "laplace",
    "student": "student_t",
    "students_t": "student_t",
    "t": "student_t",
    "lorentz": "cauchy",
    "lorentzian": "cauchy",
    "gmm": "gaussian_mixture",
    "mixture": "gaussian_mixture",
    "mixture_of_gaussians": "gaussian_mixture",
    "petals": "gaussian_mixture",
    "roll": "swiss_roll",
    "spiral": "swiss_roll",
}


def resolve_prior(prior: object) -> Prior:
    """Turn what a user passed as ``prior`` into a `Prior`.

    Parameters
    ----------
    prior : str, Prior, distribution, fitted estimator or callable
        One of the following:

        - a name from `PRIOR_NAMES`;
        - a `Prior`, which is returned as it is;
        - a frozen univariate distribution of `scipy.stats`, that of each coordinate;
        - a frozen multivariate distribution of `scipy.stats`;
        - a `torch.distributions.Distribution`;
        - a fitted scikit-learn estimator with ``sample``;
        - a callable ``(n_samples, n_components, random_state) -> array``.

    Returns
    -------
    prior : Prior
        The prior. Call its ``check(n_components)`` before use.

    Raises
    ------
    ValueError
        If the name is not known. The message suggests the nearest known name.
    TypeError
        If the object is none of the above.

    Examples
    --------
    >>> from scipy import stats
    >>> from aae_sklearn.priors import resolve_prior
    >>> resolve_prior("cauchy")
    StudentTPrior(df=1)
    >>> resolve_prior(stats.logistic(scale=2))
    ScipyPrior(logistic(scale=2))
    """
    if isinstance(prior, Prior):
        return prior
    if isinstance(prior, str):
        return _named(prior)
    if isinstance(prior, rv_frozen):
        return ScipyPrior(prior)
    if isinstance(prior, torch.distributions.Distribution):
        return TorchPrior(prior)
    _refuse_half_made(prior)
    if isinstance(prior, BaseEstimator) and hasattr(prior, "sample"):
        return EstimatorPrior(prior)
    if type(prior).__module__.startswith("scipy.stats") and hasattr(prior, "rvs"):
        return ScipyMultivariatePrior(prior)
    if callable(prior):
        return CallablePrior(prior)
    raise TypeError(
        f"prior must be one of {', '.join(map(repr, PRIOR_NAMES))}, a Prior, a frozen "
        "scipy.stats distribution, a torch.distributions.Distribution, a fitted estimator "
        f"with sample, or a callable; got {prior!r}."
    )


def _named(name: str) -> Prior:
    if name in _NAMED:
        return _NAMED[name]()
    known = ", ".join(map(repr, PRIOR_NAMES))
    raise ValueError(f"unknown prior {name!r}; the known names are {known}.{_hint(name)}")


def _hint(name: str) -> str:
    """The nearest known name as a question, or nothing if none is near."""
    normalised = name.strip().lower().replace("-", "_").replace(" ", "_").replace("'", "")
    close = get_close_matches(normalised, [*PRIOR_NAMES, *_SYNONYMS], n=1)
    return f" Did you mean {_SYNONYMS.get(close[0], close[0])!r}?" if close else ""


def _refuse_half_made(prior: object) -> None:
    """Refuse a class in place of an object, and a scipy family in place of a frozen one."""
    if isinstance(prior, type):
        raise TypeError(f"prior is the class {prior.__name__}; pass {prior.__name__}(...).")
    if hasattr(prior, "__array__"):
        raise TypeError(
            f"prior is an array of type {type(prior).__name__}; if it holds samples, use "
            "EmpiricalPrior(samples)."
        )
    if isinstance(prior, gaussian_kde):
        raise TypeError("prior is a gaussian_kde; use EmpiricalPrior(samples, bandwidth).")
    in_scipy = type(prior).__module__.startswith("scipy.stats") and callable(prior)
    if in_scipy or isinstance(prior, (rv_continuous, rv_discrete)):
        raise TypeError(
            f"prior is the scipy family {type(prior).__name__}; freeze it by calling it with "
            "its parameters, for example scipy.stats.norm(0, 1)."
        )
