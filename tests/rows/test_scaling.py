"""Moments, scaling and rotation against numpy."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.rows import _scaling
from aae_sklearn.rows._scaling import (
    Standardizer,
    fit_standardizer,
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
    moments = fit_standardizer(KINDS[kind](rows), "none").moments
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(moments.variance, rows.var(axis=0), rtol=1e-5, atol=1e-12)
    assert moments.mean.dtype == moments.variance.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.bool_, np.float16])
def test_moments_of_small_types_do_not_overflow(dtype):
    rows = np.array([[1, 0], [0, 1]] * 200).astype(dtype) * dtype(1)
    if dtype not in (np.bool_, np.float16):
        rows = rows * dtype(127)
    moments = fit_standardizer(rows, "none").moments
    np.testing.assert_allclose(moments.mean, rows.astype(float).mean(axis=0))
    np.testing.assert_allclose(moments.variance, rows.astype(float).var(axis=0))


@pytest.mark.parametrize("chunk", [7, 4_096])
def test_moments_of_sparse_rows_with_wide_indices(rows, monkeypatch, chunk):
    monkeypatch.setattr(defaults, "SPARSE_CHUNK_ROWS", chunk)
    wide = sparse.csr_array(rows)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    moments = fit_standardizer(wide, "none").moments
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(moments.variance, rows.var(axis=0), rtol=1e-5, atol=1e-12)
    assert wide.indices.dtype == np.int64


def test_moments_of_a_memory_map(rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    moments = fit_standardizer(np.load(tmp_path / "rows.npy", mmap_mode="r"), "none").moments
    np.testing.assert_allclose(moments.variance, rows.var(axis=0))


def test_variance_beside_a_huge_mean(rows):
    moments = fit_standardizer(rows + 1e9, "none").moments
    np.testing.assert_allclose(moments.variance, rows.var(axis=0), rtol=1e-6, atol=1e-12)


def test_a_tiny_variance_is_a_variance(rows):
    moments = fit_standardizer(rows * 1e-30, "none").moments
    np.testing.assert_allclose(moments.variance, rows.var(axis=0) * 1e-60, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_common_scaling_keeps_ratios_of_distances(rows, kind):
    data = KINDS[kind](rows)
    x = fit_standardizer(data, "common").standardizer.standardize(data)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    assert x.var(axis=0).mean() == pytest.approx(1, rel=1e-5)
    ratio = np.linalg.norm(x[1:] - x[0], axis=1) / np.linalg.norm(rows[1:] - rows[0], axis=1)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_scaling_per_feature_makes_variances_one(rows, kind):
    data = KINDS[kind](rows)
    x = fit_standardizer(data, "per_feature").standardizer.standardize(data)
    np.testing.assert_allclose(x.var(axis=0), [1, 1, 1, 1, 1, 0], rtol=1e-5)


@pytest.mark.parametrize("kind", ["common", "per_feature", "none"])
def test_restore_undoes_standardize(rows, kind):
    moved = 1e4 * rows + 1e6
    standardizer = fit_standardizer(moved, kind).standardizer
    restored = standardizer.restore(standardizer.standardize(moved))
    np.testing.assert_allclose(restored, moved, atol=0.1)


def test_an_offset_costs_no_precision(rows):
    plain = fit_standardizer(rows, "common").standardizer.standardize(rows)
    moved = fit_standardizer(rows + 1e6, "common").standardizer.standardize(rows + 1e6)
    np.testing.assert_allclose(moved, plain, atol=1e-6)


def test_loss_of_the_mean_row(rows):
    moments = fit_standardizer(rows, "none").moments
    for kind in ("common", "per_feature"):
        standardizer = make_standardizer(moments, kind)
        x = standardizer.standardize(rows)
        expected = core_oracles.squared_error(x, np.zeros_like(x))
        assert mean_row_loss(moments, standardizer, "squared_error") == (
            pytest.approx(expected, rel=1e-4)
        )


def test_cross_entropy_of_the_mean_row():
    rows = np.random.RandomState(0).uniform(size=(40, 3))
    moments = fit_standardizer(rows, "none").moments
    mean = rows.mean(axis=0)
    expected = core_oracles.log_loss(rows, np.tile(np.log(mean / (1 - mean)), (40, 1)))
    standardizer = make_standardizer(moments, "none")
    assert mean_row_loss(moments, standardizer, "log_loss") == pytest.approx(expected)


def test_cross_entropy_of_constant_bits_is_not_zero():
    # It divides the loss.
    moments = _scaling.ColumnMoments(np.array([0.0, 1.0]), np.zeros(2))
    assert mean_row_loss(moments, make_standardizer(moments, "none"), "log_loss") > 0


def test_standardizer_of_known_numbers():
    standardizer = Standardizer(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    np.testing.assert_array_equal(standardizer.standardize(np.array([[3.0, 10.0]])), [[1.0, 2.0]])
    np.testing.assert_array_equal(standardizer.restore(np.array([[1.0, 2.0]])), [[3.0, 10.0]])
