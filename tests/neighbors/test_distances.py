"""Distances of blocks, against scipy and scikit-learn."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise_distances

from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.settings import _defaults as defaults

KINDS = [np.asarray, sparse.csr_array]
SUMMED = [
    ("manhattan", {}),
    ("cityblock", {}),
    ("cityblock", {"w": np.arange(7.0)}),
    ("l1", {}),
    ("chebyshev", {}),
    ("minkowski", {"p": 3}),
    ("minkowski", {"p": 4, "w": np.arange(1.0, 8)}),
    ("minkowski", {"p": 2.5}),
    ("minkowski", {"p": 0.5, "w": np.arange(1.0, 8)}),
    ("canberra", {}),
    ("braycurtis", {}),
    ("chebyshev", {"w": np.arange(1.0, 8)}),
]
COUNTED = ["jaccard", "dice", "russellrao", "sokalsneath", "yule"]


@pytest.fixture
def rows():
    rows = np.random.RandomState(0).normal(size=(50, 7)).clip(0)
    rows[:3] = 0
    return rows


def distances(metric, a, b, params=None):
    fitted = resolve_metric(metric, params).fit(b)
    return fitted.between(fitted.prepare(a), fitted.prepare(b))


def peer(rows, metric, params):
    name = "cityblock" if metric in ("manhattan", "l1") else metric
    expected = cdist(rows[:20], rows, name, **params)
    return np.nan_to_num(expected)  # 0 / 0: rows of nothing are alike


@pytest.mark.parametrize("kind_a", KINDS)
@pytest.mark.parametrize("kind_b", KINDS)
@pytest.mark.parametrize(("metric", "params"), SUMMED)
def test_sums_are_those_of_scipy(rows, metric, params, kind_a, kind_b):
    found = distances(metric, kind_a(rows[:20]), kind_b(rows), params)
    np.testing.assert_allclose(found, peer(rows, metric, params), atol=1e-12)


@pytest.mark.parametrize("kind_a", KINDS)
@pytest.mark.parametrize("kind_b", KINDS)
@pytest.mark.parametrize("metric", COUNTED)
def test_counts_are_those_of_scipy(rows, metric, kind_a, kind_b):
    found = distances(metric, kind_a(rows[:20]), kind_b(rows))
    np.testing.assert_allclose(found, peer(rows > 0, metric, {}), atol=1e-12)


@pytest.mark.parametrize("metric", COUNTED)
def test_counts_are_those_of_scikit_learn(rows, metric):
    flags = rows[3:] > 0
    expected = pairwise_distances(flags, metric=metric)
    found = distances(metric, flags, flags)
    np.fill_diagonal(found, 0)  # which scikit-learn sets, whatever the metric says
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, bool])
def test_small_numbers_do_not_run_over(kind, dtype):
    rows = (np.random.RandomState(0).uniform(size=(20, 300)) * 250).astype(dtype)
    found = distances("manhattan", kind(rows), kind(rows))
    expected = cdist(rows.astype(float), rows.astype(float), "cityblock")
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    found = distances("jaccard", kind(rows), kind(rows))
    np.testing.assert_allclose(found, cdist(rows > 0, rows > 0, "jaccard"), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_function_is_given_dense_rows_and_parameters(rows, kind):
    def metric(a, b, power):
        assert type(a) is np.ndarray
        assert a.shape == b.shape == (7,)
        assert a.dtype == b.dtype == np.float64
        return (np.abs(a - b) ** power).sum()

    found = distances(metric, kind(rows[:20].astype(np.float32)), kind(rows), {"power": 2})
    expected = cdist(rows[:20].astype(np.float32), rows, "sqeuclidean")
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("answer", [np.zeros(7), None, 1j, "near"])
def test_a_function_must_return_a_number(rows, answer):
    with pytest.raises(TypeError, match="must return one number for two rows"):
        distances(lambda a, b: answer, rows, rows)


def test_what_a_function_raises_is_raised(rows):
    def metric(a, b):
        raise RuntimeError("my own mistake")

    with pytest.raises(RuntimeError, match="my own mistake"):
        distances(metric, rows, rows)


@pytest.mark.parametrize("p", [1, 3, 4, 8, 9, np.inf])
@pytest.mark.parametrize("weights", [None, np.arange(7.0)])
def test_whole_powers_are_those_of_scipy(rows, p, weights):
    params = {"p": p} if weights is None else {"p": p, "w": weights}
    before = rows.copy()
    found = distances("minkowski", rows[:20], rows, params)
    np.testing.assert_allclose(found, cdist(rows[:20], rows, "minkowski", **params), atol=1e-12)
    np.testing.assert_array_equal(rows, before)


def test_a_pair_has_the_same_distance_in_any_block(rows):
    for metric, params in SUMMED:
        whole = distances(metric, rows, rows, params)
        part = distances(metric, rows[7:9], rows[20:30], params)
        np.testing.assert_array_equal(part, whole[7:9, 20:30])


def test_a_block_is_a_copy(rows):
    for kind in KINDS:
        given = kind(rows)
        for metric in ("manhattan", "jaccard"):
            prepared = resolve_metric(metric).prepare(given)
            assert not np.shares_memory(getattr(prepared, "data", prepared), given.data)


@pytest.mark.parametrize("n_features", [1, 100, 10**6, 10**9])
@pytest.mark.parametrize("metric", ["manhattan", "minkowski", "jaccard", lambda a, b: 0.0])
def test_blocks_are_bounded_however_wide_rows_are(metric, n_features):
    params = {"p": 3} if metric == "minkowski" else None
    n_pairs = resolve_metric(metric, params).block_pairs(n_features)
    assert defaults.OWN_BLOCK_PAIRS <= n_pairs <= defaults.DISTANCE_ELEMENTS


def test_an_error_names_the_metric(rows):
    def similarity(a, b):
        return -1.0

    for metric, name in ((similarity, "metric=similarity"), (Similar(), "metric=alike")):
        with pytest.raises(ValueError, match=name):
            resolve_metric(metric).graph(rows, 3)
    rows[3] = 1e308
    rows[4] = -1e308
    with pytest.raises(ValueError, match="metric='cityblock'"), np.errstate(over="ignore"):
        resolve_metric("manhattan").graph(rows, 3)


class Similar:
    """Has no name."""

    def __call__(self, a, b):
        return -1.0

    def __repr__(self):
        return "alike"


@pytest.mark.parametrize("p", [3, 8, 10, 40, 2.5])
@pytest.mark.parametrize("unit", [1e-200, 1e-40, 1.0, 1e35, 1e140])
@pytest.mark.parametrize("weights", [None, np.array([0.5, 0.0, 2.0, 1.0])])
def test_minkowski_distances_have_no_smallest_and_no_largest_unit(p, unit, weights):
    rng = np.random.RandomState(0)
    a, b = rng.standard_normal((5, 4)), rng.standard_normal((6, 4))
    known = {} if weights is None else {"w": weights}
    metric = resolve_metric("minkowski", {"p": p, **known})
    found = metric.between(a * unit, np.concatenate([b, a[:1]]) * unit) / unit
    np.testing.assert_allclose(found[:, :6], cdist(a, b, "minkowski", p=p, **known), rtol=1e-12)
    assert found[0, 6] == 0
