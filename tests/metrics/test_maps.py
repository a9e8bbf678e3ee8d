"""k-NN accuracy, rank correlation of distances, explained variance."""

from functools import partial

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances, r2_score

from aae_sklearn.metrics import (
    _arrays,
    class_separation,
    component_deviation,
    distance_rank_correlation,
    knn_accuracy,
    ks_statistic,
    mmd,
    mmd_test,
    neighbor_recall,
    reconstruction_r2,
    sliced_wasserstein,
    trustworthiness,
    trustworthiness_scorer,
    two_sample_accuracy,
)
from aae_sklearn.priors import GaussianMixturePrior
from tests import oracles


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(40, 6))


@pytest.fixture
def codes(rows):
    return rows[:, :2]


def test_knn_accuracy_equals_the_slow_twin(codes):
    labels = np.random.default_rng(1).integers(3, size=40)
    found = knn_accuracy(codes[:30], labels[:30], codes[30:], labels[30:], n_neighbors=5)
    assert found == oracles.knn_accuracy(codes[:30], labels[:30], codes[30:], labels[30:], 5)


def test_knn_accuracy_takes_names_as_labels(codes):
    names = np.where(codes[:, 0] > 0, "right", "left")
    assert knn_accuracy(codes, names, codes, names, n_neighbors=1) == 1.0


def test_knn_accuracy_refuses_what_does_not_fit(codes):
    labels = np.zeros(40)
    with pytest.raises(ValueError, match=r"codes must have 2 columns .* got 3; pass the output"):
        knn_accuracy(codes, labels, np.ones((4, 3)), np.zeros(4))
    with pytest.raises(ValueError, match=r"y must have shape \(40,\), got \(39,\)"):
        knn_accuracy(codes, labels, codes, labels[:-1])
    with pytest.raises(ValueError, match="between 1 and 4 training codes, got 10"):
        knn_accuracy(codes[:4], labels[:4], codes, labels)


def test_rank_correlation_equals_the_slow_twin(rows, codes):
    expected = oracles.distance_rank_correlation(rows[:15], codes[:15])
    assert distance_rank_correlation(rows[:15], codes[:15]) == pytest.approx(expected)


@pytest.mark.parametrize(
    "metric", ["euclidean", "cosine", "correlation", "cityblock", "chebyshev", "canberra"]
)
def test_rank_correlation_takes_all_pairs_where_they_are_few(metric, rows, codes):
    expected = spearmanr(pdist(rows, metric), pdist(codes)).statistic
    assert distance_rank_correlation(rows, codes, metric=metric) == pytest.approx(expected)


def test_rank_correlation_of_drawn_pairs_is_near_that_of_all(codes):
    rows = np.random.default_rng(2).normal(size=(500, 4))
    expected = spearmanr(pdist(rows), pdist(rows[:, :2])).statistic
    found = distance_rank_correlation(rows, rows[:, :2], n_pairs=20_000, random_state=0)
    assert found == pytest.approx(expected, abs=0.02)
    again = distance_rank_correlation(rows, rows[:, :2], n_pairs=20_000, random_state=0)
    assert found == again


def test_rank_correlation_in_chunks_is_the_same(rows, codes, monkeypatch):
    whole = distance_rank_correlation(rows, codes)
    monkeypatch.setattr(_arrays, "ENTRIES_PER_CHUNK", 30)
    assert distance_rank_correlation(rows, codes) == whole


def test_rank_correlation_of_precomputed_and_sparse_rows(rows, codes):
    expected = distance_rank_correlation(rows, codes)
    distances = squareform(pdist(rows))
    found = distance_rank_correlation(distances, codes, metric="precomputed")
    assert found == pytest.approx(expected)
    assert distance_rank_correlation(sparse.csr_matrix(rows), codes) == pytest.approx(expected)
    by_correlation = distance_rank_correlation(rows, codes, metric="correlation")
    found = distance_rank_correlation(sparse.csr_matrix(rows), codes, metric="correlation")
    assert found == pytest.approx(by_correlation)


def test_rank_correlation_of_precomputed_distances_needs_a_square_matrix(rows, codes):
    with pytest.raises(ValueError, match=r"square matrix of distances, got \(40, 6\)"):
        distance_rank_correlation(rows, codes, metric="precomputed")


def test_rank_correlation_is_one_for_a_rotated_copy_and_zero_for_a_collapsed_one(rows):
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))
    assert distance_rank_correlation(rows, 3.0 * rows @ turn) == pytest.approx(1.0)
    assert distance_rank_correlation(rows, np.zeros((40, 2))) == 0.0


def test_reconstruction_r2_is_the_variance_weighted_r2(rows):
    decoded = rows + 0.4 * np.random.default_rng(4).normal(size=rows.shape)
    expected = r2_score(rows, decoded, multioutput="variance_weighted")
    assert reconstruction_r2(rows, decoded) == pytest.approx(expected, abs=1e-14)


def test_reconstruction_r2_in_chunks_and_of_sparse_rows_is_the_same(rows, monkeypatch):
    decoded = rows * 0.9
    whole = reconstruction_r2(rows, decoded)
    monkeypatch.setattr(_arrays, "ENTRIES_PER_CHUNK", 30)
    assert reconstruction_r2(rows, decoded) == pytest.approx(whole, abs=1e-14)
    assert reconstruction_r2(sparse.csr_array(rows), decoded) == pytest.approx(whole, abs=1e-14)


def test_reconstruction_r2_of_the_mean_row_is_zero(rows):
    decoded = np.broadcast_to(rows.mean(axis=0), rows.shape)
    assert reconstruction_r2(rows, decoded) == pytest.approx(0.0, abs=1e-15)


