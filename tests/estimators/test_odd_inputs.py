"""What people pass: each input gets places, or an error that says what is wrong and what to do."""

import warnings

import numpy as np
import polars as pl
import pytest
import torch
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder
from tests.conftest import MAP, SMALL

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
K = {**SMALL, **MAP, "layout_max_iter": 3, "max_iter": 1, "random_state": 0}


def fit(rows, **params):
    return AdversarialAutoencoder(**{**K, **params}).fit(rows)


@pytest.fixture(scope="module")
def some(digits):
    return digits[:80].copy()


FLAGS = ("jaccard", "dice", "yule", "russellrao", "sokalsneath", "rogerstanimoto", "hamming")


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("metric", FLAGS)
def test_every_answer_for_flags_is_a_number(some, metric, kind):
    rows = kind((some > 7).astype(float))
    aae = fit(rows, metric=metric)
    np.testing.assert_array_equal(aae.transform(rows), aae.embedding_)
    for name in ("score_samples", "outlier_score", "reconstruction_error"):
        assert np.isfinite(getattr(aae, name)(rows)).all(), name


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "jaccard", "manhattan", "hamming"])
def test_more_copies_of_a_row_than_it_has_neighbours(some, metric):
    rows = np.repeat(some[:8], 40, axis=0)
    codes = fit(rows, metric=metric).embedding_
    for group in codes.reshape(8, 40, 2):
        np.testing.assert_array_equal(group, np.broadcast_to(group[:1], group.shape))


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "hamming", "jaccard", "canberra"])
def test_minus_zero_is_zero(some, metric):
    minus = np.where(some == 0, -0.0, some)
    codes = [fit(rows, metric=metric).embedding_ for rows in (some, minus)]
    np.testing.assert_array_equal(*codes)


@pytest.mark.parametrize("dtype", ["f2", "i8", "u8", "?", ">f8", "longdouble", object])
def test_numbers_of_any_type_get_places(some, dtype):
    rows = some.astype(dtype)
    aae = fit(rows)
    assert np.isfinite(aae.embedding_).all()
    np.testing.assert_array_equal(aae.transform(rows), aae.embedding_)


def test_whole_numbers_that_no_float_holds_differ(some):
    rows = (some * 2**58).astype(np.int64)
    assert np.unique(fit(rows).embedding_, axis=0).shape == (80, 2)


def frame(some, **columns):
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(some).rename(columns=str).assign(**columns)


def test_frames_of_flags_and_of_nullable_numbers_get_places(some):
    for dtype in ("bool", "boolean", "Int64", "Float32"):
        assert fit(frame(some > 7).astype(dtype)).embedding_.shape == (80, 2)


def words(some):
    return frame(some, first=["a", "b"] * 40, second=["c", "d"] * 40)[["first", "second"]]


def test_categories_with_missing_words_are_refused(some):
    categories = words(some).astype("category")
    categories.iloc[3, 0] = None
    with pytest.raises(ValueError, match="X must hold numbers"):
        fit(categories, missing_values="mask")


def intervals(some):
    return pytest.importorskip("pandas").cut(some[:, 0], 3)


DATES = np.datetime64("2024-01-01") + np.arange(80)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda some: frame(some, day=DATES), "column 'day' of X holds dates"),
        (lambda some: frame(some, took=DATES - DATES[0]), "column 'took' of X holds dates"),
        (lambda some: frame(some, day=DATES.astype(object)), "column 'day' of X holds dates"),
        (lambda some: np.stack([DATES, DATES], axis=1), "X holds dates"),
        (lambda some: frame(some, cut=intervals(some)), "column 'cut' of X holds intervals.*mid"),
        (
            lambda some: frame(some, own=[[1, 2]] * 80),
            "'own' of X holds nested values .list.; give",
        ),
        (lambda some: pl.DataFrame({"own": [[1, 2]] * 80}), "holds nested values .List.*; give"),
        (
            lambda some: pl.DataFrame({"own": [{"x": 1}] * 80}),
            "holds nested values .Struct.*; give",
        ),
        (lambda some: frame(some, word=["a", "b"] * 40), "'a'. X must hold numbers"),
        (lambda some: words(some).astype("category"), "'[ac]'. X must hold numbers"),
        (lambda some: np.where(some > 15, np.nan, some), "NaN.*'mask'"),
        (lambda some: np.ma.masked_array(some, some > 15), "masked cells.*'mask'"),
        (lambda some: some + 1j, "Complex"),
        (lambda some: np.where(some > 15, np.inf, some), "infinity"),
    ],
)
def test_what_is_no_number_is_named_with_a_remedy(some, make, message):
    with pytest.raises(ValueError, match=message):
        fit(make(some))


