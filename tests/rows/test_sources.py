"""Batches are the standardised rows, wherever the rows live."""

import threading

import numpy as np
import pytest
import torch
from scipy import sparse

from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._rows import Selection
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.rows._sources import StreamedSource, make_source
from aae_sklearn.settings import _defaults as defaults

CPU = torch.device("cpu")
INDEX = torch.tensor([7, 3, 3, 19, 0])
MANY_PASSES = 100


@pytest.fixture
def rows():
    return np.random.RandomState(0).standard_normal((20, 4)) * 5 + 3


@pytest.fixture
def standardizer(rows):
    return fit_standardizer(rows, "common").standardizer


@pytest.fixture(params=["array", "float32", "read-only", "csr_array", "csr_matrix", "memmap"])
def stored(request, rows, tmp_path):
    if request.param == "memmap":
        np.save(tmp_path / "rows.npy", rows)
        return np.load(tmp_path / "rows.npy", mmap_mode="r")
    return {
        "array": np.asarray,
        "float32": np.float32,
        "read-only": lambda rows: np.frombuffer(rows.tobytes()).reshape(rows.shape),
        "csr_array": sparse.csr_array,
        "csr_matrix": sparse.csr_matrix,
    }[request.param](rows)


IDENTITY = Rotation(None)
SWAP = Rotation(torch.eye(4)[[1, 0, 3, 2]])


@pytest.fixture
def without_memory(monkeypatch):
    monkeypatch.setattr(defaults, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(defaults, "RESIDENT_BYTES_OF_MAPS", 0)


@pytest.mark.parametrize("streams", [False, True], ids=["resident", "streamed"])
@pytest.mark.parametrize("chunk", [4, 2**22])
@pytest.mark.parametrize("n_read", [1, 16, 2**22])
def test_batch_holds_the_rows_of_the_index(
    request, rows, stored, standardizer, monkeypatch, streams, chunk, n_read
):
    if streams:
        request.getfixturevalue("without_memory")
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", chunk)
    monkeypatch.setattr(defaults, "READ_ELEMENTS", n_read)
    source = make_source(stored, Inputs(standardizer, SWAP), MANY_PASSES)
    assert isinstance(source, StreamedSource) == streams
    batch = source.batch(INDEX)
    batches = list(source.batches(INDEX.split(2)))
    assert [len(part) for part in batches] == [2, 2, 1]
    # Products of other shapes sum in another order.
    torch.testing.assert_close(torch.cat(batches), batch, rtol=1e-5, atol=1e-6)
    assert (source.n_rows, batch.shape[1]) == (20, 4)
    assert batch.dtype == torch.float32
    expected = (rows[INDEX.numpy()] - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0).mean())
    np.testing.assert_allclose(batch, expected[:, [1, 0, 3, 2]], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("limit", "of_what"),
    [
        ("RESIDENT_BYTES", ["array", "csr_array", "selection"]),
        ("RESIDENT_BYTES_OF_MAPS", ["memmap", "selection_of_memmap"]),
    ],
)
def test_only_what_memory_is_not_for_is_streamed(
    rows, standardizer, monkeypatch, tmp_path, limit, of_what
):
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    everything = np.arange(20)
    stored = {
        "array": rows,
        "csr_array": sparse.csr_array(rows),
        "selection": Selection(rows, everything),
        "memmap": mapped,
        "selection_of_memmap": Selection(mapped, everything),
    }

    def streamed():
        sources = {
            name: make_source(x, Inputs(standardizer, IDENTITY), MANY_PASSES)
            for name, x in stored.items()
        }
        return [name for name, source in sources.items() if isinstance(source, StreamedSource)]

    assert streamed() == []
    monkeypatch.setattr(defaults, limit, 0)
    assert streamed() == of_what


def test_rows_in_memory_that_are_read_once_or_twice_stay_there(
    rows, standardizer, tmp_path, monkeypatch
):
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    everything = np.arange(20)

    def streams(stored, n_passes):
        source = make_source(stored, Inputs(standardizer, IDENTITY), n_passes)
        return isinstance(source, StreamedSource)

    assert not streams(rows, 2)  # which are read at once
    monkeypatch.setattr(defaults, "READ_ELEMENTS", rows.size - 1)
    for quick in (rows, np.float32(rows), Selection(rows, everything)):
        assert streams(quick, 2)
        assert not streams(quick, 3)
    for slow in (mapped, Selection(mapped, everything), sparse.csr_array(rows), rows[:, ::-1]):
        assert not streams(slow, 1)


def test_streaming_reads_nothing_but_the_batch(rows, standardizer):
    class Watched(np.ndarray):
        read = 0

        def __getitem__(self, index):
            part = np.asarray(self)[index]
            Watched.read += len(part)
            return part

    source = StreamedSource(rows.view(Watched), Inputs(standardizer, IDENTITY))
    source.batch(INDEX)
    assert Watched.read == len(INDEX)


def test_the_next_batch_is_read_while_one_is_used(rows, standardizer, monkeypatch):
    monkeypatch.setattr(defaults, "READ_ELEMENTS", 1)
    asked = [threading.Event() for _ in rows]

    class Watched(np.ndarray):
        def __getitem__(self, key):
            if isinstance(key, np.ndarray):
                asked[key[0]].set()
            return super().__getitem__(key)

    batches = StreamedSource(rows.view(Watched), Inputs(standardizer, IDENTITY)).batches(
        torch.arange(3).split(1)
    )
    next(batches)
    assert asked[1].wait(timeout=60)
    assert not asked[2].is_set()


def test_an_error_of_reading_ahead_is_raised(rows, standardizer, monkeypatch):
    monkeypatch.setattr(defaults, "READ_ELEMENTS", 1)
    source = StreamedSource(rows, Inputs(standardizer, IDENTITY))
    batches = source.batches(torch.tensor([3, 99]).split(1))
    assert next(batches).shape == (1, 4)
    with pytest.raises(IndexError, match="99"):
        next(batches)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["array", "csr_array", "memmap"])
def test_streamed_fit_is_the_resident_fit(make_aae, train, request, tmp_path, kind):
    rows = sparse.csr_array(train) if kind == "csr_array" else train
    if kind == "memmap":
        np.save(tmp_path / "rows.npy", train)
        rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    resident = make_aae().fit_transform(rows)
    request.getfixturevalue("without_memory")
    np.testing.assert_allclose(make_aae().fit_transform(rows), resident, atol=1e-3)


def test_rows_that_do_not_fit_on_the_device_are_streamed(rows, standardizer, monkeypatch):
    def full(*shape, **options):
        raise torch.cuda.OutOfMemoryError

    expected = make_source(rows, Inputs(standardizer, SWAP), MANY_PASSES).batch(INDEX)
    monkeypatch.setattr(torch, "empty", full)
    with pytest.warns(SmallerChunksWarning, match="no memory for all rows; they are read batch"):
        source = make_source(rows, Inputs(standardizer, SWAP), MANY_PASSES)
    assert isinstance(source, StreamedSource)
    torch.testing.assert_close(source.batch(INDEX), expected)


def test_rows_are_read_by_one_of_torchs_threads(monkeypatch):
    """Others would spin beside the training."""
    seen = []
    inputs = Inputs(fit_standardizer(np.eye(8), "common").standardizer, Rotation(None))
    source = StreamedSource(np.eye(8), inputs)
    read = source._read
    monkeypatch.setattr(
        source, "_read", lambda some: seen.append(torch.get_num_threads()) or read(some)
    )
    assert len(list(source.batches([torch.arange(4), torch.arange(4, 8)]))) == 2
    assert set(seen) == {1}
