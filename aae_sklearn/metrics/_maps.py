"""What else a map should keep: labels of neighbours, order of distances, the rows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.metrics.pairwise import paired_distances
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import check_random_state

from aae_sklearn.metrics._arrays import (
    FloatArray,
    as_labels,
    check_rows,
    check_rows_and_codes,
    check_same_length,
    check_same_width,
    row_chunks,
)
from aae_sklearn.metrics._distances import Metric
from aae_sklearn.metrics._draws import RandomState

__all__ = ["distance_rank_correlation", "explained_variance", "knn_accuracy"]


def knn_accuracy(
    codes_train: ArrayLike,
    y_train: ArrayLike,
    codes: ArrayLike,
    y: ArrayLike,
    *,
    n_neighbors: int = 10,
) -> float:
    """Accuracy of labels read off the nearest training codes on the map.

    Parameters
    ----------
    codes_train : array-like of shape (n_train, n_components)
        Codes of the training rows.
    y_train : array-like of shape (n_train,)
        Their labels.
    codes : array-like of shape (n_samples, n_components)
        Codes of held-out rows, from the same fitted estimator.
    y : array-like of shape (n_samples,)
        Their labels.
    n_neighbors : int, default=10
        Training codes that vote.

    Returns
    -------
    accuracy : float
        Share of held-out rows whose label is the neighbours' majority.

    Raises
    ------
    ValueError
        If widths or lengths disagree, codes hold NaN or infinity, or there are fewer
        training codes than neighbours.

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
    if not 1 <= n_neighbors <= len(known):
        raise ValueError(
            f"n_neighbors must lie between 1 and the {len(known)} training codes, "
            f"got {n_neighbors}"
        )
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
    """Spearman correlation of distances between rows and distances on the map.

    A measure of global structure: 1 if far pairs are far and near pairs near.
    (Not Szekely's distance correlation, a measure of dependence.)

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        The rows, or their distances (n_samples, n_samples) with ``metric="precomputed"``.
    codes : array-like of shape (n_samples, n_components)
        Their places on the map, compared by Euclidean distance.
    n_pairs : int, default=100,000
        Pairs drawn with replacement; all pairs are taken where there are no more.
    metric : str or callable, default="euclidean"
        Distance between rows: "euclidean", "cosine", "correlation", "manhattan",
        "precomputed", or a callable of two rows.
    random_state : int, RandomState instance or None, default=None
        Source of pairs.

    Returns
    -------
    correlation : float
        Between -1 and 1; 0 for codes that have nothing to do with the rows, or that
        are all the same. The standard error of the drawn pairs is below 1 / sqrt(n_pairs).

    Raises
    ------
    ValueError
        If the arrays do not have the same rows, or hold NaN or infinity.

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
    first, second = _pairs(rows.shape[0], n_pairs, check_random_state(random_state))
    of_rows = _paired(rows, first, second, metric)
    of_codes = _paired(map_codes, first, second, "euclidean")
    if np.ptp(of_rows) == 0.0 or np.ptp(of_codes) == 0.0:
        return 0.0
    return float(spearmanr(of_rows, of_codes).statistic)


def explained_variance(X: Any, X_decoded: ArrayLike) -> float:
    """Share of the rows' variance that the decoded rows explain.

    .. math:: 1 - \\frac{\\sum_{ij} (x_{ij} - \\hat x_{ij})^2}{\\sum_{ij} (x_{ij} - \\bar x_j)^2}

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        Rows.
    X_decoded : array-like of shape (n_samples, n_features)
        Output of ``inverse_transform`` of their codes.

    Returns
    -------
    explained : float
        1 if decoded rows are the rows, 0 if they are as good as the mean row,
        negative if worse. For constant rows 1 or 0, as in :func:`sklearn.metrics.r2_score`.

    Raises
    ------
    ValueError
        If the shapes differ, or the arrays hold NaN or infinity.

    Examples
    --------
    >>> from aae_sklearn.metrics import explained_variance
    >>> explained_variance([[0.0], [2.0]], [[0.5], [1.5]])
    0.75
    """
    rows, decoded = check_rows(X, "X", accept_sparse=True), check_rows(X_decoded, "X_decoded")
    check_same_length(rows, decoded, ("X", "X_decoded"))
    check_same_width(rows, decoded, ("X", "X_decoded"), "pass the output of inverse_transform")
    mean_row = np.asarray(rows.mean(axis=0)).ravel()
    error = total = 0.0
    for chunk in row_chunks(*rows.shape):
        part = _dense(rows[chunk])
        error = error + float(np.square(part - decoded[chunk]).sum())
        total = total + float(np.square(part - mean_row).sum())
    if total == 0.0:
        return 1.0 if error == 0.0 else 0.0
    return 1.0 - error / total


def _pairs(n_rows: int, n_pairs: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Indices of pairs of different rows: all of them, or a draw."""
    if n_rows * (n_rows - 1) // 2 <= n_pairs:
        return np.triu_indices(n_rows, k=1)
    first = rng.randint(n_rows, size=n_pairs)
    step = rng.randint(1, n_rows, size=n_pairs)
    return first, (first + step) % n_rows


def _paired(rows: Any, first: np.ndarray, second: np.ndarray, metric: Metric) -> FloatArray:
    """Distance of each pair, some pairs at a time."""
    if metric == "precomputed":
        return np.asarray(rows[first, second], dtype=np.float64).ravel()
    parts = [
        _paired_chunk(rows[first[chunk]], rows[second[chunk]], metric)
        for chunk in row_chunks(len(first), rows.shape[1])
    ]
    return np.concatenate(parts)


def _paired_chunk(a: Any, b: Any, metric: Metric) -> FloatArray:
    first, second = _dense(a), _dense(b)
    if metric != "correlation":
        return np.asarray(paired_distances(first, second, metric=metric))
    centered = (part - part.mean(axis=1, keepdims=True) for part in (first, second))
    return np.asarray(paired_distances(*centered, metric="cosine"))


def _dense(rows: Any) -> np.ndarray:
    return np.asarray(rows.toarray() if sparse.issparse(rows) else rows)
