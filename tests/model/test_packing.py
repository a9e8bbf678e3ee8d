"""Models as JSON and arrays: what belongs together is compared; round trips are in estimators/."""

import json

import numpy as np
import pytest

from aae_sklearn.model._packing import pack_model, unpack_model
from aae_sklearn.runtime._packing import Packer, Unpacker
from tests.model_files import KINDS, ROWS, fit_tiny


@pytest.fixture(params=["map", "papers"])
def packed(request):
    """JSON and arrays that can be changed."""
    packer = Packer()
    model = fit_tiny(request.param)._model
    packed = json.loads(json.dumps(pack_model(model, packer)))
    return packed, {name: array.copy() for name, array in packer.arrays.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_all_arrays_are_taken_and_nothing_else_is_left_out(kind):
    model, packer = fit_tiny(kind)._model, Packer()
    header = json.loads(json.dumps(pack_model(model, packer)))
    unpacker = Unpacker(packer.arrays, packer.objects)
    found = unpack_model(header, unpacker)
    unpacker.check_all_taken()
    assert not packer.objects
    assert found.config == model.config
    np.testing.assert_array_equal(found.encode(ROWS), model.encode(ROWS))
    assert json.loads(json.dumps(pack_model(found, Packer()))) == header


CONTRADICTIONS = {
    "n_features": 6,
    "n_inputs": 4,
    "n_components": 3,
    "refines": None,
    "decoder_layer_sizes": [5],
    "discriminator_layer_sizes": [],
    "posterior": "gaussian",
    "activation": "eval",
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_networks_that_the_arrays_contradict_are_refused(packed, name):
    header, arrays = packed
    network = header["config"]["network"]
    network[name] = not network[name] if name == "refines" else CONTRADICTIONS[name]
    with pytest.raises((LookupError, RuntimeError, TypeError, ValueError)):
        unpack_model(header, Unpacker(arrays, {}))


def test_every_array_is_needed_and_has_one_shape(packed):
    header, arrays = packed
    for name, array in arrays.items():
        for others in ({}, {name: array[None]}, {name: array.astype("i2")}):
            rest = {key: value for key, value in arrays.items() if key != name}
            if name.startswith("networks.") and others and array.ndim == others[name].ndim:
                continue  # weights take the type that the networks have
            with pytest.raises((LookupError, RuntimeError, ValueError)):
                unpack_model(header, Unpacker({**rest, **others}, {}))
