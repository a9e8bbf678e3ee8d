"""Labels of neighbours on the map, order of distances, and reconstruction of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import spearmanr
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import PAIRED_DISTANCES, paired_distances
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import normalize
from sklearn.utils import check_random_state, gen_batches

from aae_sklearn.metrics._arrays import (
    FloatArray,
    as_labels,
    check_count,
    check_rows,
    check_rows_and_codes,
    check_same_length,
    check_same_width,
    row_chunks,
)
from aae_sklearn.metrics._comparison import RandomState
from aae_sklearn.metrics._distances import Metric
from aae_sklearn.rows._rows import dense

__all__ = ["distance_rank_correlation", "knn_accuracy", "reconstruction_r2"]

# scikit-learn pairs rows under few metrics; of others all pairs of so many rows are computed.
ROWS_PER_BLOCK = 16


def knn_accuracy(
    codes_train: ArrayLike,
    y_train: ArrayLike,
    codes: ArrayLike,
    y: ArrayLike,
    *,
    n_neighbors: int = 10,
) -> float:
    """Accuracy of a vote of the nearest training codes on the labels of held-out codes.

    Parameters
    ----------
    codes_train : array-like of shape (n_train, n_components)
        Codes of the training rows.
    y_train : array-like of shape (n_train,)
        Labels of the training rows.
    codes : array-like of shape (n_samples, n_components)
        Codes of held-out rows, from the same fitted estimator.
    y : array-like of shape (n_samples,)
        Labels of the held-out rows.
    n_neighbors : int, default=10
        Number of training codes that vote.

    Returns
    -------
    accuracy : float
        Share of the held-out rows that have the label of most of their neighbours.

    Raises
    ------
    ValueError
        If the arrays have different widths or lengths, if codes hold NaN or infinity, or if
        there are fewer training codes than neighbours.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from aae_sklearn.metrics import knn_accuracy
    >>> X, y = load_iris(return_X_y=True)
    >>> codes = X[:, 2:]
    >>> round(knn_accuracy(codes[::2], y[::2], codes[1::2], y[1::2]), 2)
    0.95
    """
    known, new = check_rows(codes_train, "codes_train"), check_rows(codes, "codes")
    advice = "pass the output of transform of the same estimator"
    check_same_width(known, new, ("codes_train", "codes"), advice)
    labels_known = as_labels(y_train, len(known), "y_train")
    labels_new = as_labels(y, len(new), "y")
    check_count("n_neighbors", n_neighbors, len(known), " training codes")
    classifier = KNeighborsClassifier(n_neighbors).fit(known, labels_known)
    return float(classifier.score(new, labels_new))


def distance_rank_correlation(
    X: Any,
    codes: ArrayLike,
    *,
    n_pairs: int = 100_000,
    metric: Metric = "euclidean",
    random_state: RandomState = None,
) -> float:
    """Spearman correlation of distances between rows and distances between their codes.

    It measures global structure: it is 1 if the order of all distances is kept. It is not
    Szekely's distance correlation, which measures dependence.

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        Rows, or with ``metric="precomputed"`` their distances (n_samples, n_samples).
    codes : array-like of shape (n_samples, n_components)
        Codes of the rows, compared by Euclidean distance.
    n_pairs : int, default=100_000
        Number of pairs, chosen at random with replacement. All pairs are taken if there are no
        more than `n_pairs`.
    metric : str or callable, default="euclidean"
        Distance between rows: a metric of :func:`sklearn.metrics.pairwise_distances`.
    random_state : int, RandomState instance or None, default=None
        Source of the pairs.

    Returns
    -------
    correlation : float
        Between -1 and 1. It is about 0 for codes that are independent of the rows, and 0 for
        codes that are all the same. Its standard error by the choice of the pairs is below
        ``1 / sqrt(n_pairs)``.

    Raises
    ------
    ValueError
        If the arrays have different lengths, or hold NaN or infinity.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import distance_rank_correlation
    >>> X = load_digits().data[:400]
    >>> codes = PCA(2, random_state=0).fit_transform(X)
    >>> round(distance_rank_correlation(X, codes), 2)
    0.66
    """
    rows, map_codes = check_rows_and_codes(X, codes, metric)
    check_count("n_pairs", n_pairs)
    first, second = _pairs(rows.shape[0], n_pairs, check_random_state(random_state))
    of_rows = _paired(rows, first, second, metric)
    of_codes = _paired(map_codes, first, second, "euclidean")
    if np.ptp(of_rows) == 0.0 or np.ptp(of_codes) == 0.0:
        return 0.0
    return float(spearmanr(of_rows, of_codes).statistic)


def reconstruction_r2(X: Any, X_decoded: ArrayLike) -> float:
    """Coefficient of determination R² of rows and their reconstructions.

    .. math:: 1 - \\frac{\\sum_{ij} (x_{ij} - \\hat x_{ij})^2}{\\sum_{ij} (x_{ij} - \\bar x_j)^2}

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        Rows.
    X_decoded : array-like of shape (n_samples, n_features)
        Reconstructions: the output of ``inverse_transform`` for the codes of the rows.

    Returns
    -------
    r2 : float
        1 if reconstructions equal the rows, 0 if they are as good as the mean of X, negative if
        they are worse. For constant rows it is 1 or 0.

    Raises
    ------
    ValueError
        If the shapes differ, or the arrays hold NaN or infinity.

    Notes
    -----
    This is :func:`sklearn.metrics.r2_score` with ``multioutput="variance_weighted"``, also for
    sparse rows. ``AdversarialAutoencoder.score`` differs from it in one point: the explained
    variance there is relative to the mean of the fitted rows, and here to the mean of X.

    Examples
    --------
    >>> from aae_sklearn.metrics import reconstruction_r2
    >>> reconstruction_r2([[0.0], [2.0]], [[0.5], [1.5]])
    0.75
    """
    rows, decoded = check_rows(X, "X", accept_sparse=True), check_rows(X_decoded, "X_decoded")
    check_same_length(rows, decoded, ("X", "X_decoded"))
    check_same_width(rows, decoded, ("X", "X_decoded"), "pass the output of inverse_transform")
    first_row, mean_row = dense(rows[:1])[0], np.asarray(rows.mean(axis=0)).ravel()
    error, totals = 0.0, np.zeros(rows.shape[1])
    varies = np.zeros(rows.shape[1], dtype=np.bool_)
    for chunk in row_chunks(*rows.shape):
        part = dense(rows[chunk])
        error = error + float(np.square(part - decoded[chunk]).sum())
        totals = totals + np.square(part - mean_row).sum(axis=0)
        varies = varies | (part != first_row).any(axis=0)
    # The mean of equal numbers can differ from them by rounding.
    total = float(totals[varies].sum())
    if total == 0.0:
        return 1.0 if error == 0.0 else 0.0
    return 1.0 - error / total


def _pairs(n_rows: int, n_pairs: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Indices of pairs of different rows: all of them, or some chosen at random."""
    if n_rows * (n_rows - 1) // 2 <= n_pairs:
        return np.triu_indices(n_rows, k=1)
    first = rng.randint(n_rows, size=n_pairs)
    step = rng.randint(1, n_rows, size=n_pairs)
    return first, (first + step) % n_rows