def test_a_sparse_frame_filled_with_nan_is_to_be_dense_or_filled_with_zeros(some):
    pd = pytest.importorskip("pandas")
    rows = frame(some).astype("Sparse[float64]")
    with pytest.raises(
        ValueError, match=r"pass X\.sparse\.to_dense\(\), or X\.astype\(pandas\.Sp"
    ):
        fit(rows)
    for cured in (rows.sparse.to_dense(), rows.astype(pd.SparseDtype(float, 0))):
        assert fit(cured).embedding_.shape == (80, 2)


def test_pandas_na_among_objects_is_told_as_nan(some):
    pd = pytest.importorskip("pandas")
    some = pd.DataFrame(some).astype(object)
    some.iloc[3, 1] = pd.NA
    with pytest.raises(ValueError, match=r"contains NaN.*'mask'"):
        fit(some)


def test_numbers_near_the_end_of_float16_are_numbers(some):
    fit((some * 4000).astype(np.float16))


def test_bfloat16_has_a_remedy(some):
    with pytest.raises(ValueError, match=r"pass X\.float\(\)"):
        fit(torch.tensor(some, dtype=torch.bfloat16))


def test_a_masked_array_without_masked_cells_is_an_array(some):
    masked = np.ma.masked_array(some, np.zeros(some.shape, bool))
    np.testing.assert_array_equal(fit(masked).embedding_, fit(some).embedding_)


@pytest.mark.parametrize(
    ("metric", "hint"),
    [("COSINE", "'cosine'"), ("jacard", "'jaccard'"), ("russelrao", "'russellrao'")],
)
def test_a_misspelt_metric_suggests(some, metric, hint):
    with pytest.raises(ValueError, match=f"Did you mean {hint}"):
        fit(some, metric=metric)


@pytest.mark.parametrize(
    ("metric", "params", "message"),
    [
        ("minkowski", {"p": "3"}, "must be positive, got '3'"),
        ("minkowski", {"p": np.nan}, "must be positive"),
        ("seuclidean", {"V": np.zeros(64)}, "drop columns that are constant"),
        ("mahalanobis", {"VI": np.full((64, 64), np.nan)}, "finite numbers"),
    ],
)
def test_parameters_that_cannot_work_are_named(some, metric, params, message):
    with pytest.raises(ValueError, match=message):
        fit(some, metric=metric, metric_params=params)


def test_rows_that_a_metric_cannot_tell_apart_are_not_called_constant():
    multiples = np.outer(np.arange(1.0, 41), [1.0, 2.0, 5.0])
    for metric in ("cosine", "correlation"):
        with pytest.raises(ValueError, match="under this metric all rows are at one place"):
            fit(multiples, metric=metric)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d[:, :50], r"shape \(n_samples, n_samples\)"),
        (lambda d: d - 100 * (d > 50), "not negative; of a similarity"),
        (lambda d: sparse.csr_array(d), "needs a dense X"),
    ],
)
def test_distances_that_are_none_are_refused(some, change, message):
    distances = np.linalg.norm(some[:, None] - some, axis=2)
    with pytest.raises(ValueError, match=message):
        fit(change(distances), metric="precomputed")


def test_distances_that_depend_on_the_direction_are_taken_from_rows_to_columns(some):
    distances = np.abs(some[:, None] - some).sum(axis=2)
    there = distances + np.maximum(some[:, None] - some, 0).sum(axis=2)
    aae = fit(there, metric="precomputed")
    np.testing.assert_array_equal(aae.transform(there), aae.embedding_)


@pytest.mark.parametrize("neighbor_weight", [0.0, 1.0])
def test_few_rows_with_many_constant_columns_are_fitted(neighbor_weight):
    random = np.random.RandomState(0)
    X = random.normal(size=(60, 300)).astype("f4")
    X[:, random.uniform(size=300) < 0.7] = 0
    aae = AdversarialAutoencoder(neighbor_weight=neighbor_weight, max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isfinite(aae.fit_transform(X)).all()
