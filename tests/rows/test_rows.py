"""Rows in memory, in a file or sparse, read a few at a time."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.rows import _rows
from aae_sklearn.rows._rotation import fit_rotation
from aae_sklearn.rows._rows import (
    Selection,
    chunk_slices,
    dense,
    evenly_spaced,
    is_mapped,
    select_rows,
    take_rows,
)
from aae_sklearn.rows._scaling import fit_standardizer, make_standardizer
from aae_sklearn.settings import _defaults as defaults

KINDS = {
    "float64": lambda rows: rows,
    "float32": lambda rows: rows.astype(np.float32),
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
}


@pytest.fixture
def rows():
    rng = np.random.RandomState(0)
    return np.round(rng.standard_normal((50, 6)) * [1, 2, 3, 4, 5, 0] + [0, 1, 0, -9, 0, 2], 2)


def test_dense_gives_an_array_of_anything(rows):
    for make in (np.asarray, sparse.csr_array, sparse.csr_matrix):
        array = dense(make(rows))
        assert type(array) is np.ndarray
        np.testing.assert_array_equal(array, rows)


def test_changes_of_a_copy_on_write_map_are_kept(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((5, 3)))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="c")
    rows[1] = 7
    for _ in range(2):
        np.testing.assert_array_equal(dense(rows[1:2]), [[7, 7, 7]])
        np.testing.assert_array_equal(take_rows(rows, np.array([1, 0])), [[7, 7, 7], [0, 0, 0]])


@pytest.mark.parametrize("n_rows", [1, 2, 3, 10, 57, 10**8])
@pytest.mark.parametrize("n_some", [2, 9, 56, 2000])
def test_some_rows_are_evenly_spaced(n_rows, n_some):
    index = evenly_spaced(n_rows, n_some)
    assert len(index) == min(n_rows, n_some)
    assert (index[0], index[-1]) == (0, n_rows - 1)
    if n_rows > 1:
        steps = np.diff(index)
        assert 1 <= steps.min() <= steps.max() <= steps.min() + 1


@pytest.mark.parametrize(("step", "at_a_time"), [(1, 100), (640, 16)], ids=["near", "far"])
def test_rows_far_apart_are_read_few_at_a_time(tmp_path, monkeypatch, step, at_a_time):
    np.save(tmp_path / "rows.npy", np.arange(256_000).reshape(-1, 4))
    rows, released = np.load(tmp_path / "rows.npy", mmap_mode="r"), []
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 1000)
    monkeypatch.setattr(_rows, "_release", lambda part: released.append(len(part)))
    index = step * np.arange(100)
    np.testing.assert_array_equal(take_rows(rows, index), np.arange(256_000).reshape(-1, 4)[index])
    assert max(released) == step * (at_a_time - 1) + 1


def test_a_copy_of_a_map_has_no_pages_to_give_back(tmp_path):
    np.save(tmp_path / "rows.npy", np.eye(3))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r").copy()
    assert isinstance(rows, np.memmap)
    np.testing.assert_array_equal(take_rows(rows, np.array([2, 0])), np.eye(3)[[2, 0]])
    np.testing.assert_array_equal(dense(rows), np.eye(3))


@pytest.fixture(params=[*KINDS, "memmap"])
def stored(request, rows, tmp_path):
    if request.param != "memmap":
        return KINDS[request.param](rows)
    np.save(tmp_path / "rows.npy", rows)
    return np.load(tmp_path / "rows.npy", mmap_mode="r")


@pytest.mark.parametrize("most", [7, 1000], ids=["selection", "copy"])
def test_selected_rows_are_used_as_rows(rows, stored, monkeypatch, most):
    monkeypatch.setattr(defaults, "COPIED_MAX_ROWS", most)
    monkeypatch.setattr(defaults, "PCA_MAX_ROWS", 20)
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 30)
    index = np.arange(1, 50, 2)
    selected, copied = select_rows(stored, index), rows[index]
    is_array = isinstance(stored, np.ndarray) and not is_mapped(stored)
    assert isinstance(selected, Selection) == (most == 7 or is_array)
    assert selected.shape == copied.shape
    assert is_mapped(selected) == (is_mapped(stored) and most == 7)
    moments, expected = (
        fit_standardizer(selected, "none").moments,
        fit_standardizer(copied, "none").moments,
    )
    np.testing.assert_allclose(moments.mean, expected.mean, atol=1e-6)
    np.testing.assert_allclose(moments.variance, expected.variance, rtol=1e-5, atol=1e-12)
    standardizer = make_standardizer(expected, "common")
    x = standardizer.standardize(selected)
    np.testing.assert_allclose(x, standardizer.standardize(copied), atol=1e-6)
    of_selected, of_copied = (
        fit_rotation(kind, standardizer, 3, np.random.RandomState(0))
        for kind in (selected, copied)
    )
    np.testing.assert_allclose(of_selected, of_copied, atol=1e-5)


def test_rows_that_lie_column_by_column_are_copied(rows):
    index = np.arange(1, 50, 2)
    selected = select_rows(np.asfortranarray(rows), index)
    np.testing.assert_array_equal(selected, rows[index])
    assert isinstance(selected, np.ndarray)


def test_all_rows_are_selected_without_a_copy(stored):
    assert select_rows(stored, np.arange(50)) is stored


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shift", [1, -1])
def test_pages_of_a_memory_map_are_given_back(tmp_path, mapped_megabytes, order, shift):
    np.save(tmp_path / "rows.npy", np.ones((64_000, 256), dtype=np.float32, order=order))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")[::shift]
    before = mapped_megabytes()
    assert sum(dense(rows[part]).sum() for part in chunk_slices(*rows.shape)) == rows.size
    taken = take_rows(rows, np.arange(0, 64_000, 2))
    assert taken.shape == (32_000, 256)
    assert taken.all()
    assert mapped_megabytes() < before + 10  # of 65
