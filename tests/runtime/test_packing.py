"""Values as JSON and arrays."""

import json

import numpy as np
import pytest
import torch

from aae_sklearn.runtime._packing import NotPlain, Packer, Unpacker


def round_trip(value):
    packer = Packer()
    packed = json.loads(json.dumps(packer.value("name", value)))
    unpacker = Unpacker(packer.arrays, packer.objects)
    found = unpacker.value(packed)
    unpacker.check_all_taken()
    return found


@pytest.mark.parametrize(
    "value", [None, True, 3, -0.1, 1e-300, "ü", (256, 256), [1, 2.5], (), ("a", "b")], ids=repr
)
def test_plain_values_stay_what_they_are(value):
    found = round_trip(value)
    assert found == value
    assert type(found) is type(value)


def test_sizes_of_layers_by_numpy_stay_a_tuple():
    found = round_trip(tuple(np.array([8, 16])))
    assert found == (8, 16)
    assert type(found) is tuple


@pytest.mark.parametrize("value", [np.float64(0.1), np.float32(0.1), np.int64(3), np.bool_(True)])
def test_numbers_of_numpy_become_pythons(value):
    assert round_trip(value) == value
    assert type(round_trip(value)) is type(value.item())


@pytest.mark.parametrize(
    "value",
    [
        np.arange(3),
        np.ones((2, 3), np.float32)[:, ::2],
        np.arange(3, dtype=">i4"),
        [[0.0, 1.0], [2.0, 3.0]],
        np.array(1.5),
    ],
)
def test_arrays_keep_their_numbers(value):
    found = round_trip(value)
    np.testing.assert_array_equal(found, value)
    assert found.shape == np.shape(value)


def test_tensors_keep_their_type():
    packer = Packer()
    weights = torch.randn(3, 2, generator=torch.Generator().manual_seed(0)).T
    packer.array("weights", weights)
    packer.array("count", torch.tensor(5))
    unpacker = Unpacker(packer.arrays, {})
    assert torch.equal(unpacker.tensor("weights", (2, None)), weights)
    assert unpacker.tensors("cou")["nt"].shape == ()


def test_a_random_state_goes_on_where_it_was():
    state = np.random.RandomState(3)
    state.standard_normal(5)
    found = round_trip(state)
    np.testing.assert_array_equal(found.standard_normal(9), state.standard_normal(9))


@pytest.mark.parametrize(
    "value",
    [
        len,
        object(),
        {1: 2},
        np.array(["a"]),
        np.array([object()]),
        [[1, 2], [3]],
        np.array([1j]),
        np.random.RandomState(np.random.PCG64(0)),
        torch.nn.Linear(1, 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused(value):
    with pytest.raises(NotPlain):
        Packer().value("name", value)


def test_arrays_of_another_shape_or_kind_are_refused():
    unpacker = Unpacker({"a": np.ones((2, 3), np.float32), "b": np.array([np.inf])}, {})
    assert unpacker.array("a", (None, 3), "f4 f8").shape == (2, 3)
    for shape, kind in [((2,), "f4"), ((3, 2), "f4"), ((2, 3), "f8"), ((2, 3), "i4")]:
        with pytest.raises(ValueError, match=r"a holds float32 of shape \(2, 3\), where"):
            unpacker.array("a", shape, kind)
    with pytest.raises(ValueError, match="not finite"):
        unpacker.array("b", (1,), "f8")
    with pytest.raises(ValueError, match="belong to no part of a model: b"):
        unpacker.check_all_taken()


def test_read_only_arrays_become_tensors():
    array = np.arange(3, dtype=np.float32)
    array.setflags(write=False)
    assert Unpacker({"a": array}, {}).tensor("a", (3,)).tolist() == [0, 1, 2]
