"""Priors as JSON and arrays."""

import json

import numpy as np
import pytest
from scipy import stats

from aae_sklearn.priors import (
    PRIOR_NAMES,
    CallablePrior,
    GaussianMixturePrior,
    NormalPrior,
    Prior,
    ScipyPrior,
    UniformPrior,
    resolve_prior,
)
from aae_sklearn.priors import __all__ as names
from aae_sklearn.priors import _packing as packing
from aae_sklearn.priors._packing import pack_prior, unpack_prior
from aae_sklearn.runtime._packing import Packer, Unpacker
from tests.priors.test_base import LAWS, draw_uniform

CODES = np.random.RandomState(0).standard_normal((20, 2))


def round_trip(prior):
    packer = Packer()
    packed = json.loads(json.dumps(pack_prior(prior, packer, "prior")))
    return unpack_prior(packed, Unpacker(packer.arrays, packer.objects)), packer.objects


def is_foreign(prior):
    return type(prior).__name__ not in packing._PRIORS and not isinstance(prior, ScipyPrior)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_prior_is_the_same_to_the_bit(law):
    found, left_out = round_trip(law)
    assert left_out == ({"prior": law} if is_foreign(law) else {})
    assert repr(found) == repr(law)
    np.testing.assert_array_equal(found.sample(9, 2, 0), law.sample(9, 2, 0))
    np.testing.assert_array_equal(found.from_working(CODES), law.from_working(CODES))


@pytest.mark.parametrize("name", PRIOR_NAMES)
def test_name_stays_a_name(name):
    assert round_trip(name) == (name, {})
    assert repr(round_trip(resolve_prior(name))[0]) == repr(resolve_prior(name))


def test_a_large_whole_number_that_counts_nothing_is_kept():
    found, left_out = round_trip(UniformPrior(0, 200_000))
    assert not left_out
    assert repr(found) == "UniformPrior(high=200000, low=0)"


def test_frozen_distribution_of_scipy_is_found_by_name():
    found, left_out = round_trip(stats.gamma(3, scale=2.5))
    assert not left_out
    assert resolve_prior(found).log_prob(CODES**2 + 1) == pytest.approx(
        ScipyPrior(stats.gamma(3, scale=2.5)).log_prob(CODES**2 + 1)
    )


class OwnPrior(NormalPrior):
    """A user's."""


class own_gen(stats.rv_continuous):
    """A user's distribution, with a name of scipy's."""

    def _pdf(self, x):
        return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@pytest.mark.parametrize(
    "prior",
    [
        OwnPrior(),
        own_gen(name="norm")(),
        stats.norm([0.0, 1.0]),
        stats.poisson(3),
        CallablePrior(draw_uniform),
        draw_uniform,
        NormalPrior(scale=object()),
        GaussianMixturePrior(10**9),
    ],
)
def test_other_priors_are_left_out(prior):
    found, left_out = round_trip(prior)
    assert found is prior
    assert left_out == {"prior": prior}


def test_every_class_is_looked_up_or_wraps_code():
    classes = [getattr(packing, name, None) for name in names if name.endswith("Prior")]
    known = {kind.__name__ for kind in classes if kind is not None} - {"Prior"}
    assert known == {*packing._PRIORS, "ScipyPrior"}
    assert issubclass(packing._PRIORS["BallPrior"], Prior)


@pytest.mark.parametrize(
    "packed",
    [
        {"class": "eval", "params": {}},
        {"class": "CallablePrior", "params": {"function": "print"}},
        {"frozen": {"name": "rv_histogram", "args": [], "kwds": {}}},
        {"frozen": {"name": "norm", "args": ["0"], "kwds": {"unknown": 1}}},
        {"frozen": {"name": "__builtins__", "args": [], "kwds": {}}},
        {"class": "GaussianMixturePrior", "params": {"n_clusters": 10**9}},
        {},
        3,
    ],
)
def test_what_no_prior_is_packed_as_is_refused(packed):
    with pytest.raises((LookupError, TypeError, ValueError)):
        unpack_prior(packed, Unpacker({}, {}))
