"""X and codes as scikit-learn checks them."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.rows._validation import result_dtype, validate_codes, validate_rows
from aae_sklearn.settings import _defaults as defaults


def rows_of(X):
    return validate_rows(AdversarialAutoencoder(), X, reset=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.uint8, np.int64])
def test_rows_keep_their_type_and_place(dtype):
    X = np.arange(12).reshape(4, 3).astype(dtype)
    rows = rows_of(X)
    assert rows.dtype == dtype
    assert np.shares_memory(rows, X)


def test_memory_maps_stay_mapped(tmp_path):
    np.save(tmp_path / "rows.npy", np.eye(4))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert isinstance(rows_of(mapped), np.memmap)


def test_memory_maps_are_checked_piece_by_piece(tmp_path, mapped_megabytes):
    np.save(tmp_path / "rows.npy", np.ones((64_000, 256), dtype=np.float32))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    before = mapped_megabytes()
    assert rows_of(mapped).shape == (64_000, 256)
    assert mapped_megabytes() < before + 10  # of 65


def test_memory_maps_must_be_finite(tmp_path, monkeypatch):
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 4)
    np.save(tmp_path / "rows.npy", np.array([[1.0, 2], [3, 4], [5, np.nan]]))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        rows_of(np.load(tmp_path / "rows.npy", mmap_mode="r"))


@pytest.mark.parametrize("kind", ["csr_array", "csr_matrix", "csc_array", "coo_matrix"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.bool_])
def test_sparse_rows_become_csr_of_floats(kind, dtype):
    X = getattr(sparse, kind)(np.eye(4).astype(dtype))
    rows = rows_of(X)
    assert rows.format == "csr"
    assert rows.dtype == (dtype if dtype == np.float32 else np.float64)
    np.testing.assert_array_equal(rows.toarray(), np.eye(4))


def test_width_and_names_are_remembered():
    pd = pytest.importorskip("pandas")
    aae = AdversarialAutoencoder()
    validate_rows(aae, pd.DataFrame({"a": [1.0, 2], "b": [3, 4.0]}), reset=True)
    assert aae.n_features_in_ == 2
    assert list(aae.feature_names_in_) == ["a", "b"]


def test_one_row_may_be_transformed_but_not_fitted():
    aae = AdversarialAutoencoder()
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        validate_rows(aae, np.eye(1, 3), reset=True)
    validate_rows(aae, np.eye(3), reset=True)
    assert validate_rows(aae, np.eye(1, 3), reset=False).shape == (1, 3)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.float16, np.float32),
        (np.uint8, np.float32),
        (np.bool_, np.float32),
        (np.int64, np.float64),
        (np.longdouble, np.float64),
    ],
)
def test_type_of_codes(dtype, expected):
    assert result_dtype(np.dtype(dtype)) == expected


@pytest.mark.parametrize("codes", [[[1, 2]], np.float32([[1, 2]]), np.eye(2)])
def test_codes_are_floats(codes):
    validated = validate_codes(codes, 2)
    np.testing.assert_array_equal(validated, codes)
    assert validated.dtype in (np.float32, np.float64)


def test_masked_codes_are_told():
    with pytest.raises(ValueError, match=r"codes has 1 masked cells.* row 0, column 1 .*fill"):
        validate_codes(np.ma.array([[1.0, 9999.0]], mask=[[False, True]]), 2)


@pytest.mark.parametrize("shape", [(4,), (2, 2, 1)])
def test_masked_arrays_have_rows_and_columns(shape):
    X = np.ma.array(np.arange(4.0), mask=[False, True, False, False]).reshape(shape)
    with pytest.raises(ValueError, match=f"Expected 2D array|dim {len(shape)}"):
        validate_rows(AdversarialAutoencoder(), X, reset=True)


def fitted_on(X):
    aae = AdversarialAutoencoder()
    validate_rows(aae, X, reset=True)
    return aae


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_rows_are_not_checked_by_scikit_learn_again(monkeypatch, dtype):
    aae = fitted_on(np.eye(3))
    monkeypatch.setattr("aae_sklearn.rows._validation.validate_data", None)
    X = np.ones((1, 3), dtype)
    assert validate_rows(aae, X, reset=False) is X


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([[1.0, np.nan, 0]]), "contains NaN"),
        (np.array([[1.0, np.inf, 0]]), "contains infinity"),
        (np.ones((1, 2)), "X has 2 features"),
        (np.ones((0, 3)), "0 sample"),
        (np.ones(3), "Expected 2D array"),
        (np.ones((1, 3), complex), "Complex data"),
    ],
)
def test_rows_that_are_not_plain_are_refused_as_by_scikit_learn(X, message):
    with pytest.raises(ValueError, match=message):
        validate_rows(fitted_on(np.eye(3)), X, reset=False)


def test_large_numbers_whose_sum_overflows_are_finite():
    X = np.full((1, 3), 3e38, np.float32)
    assert validate_rows(fitted_on(np.eye(3)), X, reset=False) is X


def test_names_are_compared_whenever_there_were_some():
    pd = pytest.importorskip("pandas")
    aae = fitted_on(pd.DataFrame({"a": [1.0, 2], "b": [3, 4.0]}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        validate_rows(aae, np.ones((1, 2)), reset=False)
