"""Inputs are standardised rows, rotated, whatever holds the rows."""

import numpy as np
import pytest
import torch
from scipy import sparse

from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer, fit_standardizer
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def rows():
    return np.random.RandomState(0).standard_normal((20, 4)) * 5 + 3


@pytest.fixture
def standardizer(rows):
    return fit_standardizer(rows, "common").standardizer


IDENTITY = Rotation(None)

SWAP = Rotation(torch.eye(4)[[1, 0, 3, 2]])


def inputs_of(stored, rows, kind="common", rotation=SWAP):
    inputs = Inputs(fit_standardizer(rows, kind).standardizer, rotation)
    return to_array(inputs.reader()(stored[:]))


@pytest.mark.parametrize("kind", ["common", "per_feature"])
@pytest.mark.parametrize("offset", [0, 300, 1e8])
@pytest.mark.parametrize("unit", [1, 1e-40, 1e40])
def test_inputs_of_dense_rows_are_rotated_standardised_ones(rows, kind, offset, unit):
    rows = (rows + offset) * unit
    expected = fit_standardizer(rows, kind).standardizer.standardize(rows)[:, [1, 0, 3, 2]]
    found = inputs_of(rows, rows, kind)
    np.testing.assert_allclose(found, expected, atol=1e-4 if offset == 300 else 1e-6)


@pytest.mark.parametrize("kind", ["common", "per_feature"])
@pytest.mark.parametrize("offset", [0, 1e8])
def test_inputs_of_sparse_rows_are_those_of_dense_ones(rows, kind, offset):
    rows = np.where(np.abs(rows) < 5, 0, rows)
    rows[:, 0] += offset  # all of a column may be there, and hardly vary
    expected = inputs_of(rows, rows, kind)
    stored = sparse.csr_array(rows)
    np.testing.assert_allclose(inputs_of(stored, rows, kind), expected, atol=1e-5)


@pytest.mark.parametrize("rotation", [IDENTITY, SWAP], ids=["whole", "rotated"])
def test_all_inputs_are_in_the_order_of_the_rows(rows, standardizer, monkeypatch, rotation):
    monkeypatch.setattr(defaults, "CHUNK_ROWS", 3)
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 1)
    inputs = Inputs(standardizer, rotation).read_all(rows)
    np.testing.assert_allclose(
        inputs, rotation(torch.from_numpy(standardizer.standardize(rows))), atol=1e-6
    )
    assert not inputs.requires_grad


@pytest.mark.parametrize("rotation", [IDENTITY, SWAP], ids=["whole", "rotated"])
def test_inputs_become_the_rows_again(rows, standardizer, rotation):
    inputs = Inputs(standardizer, rotation)
    np.testing.assert_allclose(inputs.restore(inputs.read_all(rows)), rows, atol=1e-5)


def test_inputs_of_a_warm_start_stay(rows, standardizer):
    inputs = Inputs(standardizer, SWAP)
    assert inputs.fitted_again(rows, None, None, None, None) is inputs


@pytest.mark.parametrize(("n_features", "n_chunks"), [(50, 20), (784, 20), (5_000, 3), (10**6, 1)])
def test_blocks_are_whole_chunks_that_memory_has_room_for(n_features, n_chunks):
    inputs = Inputs(Standardizer(np.zeros(n_features), np.ones(())), Rotation(None))
    n_rows = inputs.block_rows(torch.device("cpu"))
    assert n_rows == n_chunks * 192
    assert n_rows * n_features <= 3 * 2**20 or n_chunks == 1
    assert inputs.block_rows(torch.device("cuda")) == 8192
