"""Batches are the standardised rows, wherever the rows live."""

import numpy as np
import pytest
import torch
from scipy import sparse

from aae_sklearn import _preprocessing, _sources
from aae_sklearn._preprocessing import column_moments, make_standardizer
from aae_sklearn._sources import ResidentSource, StreamedSource, make_source, to_array, to_tensor

CPU = torch.device("cpu")
INDEX = torch.tensor([7, 3, 3, 19, 0])


@pytest.fixture
def rows():
    return np.random.RandomState(0).standard_normal((20, 4)) * 5 + 3


@pytest.fixture
def standardizer(rows):
    return make_standardizer(column_moments(rows), "common")


@pytest.fixture(params=["array", "float32", "csr_array", "csr_matrix", "memmap"])
def stored(request, rows, tmp_path):
    if request.param == "memmap":
        np.save(tmp_path / "rows.npy", rows)
        return np.load(tmp_path / "rows.npy", mmap_mode="r")
    return {
        "array": np.asarray,
        "float32": np.float32,
        "csr_array": sparse.csr_array,
        "csr_matrix": sparse.csr_matrix,
    }[request.param](rows)


def double(x):
    return 2 * x


@pytest.mark.parametrize("limit", [0, 2**29], ids=["streamed", "resident"])
@pytest.mark.parametrize("chunk", [4, 2**22])
def test_batch_holds_the_rows_of_the_index(rows, stored, standardizer, monkeypatch, limit, chunk):
    monkeypatch.setattr(_sources, "_RESIDENT_BYTES_OF_STREAMS", limit)
    monkeypatch.setattr(_preprocessing, "_CHUNK_ELEMENTS", chunk)
    source = make_source(stored, standardizer, double, 4, CPU)
    batch = source.batch(INDEX)
    assert source.n_rows == 20
    assert batch.dtype == torch.float32
    expected = 2 * (rows[INDEX.numpy()] - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0).mean())
    np.testing.assert_allclose(batch, expected, rtol=1e-5, atol=1e-6)


def test_only_what_would_not_fit_is_streamed(rows, standardizer, monkeypatch):
    identity = torch.nn.Identity()
    data = sparse.csr_array(rows)
    assert isinstance(make_source(data, standardizer, identity, 4, CPU), ResidentSource)
    monkeypatch.setattr(_sources, "_RESIDENT_BYTES_OF_STREAMS", 0)
    assert isinstance(make_source(data, standardizer, identity, 4, CPU), StreamedSource)
    assert isinstance(make_source(rows, standardizer, identity, 4, CPU), ResidentSource)


def test_streaming_reads_nothing_but_the_batch(rows, standardizer):
    class Watched(np.ndarray):
        read = 0

        def __getitem__(self, index):
            part = np.asarray(self)[index]
            Watched.read += len(part)
            return part

    source = StreamedSource(rows.view(Watched), standardizer, double, CPU)
    source.batch(INDEX)
    assert Watched.read == len(INDEX)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["csr_array", "memmap"])
def test_streamed_fit_is_the_resident_fit(make_aae, train, monkeypatch, tmp_path, kind):
    rows = sparse.csr_array(train)
    if kind == "memmap":
        np.save(tmp_path / "rows.npy", train)
        rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    resident = make_aae().fit_transform(rows)
    monkeypatch.setattr(_sources, "_RESIDENT_BYTES_OF_STREAMS", 0)
    np.testing.assert_allclose(make_aae().fit_transform(rows), resident, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.bool_])
def test_there_and_back(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    tensor = to_tensor(array, CPU)
    assert tensor.dtype == torch.float32
    np.testing.assert_array_equal(to_array(tensor), array)


def test_back_from_a_tensor_with_a_gradient():
    np.testing.assert_array_equal(to_array(torch.ones(2, requires_grad=True) * 3), [3, 3])


def test_fortran_order_and_reversed_rows(rows):
    np.testing.assert_array_equal(to_tensor(np.asfortranarray(rows), CPU), np.float32(rows))
    np.testing.assert_array_equal(to_tensor(rows[::-1], CPU), np.float32(rows[::-1]))
