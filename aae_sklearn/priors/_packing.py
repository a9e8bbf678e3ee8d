"""Priors as values that JSON can hold and arrays, and back; no code is run for it.

Priors of this package and continuous distributions of scipy are looked up by name. Any other
prior is left out.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy import stats
from scipy.stats.distributions import rv_frozen

from aae_sklearn.priors._ball import BallPrior
from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._empirical import EmpiricalPrior
from aae_sklearn.priors._gaussian_mixture import GaussianMixturePrior
from aae_sklearn.priors._labelled import LabelledPrior
from aae_sklearn.priors._laplace import LaplacePrior
from aae_sklearn.priors._normal import NormalPrior
from aae_sklearn.priors._sphere import SpherePrior
from aae_sklearn.priors._student_t import StudentTPrior
from aae_sklearn.priors._swiss_roll import SwissRollPrior
from aae_sklearn.priors._uniform import UniformPrior
from aae_sklearn.priors._wrapped_scipy import ScipyPrior
from aae_sklearn.runtime._packing import NotPlain, Packer, Unpacker, is_left_out

_LARGEST_COUNT = 100_000
_PRIORS: dict[str, type[Prior]] = {
    kind.__name__: kind
    for kind in (
        BallPrior,
        EmpiricalPrior,
        GaussianMixturePrior,
        LaplacePrior,
        NormalPrior,
        SpherePrior,
        StudentTPrior,
        SwissRollPrior,
        UniformPrior,
    )
}
_FAMILIES: dict[str, Any] = {
    name: family for name, family in vars(stats).items() if isinstance(family, stats.rv_continuous)
}


def pack_prior(prior: Any, packer: Packer, name: str) -> Any:
    """What a user may pass as `prior`, as JSON; arrays are kept under names that begin so."""
    if "prior" in packer.without:
        return packer.left_out("prior", prior)
    if isinstance(prior, str):
        return prior
    try:
        if isinstance(prior, rv_frozen):
            return {"frozen": _pack_frozen(prior)}
        if type(prior) is LabelledPrior:
            shares = packer.value(f"{name}.shares", np.asarray(prior.shares))
            style = pack_prior(prior.style, packer, f"{name}.style")
            return {"class": "LabelledPrior", "shares": shares, "style": style}
        if type(prior) is ScipyPrior:
            return {"class": "ScipyPrior", "frozen": _pack_frozen(prior.distribution)}
        if type(prior) in _PRIORS.values():
            params = prior.get_params(deep=False).items()
            _check_count(prior)
            packed = {key: packer.value(f"{name}.{key}", value) for key, value in params}
            return {"class": type(prior).__name__, "params": packed}
    except NotPlain:
        pass
    return packer.left_out("prior", prior)


def unpack_prior(packed: Any, unpacker: Unpacker) -> Any:
    """The inverse of `pack_prior`."""
    if isinstance(packed, str):
        return packed
    if is_left_out(packed):
        return unpacker.left_out(packed)
    if "frozen" in packed:
        frozen = _unpack_frozen(packed["frozen"])
        return ScipyPrior(frozen) if "class" in packed else frozen
    if packed["class"] == "LabelledPrior":
        return LabelledPrior(
            unpacker.value(packed["shares"]), unpack_prior(packed["style"], unpacker)
        )
    params = {key: unpacker.value(value) for key, value in packed["params"].items()}
    prior = _PRIORS[packed["class"]](**params)
    _check_count(prior)
    return prior


def _check_count(prior: Prior) -> None:
    """Raise if a prior has so many parts that a forged file could fill the memory."""
    count = getattr(prior, "n_clusters", 0)
    if isinstance(count, Integral) and int(count) > _LARGEST_COUNT:
        raise NotPlain(f"n_clusters={count} is beyond {_LARGEST_COUNT}, which files can hold")


def _pack_frozen(frozen: Any) -> dict[str, Any]:
    name = getattr(frozen.dist, "name", None)
    if type(_FAMILIES.get(str(name))) is not type(frozen.dist):
        raise NotPlain(f"scipy.stats has no continuous distribution named {name!r}")
    args = [_number(value) for value in frozen.args]
    kwds = {key: _number(value) for key, value in frozen.kwds.items()}
    return {"name": name, "args": args, "kwds": kwds}


def _unpack_frozen(packed: dict[str, Any]) -> Any:
    args = [_number(value) for value in packed["args"]]
    kwds = {key: _number(value) for key, value in packed["kwds"].items()}
    return _FAMILIES[packed["name"]](*args, **kwds)


def _number(value: Any) -> float:
    """A parameter of a distribution, which may be an array of one."""
    number = np.asarray(value)
    if number.ndim or number.dtype.kind not in "iuf":
        raise NotPlain(f"a parameter of a distribution that is no number: {value!r}")
    plain: float = number.item()
    return plain
