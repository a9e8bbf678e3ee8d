"""Trustworthiness, continuity and neighbour recall against scikit-learn and slow twins."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn import manifold
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances

from aae_sklearn.metrics import _arrays, continuity, neighbor_recall, trustworthiness
from aae_sklearn.metrics._neighborhoods import _count_shared
from tests import oracles

MEASURES = [trustworthiness, continuity, neighbor_recall]


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(60, 5))


@pytest.fixture
def codes(rows):
    noise = np.random.default_rng(1).normal(size=(60, 2))
    return rows[:, :2] + 0.3 * noise


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("n_neighbors", [1, 7, 29])
def test_equal_the_slow_twins(measure, n_neighbors, rows, codes):
    twin = getattr(oracles, measure.__name__)
    expected = twin(rows, codes, n_neighbors)
    assert measure(rows, codes, n_neighbors=n_neighbors) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "correlation", "manhattan"])
@pytest.mark.parametrize("n_features", [5, 50])
def test_trustworthiness_is_scikit_learns(metric, n_features):
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(300, n_features)) + 3.0
    codes = rows[:, :2] + rng.normal(size=(300, 2))
    expected = manifold.trustworthiness(rows, codes, n_neighbors=15, metric=metric)
    assert trustworthiness(rows, codes, metric=metric) == pytest.approx(expected, abs=1e-12)


def test_trustworthiness_is_scikit_learns_on_real_rows():
    rows = load_breast_cancer().data
    codes = PCA(2, random_state=0).fit_transform(rows)
    expected = manifold.trustworthiness(rows, codes, n_neighbors=5)
    assert trustworthiness(rows, codes, n_neighbors=5) == pytest.approx(expected, abs=1e-12)


def test_tied_distances_move_trustworthiness_only_in_the_fifth_digit():
    rows = load_digits().data[:800]
    codes = PCA(2, random_state=0).fit_transform(rows)
    expected = manifold.trustworthiness(rows, codes, n_neighbors=15)
    assert trustworthiness(rows, codes) == pytest.approx(expected, abs=1e-5)


def test_continuity_is_trustworthiness_with_the_roles_exchanged(rows, codes):
    expected = manifold.trustworthiness(codes, rows, n_neighbors=15)
    assert continuity(rows, codes) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_chunks_do_not_change_the_value(measure, rows, codes, monkeypatch):
    whole = measure(rows, codes)
    monkeypatch.setattr(_arrays, "ENTRIES_PER_CHUNK", 7 * len(rows))
    assert measure(rows, codes) == pytest.approx(whole, abs=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
def test_precomputed_distances_and_callables_give_the_same(measure, rows, codes):
    expected = measure(rows, codes)
    distances = pairwise_distances(rows)
    assert measure(distances, codes, metric="precomputed") == pytest.approx(expected)
    assert measure(rows, codes, metric=oracles.distance) == pytest.approx(expected)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_sparse_rows_give_what_dense_rows_give(metric, codes):
    dense = np.random.default_rng(3).poisson(0.5, size=(60, 40)) * 1.37
    dense += np.random.default_rng(4).uniform(size=dense.shape) * (dense > 0)
    expected = trustworthiness(dense, codes, metric=metric)
    found = trustworthiness(sparse.csr_array(dense), codes, metric=metric)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_order_of_rows_does_not_matter(measure, rows, codes):
    order = np.random.default_rng(5).permutation(len(rows))
    assert measure(rows[order], codes[order]) == pytest.approx(measure(rows, codes), abs=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
def test_rotating_shifting_and_scaling_the_map_does_not_matter(measure, rows, codes):
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert measure(rows, 5.0 * codes @ turn + 100.0) == pytest.approx(measure(rows, codes))


@pytest.mark.parametrize("measure", MEASURES)
def test_a_map_that_keeps_all_distances_is_perfect(measure, codes):
    assert measure(codes @ np.eye(2, 7), codes) == 1.0


def test_codes_without_relation_to_the_rows_score_a_half():
    rng = np.random.default_rng(6)
    rows, codes = rng.normal(size=(1000, 20)), rng.normal(size=(1000, 2))
    assert trustworthiness(rows, codes) == pytest.approx(0.5, abs=0.02)
    assert continuity(rows, codes) == pytest.approx(0.5, abs=0.02)
    assert neighbor_recall(rows, codes) == pytest.approx(15 / 999, abs=0.005)


def test_a_collapsed_map_earns_nothing_from_its_ties(rows):
    rows = np.random.default_rng(7).normal(size=(500, 5))
    assert continuity(rows, np.zeros((500, 2))) == pytest.approx(0.5, abs=0.02)


def test_neighbours_of_heavy_tailed_codes_are_found_where_they_are_dense():
    rng = np.random.default_rng(8)
    codes = 1e-3 * rng.normal(size=(200, 2))
    outliers = np.array([[1e9, 0.0], [0.0, -1e9]])
    rows = rng.normal(size=(202, 6))
    expected = manifold.trustworthiness(rows, np.vstack([codes, outliers]), n_neighbors=5)
    found = trustworthiness(rows, np.vstack([codes, outliers]), n_neighbors=5)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_arrays_that_do_not_belong_together_are_refused(measure, rows, codes):
    with pytest.raises(ValueError, match="X has 60 rows and codes has 59; pass the same rows"):
        measure(rows, codes[:-1])
    with pytest.raises(ValueError, match="needs a square matrix of distances, got"):
        measure(rows, codes, metric="precomputed")
    with pytest.raises(ValueError, match="depends on all rows"):
        measure(rows, codes, metric="seuclidean")


@pytest.mark.parametrize("measure", MEASURES)
def test_nan_and_infinity_are_refused_by_name(measure, rows, codes):
    with pytest.raises(ValueError, match="Input codes contains NaN"):
        measure(rows, np.full_like(codes, np.nan))
    with pytest.raises(ValueError, match="Input X contains infinity"):
        measure(np.full_like(rows, np.inf), codes)


def test_too_many_neighbours_are_refused(rows, codes):
    for measure in (trustworthiness, continuity):
        with pytest.raises(
            ValueError, match="between 1 and 29, less than half of 60 rows, got 30"
        ):
            measure(rows, codes, n_neighbors=30)
    with pytest.raises(ValueError, match="between 1 and 59, one less than there are rows, got 60"):
        neighbor_recall(rows, codes, n_neighbors=60)


@pytest.mark.filterwarnings("ignore:Data was converted to boolean")
@pytest.mark.parametrize("metric", ["hamming", "jaccard", "correlation"])
def test_sparse_rows_have_all_metrics(metric):
    rows = (np.random.RandomState(0).uniform(size=(60, 8)) < 0.5).astype(float)
    codes = np.random.RandomState(1).standard_normal((60, 2))
    dense, found = (
        neighbor_recall(X, codes, n_neighbors=5, metric=metric)
        for X in (rows, sparse.csr_array(rows))
    )
    assert found == pytest.approx(dense, abs=0.02)  # equal distances have no order


@pytest.mark.parametrize("n_features", [5, 50])
def test_one_far_row_leaves_the_neighbours_of_others(n_features):
    rows = np.random.default_rng(9).normal(size=(100, n_features))
    codes = rows[:, :2].copy()
    rows[0] = 1e20
    expected = manifold.trustworthiness(rows[1:], codes[1:], n_neighbors=5)
    assert trustworthiness(rows, codes, n_neighbors=5) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("measure", MEASURES)
def test_masked_cells_count_as_missing(measure, rows, codes):
    hidden = np.ma.masked_greater(rows, 2.0)
    assert hidden.mask.any()
    with pytest.raises(ValueError, match="Input X contains NaN"):
        measure(hidden, codes)
    assert measure(np.ma.masked_array(rows), codes) == measure(rows, codes)


def test_long_lists_of_neighbours_take_no_table_of_all_pairs():
    lists = torch.rand(40, 20_000).argsort(dim=1)  # all pairs are 16 GB
    assert _count_shared(lists, lists.flip(1), 20_000) == 40 * 20_000
    assert _count_shared(lists[:, :5000], lists[:, 4000:], 20_000) == 40 * 1000
