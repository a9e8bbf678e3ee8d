"""Moments, scaling and rotation against numpy."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.rows import _rows, _scaling
from aae_sklearn.rows._rotation import fit_rotation
from aae_sklearn.rows._rows import (
    Selection,
    chunk_slices,
    dense,
    is_mapped,
    select_rows,
    take_rows,
)
from aae_sklearn.rows._scaling import (
    Standardizer,
    column_moments,
    make_standardizer,
    mean_row_loss,
)
from aae_sklearn.settings import _defaults as defaults
from tests import core_oracles

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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk", [1, 20, 2**22])
def test_moments_are_those_of_numpy(rows, monkeypatch, kind, chunk):
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", chunk)
    moments = column_moments(KINDS[kind](rows))
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(moments.variance, rows.var(axis=0), rtol=1e-5, atol=1e-12)
    assert moments.mean.dtype == moments.variance.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.bool_, np.float16])
def test_moments_of_small_types_do_not_overflow(dtype):
    rows = np.array([[1, 0], [0, 1]] * 200).astype(dtype) * dtype(1)
    if dtype not in (np.bool_, np.float16):
        rows = rows * dtype(127)
    moments = column_moments(rows)
    np.testing.assert_allclose(moments.mean, rows.astype(float).mean(axis=0))
    np.testing.assert_allclose(moments.variance, rows.astype(float).var(axis=0))


@pytest.mark.parametrize("chunk", [7, 4_096])
def test_moments_of_sparse_rows_with_wide_indices(rows, monkeypatch, chunk):
    monkeypatch.setattr(defaults, "SPARSE_CHUNK_ROWS", chunk)
    wide = sparse.csr_array(rows)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    moments = column_moments(wide)
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(moments.variance, rows.var(axis=0), rtol=1e-5, atol=1e-12)
    assert wide.indices.dtype == np.int64


def test_moments_of_a_memory_map(rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    moments = column_moments(np.load(tmp_path / "rows.npy", mmap_mode="r"))
    np.testing.assert_allclose(moments.variance, rows.var(axis=0))


def test_variance_beside_a_huge_mean(rows):
    moments = column_moments(rows + 1e9)
    np.testing.assert_allclose(moments.variance, rows.var(axis=0), rtol=1e-6, atol=1e-12)


def test_a_tiny_variance_is_a_variance(rows):
    moments = column_moments(rows * 1e-30)
    np.testing.assert_allclose(moments.variance, rows.var(axis=0) * 1e-60, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_common_scaling_keeps_ratios_of_distances(rows, kind):
    data = KINDS[kind](rows)
    x = make_standardizer(column_moments(data), "common").standardize(data)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    assert x.var(axis=0).mean() == pytest.approx(1, rel=1e-5)
    ratio = np.linalg.norm(x[1:] - x[0], axis=1) / np.linalg.norm(rows[1:] - rows[0], axis=1)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_scaling_per_feature_makes_variances_one(rows, kind):
    data = KINDS[kind](rows)
    x = make_standardizer(column_moments(data), "per_feature").standardize(data)
    np.testing.assert_allclose(x.var(axis=0), [1, 1, 1, 1, 1, 0], rtol=1e-5)


@pytest.mark.parametrize("kind", ["common", "per_feature", "none"])
def test_restore_undoes_standardize(rows, kind):
    moved = 1e4 * rows + 1e6
    standardizer = make_standardizer(column_moments(moved), kind)
    restored = standardizer.restore(standardizer.standardize(moved))
    np.testing.assert_allclose(restored, moved, atol=0.1)


def test_an_offset_costs_no_precision(rows):
    plain = make_standardizer(column_moments(rows), "common").standardize(rows)
    moved = make_standardizer(column_moments(rows + 1e6), "common").standardize(rows + 1e6)
    np.testing.assert_allclose(moved, plain, atol=1e-6)


def test_loss_of_the_mean_row(rows):
    moments = column_moments(rows)
    for kind in ("common", "per_feature"):
        standardizer = make_standardizer(moments, kind)
        x = standardizer.standardize(rows)
        expected = core_oracles.squared_error(x, np.zeros_like(x))
        assert mean_row_loss(moments, standardizer, "squared_error") == (
            pytest.approx(expected, rel=1e-4)
        )


def test_cross_entropy_of_the_mean_row():
    rows = np.random.RandomState(0).uniform(size=(40, 3))
    moments = column_moments(rows)
    mean = rows.mean(axis=0)
    expected = core_oracles.log_loss(rows, np.tile(np.log(mean / (1 - mean)), (40, 1)))
    standardizer = make_standardizer(moments, "none")
    assert mean_row_loss(moments, standardizer, "log_loss") == pytest.approx(expected)


def test_cross_entropy_of_constant_bits_is_not_zero():
    # It divides the loss.
    moments = _scaling.ColumnMoments(np.array([0.0, 1.0]), np.zeros(2))
    assert mean_row_loss(moments, make_standardizer(moments, "none"), "log_loss") > 0


@pytest.fixture
def low_rank():
    rng = np.random.RandomState(0)
    return rng.standard_normal((80, 5)) * [9, 6, 4, 2, 1] @ rng.standard_normal((5, 30))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("widest", [2000, 10], ids=["covariance", "iterative"])
def test_rotation_spans_the_principal_directions(low_rank, monkeypatch, kind, widest):
    monkeypatch.setattr(defaults, "COVARIANCE_MAX_FEATURES", widest)
    rows = KINDS[kind](low_rank)
    standardizer = make_standardizer(column_moments(rows), "common")
    components = fit_rotation(rows, standardizer, 3, np.random.RandomState(0))
    centred = low_rank - low_rank.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:3]
    np.testing.assert_allclose(components @ components.T, np.eye(3), atol=1e-4)
    np.testing.assert_allclose(components.T @ components, directions.T @ directions, atol=1e-3)


@pytest.mark.parametrize("widest", [2000, 10])
def test_rotation_of_columns_scaled_one_by_one(low_rank, monkeypatch, widest):
    monkeypatch.setattr(defaults, "COVARIANCE_MAX_FEATURES", widest)
    standardizer = make_standardizer(column_moments(low_rank), "per_feature")
    state = np.random.RandomState
    of_dense = fit_rotation(low_rank, standardizer, 3, state(0))
    of_sparse = fit_rotation(sparse.csr_array(low_rank), standardizer, 3, state(0))
    np.testing.assert_allclose(of_sparse.T @ of_sparse, of_dense.T @ of_dense, atol=1e-3)


def test_rotation_is_fitted_on_a_sample_of_many_rows(low_rank, monkeypatch):
    monkeypatch.setattr(defaults, "PCA_MAX_ROWS", 60)
    standardizer = make_standardizer(column_moments(low_rank), "common")
    first, same, other = (
        fit_rotation(low_rank, standardizer, 2, np.random.RandomState(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert np.any(first != other)
    assert first.dtype == np.float32


def test_dense_gives_an_array_of_anything(rows):
    for make in (np.asarray, sparse.csr_array, sparse.csr_matrix):
        array = dense(make(rows))
        assert type(array) is np.ndarray
        np.testing.assert_array_equal(array, rows)


def test_standardizer_of_known_numbers():
    standardizer = Standardizer(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    np.testing.assert_array_equal(standardizer.standardize(np.array([[3.0, 10.0]])), [[1.0, 2.0]])
    np.testing.assert_array_equal(standardizer.restore(np.array([[1.0, 2.0]])), [[3.0, 10.0]])


def test_changes_of_a_copy_on_write_map_are_kept(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((5, 3)))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="c")
    rows[1] = 7
    for _ in range(2):
        np.testing.assert_array_equal(dense(rows[1:2]), [[7, 7, 7]])
        np.testing.assert_array_equal(take_rows(rows, np.array([1, 0])), [[7, 7, 7], [0, 0, 0]])


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
    moments, expected = column_moments(selected), column_moments(copied)
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