def _paired(rows: Any, first: np.ndarray, second: np.ndarray, metric: Metric) -> FloatArray:
    """Distance of each pair, computed in chunks of pairs."""
    if metric == "precomputed":
        return np.asarray(rows[first, second], dtype=np.float64).ravel()
    parts = [
        _paired_chunk(rows[first[chunk]], rows[second[chunk]], metric)
        for chunk in row_chunks(len(first), rows.shape[1])
    ]
    return np.concatenate(parts)


def _paired_chunk(a: Any, b: Any, metric: Metric) -> FloatArray:
    first, second = dense(a), dense(b)
    if metric == "correlation":
        first, second = (part - part.mean(axis=1, keepdims=True) for part in (first, second))
    if metric in ("cosine", "correlation"):
        # scikit-learn's paired distance of a row of zeros is 0.5, and its pairwise one 1.
        return np.asarray(1.0 - (normalize(first) * normalize(second)).sum(axis=1))
    if callable(metric) or metric in PAIRED_DISTANCES:
        return np.asarray(paired_distances(first, second, metric=metric))
    blocks = [
        pairwise_distances(first[block], second[block], metric=metric).diagonal()
        for block in gen_batches(len(first), ROWS_PER_BLOCK)
    ]
    return np.concatenate(blocks)
