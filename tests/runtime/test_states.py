"""States go into JSON and arrays, and out of them."""

import json

import numpy as np
import pytest
import torch

from aae_sklearn.runtime._packing import NotPlain, Packer
from aae_sklearn.runtime._states import pack_state, unpack_state

STATE = {
    "weights": [torch.arange(6.0).view(2, 3).T, torch.tensor(3)],
    "random": np.random.RandomState(0).get_state(legacy=False),
    "best": float("-inf"),
    "share": 0.1,
    "none": None,
    "empty": [],
    "pairs": [({"loss": 0.1 + 0.2}, None)],
}


def test_a_state_comes_back_to_the_bit():
    packer = Packer()
    found = unpack_state(json.loads(json.dumps(pack_state(STATE, packer, "s"))), packer.arrays)
    assert all(map(torch.equal, found["weights"], STATE["weights"]))
    twin = np.random.RandomState()
    twin.set_state(found["random"])
    assert twin.uniform() == np.random.RandomState(0).uniform()
    del found["weights"], found["random"]
    assert found == {
        "best": float("-inf"),
        "share": 0.1,
        "none": None,
        "empty": [],
        "pairs": [[{"loss": 0.1 + 0.2}, None]],
    }


@pytest.mark.parametrize("value", [print, object(), {1}, torch.zeros(1, dtype=torch.bfloat16)])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(NotPlain, match=r"s\.code"):
        pack_state({"code": value}, Packer(), "s")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="unknown kind 'code'"):
        unpack_state({"code": "print"}, {})
