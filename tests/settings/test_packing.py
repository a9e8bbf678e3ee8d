"""Configs as JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.settings._packing import pack_config, unpack_config
from aae_sklearn.settings._resolve import resolve_config

ROWS = np.random.RandomState(0).uniform(size=(50, 4))


def config_of(**params):
    return resolve_config(AdversarialAutoencoder(**params).get_params(), ROWS)


def round_trip(config):
    objects = {}

    def leave_out(name, value):
        objects[name] = value
        return {"object": name}

    packed = json.loads(json.dumps(pack_config(config, leave_out)))
    return unpack_config(packed, lambda packed: objects[packed["object"]]), objects


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"neighbor_weight": 0, "encoder": "universal", "early_stopping": True},
        {"metric": len},
        {"metric": "cosine", "hidden_layer_sizes": ()},
        {"neighbor_weight": 0, "encoder_factory": len, "decoder_factory": max},
    ],
    ids=repr,
)
def test_config_is_found_again(params):
    config = config_of(**params)
    found, objects = round_trip(config)
    assert found == config
    assert objects == {name: value for name, value in params.items() if callable(value)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("batch_size", 2.0),
        ("batch_size", True),
        ("tol", "1"),
        ("early_stopping", 1),
        ("unknown", 1),
        ("features", {"kind": "unknown"}),
        ("network", {}),
    ],
)
def test_what_no_config_has_is_refused(name, value):
    packed = pack_config(config_of(), None)
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpack_config({**packed, name: value}, None)


def test_whole_numbers_are_floats_too():
    packed = pack_config(replace(config_of(), tol=1.0), None)
    found = unpack_config({**packed, "tol": 1}, None)
    assert type(found.tol) is float
