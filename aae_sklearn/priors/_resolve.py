"""From what a user may pass as ``prior`` to a `Prior`."""

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

_LAWS: dict[str, Callable[[], Prior]] = {
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
PRIOR_NAMES: tuple[str, ...] = tuple(_LAWS)


def resolve_prior(prior: object) -> Prior:
    """Turn what a user passed as ``prior`` into a `Prior`.

    Parameters
    ----------
    prior : str, Prior, or a law from elsewhere
        A name from `PRIOR_NAMES`; a `Prior`, which is returned as it is; a frozen
        `scipy.stats` distribution, univariate (the law of each coordinate) or multivariate;
        a `torch.distributions.Distribution`; a fitted scikit-learn estimator with ``sample``;
        a callable ``(n_samples, n_components, random_state) -> array``.

    Returns
    -------
    prior : Prior
        The law; call its ``check(n_components)`` before use.

    Raises
    ------
    ValueError
        If a name is not known.
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
    if name in _LAWS:
        return _LAWS[name]()
    known = ", ".join(map(repr, PRIOR_NAMES))
    close = get_close_matches(name.lower(), PRIOR_NAMES, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"unknown prior {name!r}; the known names are {known}.{hint}")


def _refuse_half_made(prior: object) -> None:
    """Refuse a class in place of an object, and a scipy law in place of a frozen one."""
    if isinstance(prior, type):
        raise TypeError(f"prior is the class {prior.__name__}; pass {prior.__name__}(...).")
    if isinstance(prior, gaussian_kde):
        raise TypeError("prior is a gaussian_kde; use EmpiricalPrior(samples, bandwidth).")
    in_scipy = type(prior).__module__.startswith("scipy.stats") and callable(prior)
    if in_scipy or isinstance(prior, (rv_continuous, rv_discrete)):
        raise TypeError(
            f"prior is the scipy family {type(prior).__name__}; freeze it by calling it with "
            "its parameters, for example scipy.stats.norm(0, 1)."
        )