def test_reconstruction_r2_of_constant_rows_is_that_of_r2_score():
    constant = np.ones((5, 2))
    assert reconstruction_r2(constant, constant) == 1.0
    assert reconstruction_r2(constant, 2 * constant) == 0.0


def test_reconstruction_r2_refuses_other_shapes(rows):
    with pytest.raises(
        ValueError, match=r"X_decoded must have 6 columns .* got 5; pass the output"
    ):
        reconstruction_r2(rows, rows[:, :5])
    with pytest.raises(ValueError, match="X has 40 rows and X_decoded has 39"):
        reconstruction_r2(rows, rows[:-1])


@pytest.mark.parametrize("value", [0, -1, 1.5, "a", None, True])
def test_counts_are_whole_numbers(value):
    codes = np.random.RandomState(0).standard_normal((40, 2))
    labels = np.arange(40) % 2
    with pytest.raises(ValueError, match="n_neighbors must be a whole number between 1 and"):
        trustworthiness(codes, codes, n_neighbors=value)
    with pytest.raises(ValueError, match="n_neighbors must be a whole number between 1 and"):
        neighbor_recall(codes, codes, n_neighbors=value)
    with pytest.raises(ValueError, match="n_neighbors must be a whole number between 1 and"):
        knn_accuracy(codes, labels, codes, labels, n_neighbors=value)
    with pytest.raises(ValueError, match="n_pairs must be a whole number of at least 1"):
        distance_rank_correlation(codes, codes, n_pairs=value)
    with pytest.raises(ValueError, match="n_projections must be a whole number of at least 1"):
        sliced_wasserstein(codes, "normal", n_projections=value)


@pytest.mark.parametrize("value", [0, 1, -1, 2.5])
def test_a_number_of_samples_is_a_whole_number(value, codes):
    labels, pca = np.arange(40) % 2, PCA(2).fit(codes)
    for measure in (
        partial(mmd, codes, "normal"),
        partial(class_separation, codes, labels, codes, labels),
        partial(trustworthiness_scorer, pca, codes),
    ):
        with pytest.raises(ValueError, match="max_samples must be a whole number of at least 2"):
            measure(max_samples=value)
    with pytest.raises(ValueError, match="max_samples must be a whole number of at least 40"):
        two_sample_accuracy(codes, "normal", max_samples=value)


@pytest.mark.parametrize("value", [0, -1, 1.5])
def test_a_number_of_draws_is_a_whole_number(value, codes):
    with pytest.raises(ValueError, match="n_draws must be a whole number of at least 1"):
        ks_statistic(codes, "normal", n_draws=value)
    with pytest.raises(ValueError, match="n_draws must be a whole number of at least 1"):
        component_deviation(codes, GaussianMixturePrior(), n_draws=value)
    with pytest.raises(ValueError, match="n_permutations must be a whole number of at least 1"):
        mmd_test(codes, "normal", n_permutations=value)
    with pytest.raises(ValueError, match="n_projections must be a whole number of at least 0"):
        ks_statistic(codes, "normal", n_projections=value - 1)


def test_two_rows_are_told_to_be_too_few():
    codes = np.eye(2)
    with pytest.raises(ValueError, match=r"n_neighbors can be 0 at most.*; pass more rows"):
        trustworthiness(codes, codes, n_neighbors=1)


def test_numbers_whose_squares_overflow_are_told():
    rows = np.random.RandomState(0).standard_normal((40, 3))
    with pytest.raises(
        ValueError, match=r"X has numbers beyond 1e.150, .* divide X by a constant"
    ):
        reconstruction_r2(1e300 * rows, rows)
    with pytest.raises(
        ValueError, match=r"X has numbers beyond 1e.150, .* divide X by a constant"
    ):
        distance_rank_correlation(1e200 * rows, rows)


def test_labels_of_two_types_are_told():
    codes = np.random.RandomState(0).standard_normal((4, 2))
    with pytest.raises(ValueError, match="y_train mixes strings and numbers"):
        knn_accuracy(
            codes, np.array(["a", 1, "a", 1], dtype=object), codes, np.arange(4), n_neighbors=1
        )


def test_a_masked_label_is_no_label(codes):
    labels = np.ma.masked_array(np.arange(40) % 2, np.arange(40) == 3)
    with pytest.raises(ValueError, match="y_train must hold numbers, strings or booleans, got No"):
        knn_accuracy(codes, labels, codes, labels)


@pytest.mark.parametrize("metric", ["cosine", "correlation"])
def test_rows_of_zeros_are_at_distance_one_from_others(metric, rows, codes):
    rows[::3] = 0.0
    centered = rows if metric == "cosine" else rows - rows.mean(axis=1, keepdims=True)
    between_rows = squareform(pairwise_distances(centered, metric="cosine"), checks=False)
    expected = spearmanr(between_rows, pdist(codes)).statistic
    found = distance_rank_correlation(rows, codes, metric=metric)
    assert found == pytest.approx(expected, abs=1e-6)


def test_rank_correlation_of_a_metric_of_all_rows_is_refused(rows, codes):
    with pytest.raises(ValueError, match="depends on all rows"):
        distance_rank_correlation(rows, codes, metric="mahalanobis")


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array])
def test_a_constant_column_has_no_variance_to_explain(make, rows):
    rows = np.column_stack([1e-12 * rows, np.full(len(rows), 1e6 / 3)])
    decoded = rows + 1e-13 * np.random.default_rng(5).normal(size=rows.shape) * (np.arange(7) < 6)
    expected = r2_score(rows[:, :6], decoded[:, :6], multioutput="variance_weighted")
    assert reconstruction_r2(make(rows), decoded) == pytest.approx(expected)
