"""Sorting by numpy gives what torch's stable sort gives, whatever the values are."""

import numpy as np
import pytest
import torch

from aae_sklearn.runtime._sorting import ascending, in_order, picked

RNG = np.random.default_rng(0)
ROWS = {
    "normal": RNG.standard_normal((7, 300)),
    "equal ones": RNG.integers(-3, 4, (7, 300)),
    "large and small": RNG.standard_normal((7, 40)) * 10.0 ** RNG.integers(-44, 38, (7, 40)),
    "infinite": np.array([[np.inf, -1, -np.inf, 0, np.inf]]),
    "one column": RNG.standard_normal((7, 1)),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ROWS)
def test_ascending_is_the_stable_sort(name, dtype):
    values = torch.tensor(ROWS[name], dtype=dtype)
    before = values.clone()
    ordered, columns = ascending(values)
    expected, expected_columns = values.sort(dim=1, stable=True)
    assert torch.equal(ordered, expected)
    assert torch.equal(columns, expected_columns)
    assert torch.equal(values, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ROWS)
def test_in_order_is_sorted(name, dtype):
    values = torch.tensor(ROWS[name], dtype=dtype)
    before = values.clone()
    assert torch.equal(in_order(values), values.sort(dim=1).values)
    assert torch.equal(values, before)


def test_ascending_reads_any_strides():
    values = torch.tensor(ROWS["normal"], dtype=torch.float32).T
    assert torch.equal(ascending(values)[0], values.sort(dim=1).values)


@pytest.mark.parametrize("shape", [(300,), (300, 4)])
def test_picked_is_indexing(shape):
    values, index = torch.rand(shape), torch.randint(300, (7, 5))
    assert torch.equal(picked(values, index), values[index])
