"""Neighbours of rows and of their codes: trustworthiness, continuity, neighbour recall."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike

from aae_sklearn.metrics._arrays import check_count, check_rows_and_codes
from aae_sklearn.metrics._distances import Metric, distance_chunks
from aae_sklearn.runtime._sorting import in_order

__all__ = ["continuity", "neighbor_recall", "trustworthiness"]


def trustworthiness(
    X: Any,
    codes: ArrayLike,
    *,
    n_neighbors: int = 15,
    metric: Metric = "euclidean",
    device: str = "auto",
) -> float:
    """Measure to what extent neighbours on the map are neighbours in the data.

    Each of the k = `n_neighbors` nearest codes j of a code i is penalised by the amount by which
    its rank r_x(i, j) among the rows exceeds k [1]_:

    .. math:: T = 1 - \\frac{2}{n k (2n - 3k - 1)}
              \\sum_i \\sum_{j \\in N_k(z_i)} \\max(0, r_x(i, j) - k)

    It equals :func:`sklearn.manifold.trustworthiness`, without a matrix of all distances, so
    that 50,000 rows fit in memory. Rows at exactly the same distance share their mean rank; in
    scikit-learn their rank is arbitrary.

    At equal k it grows with the number of rows, so compare maps of as many rows.

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        Rows, or with ``metric="precomputed"`` their distances (n_samples, n_samples).
    codes : array-like of shape (n_samples, n_components)
        Codes of the rows, compared by Euclidean distance.
    n_neighbors : int, default=15
        Number of neighbours of each row, below ``n_samples / 2``.
    metric : str or callable, default="euclidean"
        Distance between rows: a metric of :func:`sklearn.metrics.pairwise_distances`.
    device : str, default="auto"
        Device of the computation. "auto" takes a CUDA GPU if there is one.

    Returns
    -------
    trustworthiness : float
        Between 0 and 1, the best. Codes that are independent of the rows get about 0.5.

    Raises
    ------
    ValueError
        If the arrays have different lengths or hold NaN or infinity, or if `n_neighbors` is
        too large for the number of rows.

    See Also
    --------
    continuity : The same measure with rows and codes exchanged.

    References
    ----------
    .. [1] Venna and Kaski, "Neighborhood preservation in nonlinear projection methods:
       an experimental study", ICANN 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import trustworthiness
    >>> X = load_digits().data[:500]
    >>> codes = PCA(2, random_state=0).fit_transform(X)
    >>> round(trustworthiness(X, codes), 3)
    0.858
    """
    rows, map_codes = check_rows_and_codes(X, codes, metric)
    _check_fewer_than_half(n_neighbors, rows.shape[0])
    return _rank_agreement(
        distance_chunks(rows, metric, device),
        distance_chunks(map_codes, "euclidean", device),
        n_neighbors,
        rows.shape[0],
    )


def continuity(
    X: Any,
    codes: ArrayLike,
    *,
    n_neighbors: int = 15,
    metric: Metric = "euclidean",
    device: str = "auto",
) -> float:
    """Measure to what extent neighbours in the data stay neighbours on the map.

    It is :func:`trustworthiness` with rows and codes exchanged [1]_. Continuity is low where the
    map separates neighbours. Trustworthiness is low where it puts distant rows together.

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        Rows, or with ``metric="precomputed"`` their distances (n_samples, n_samples).
    codes : array-like of shape (n_samples, n_components)
        Codes of the rows, compared by Euclidean distance.
    n_neighbors : int, default=15
        Number of neighbours of each row, below ``n_samples / 2``.
    metric : str or callable, default="euclidean"
        Distance between rows: a metric of :func:`sklearn.metrics.pairwise_distances`.
    device : str, default="auto"
        Device of the computation. "auto" takes a CUDA GPU if there is one.

    Returns
    -------
    continuity : float
        Between 0 and 1, the best. Codes that are independent of the rows get about 0.5.

    Raises
    ------
    ValueError
        If the arrays have different lengths or hold NaN or infinity, or if `n_neighbors` is
        too large for the number of rows.

    References
    ----------
    .. [1] Venna and Kaski, "Neighborhood preservation in nonlinear projection methods:
       an experimental study", ICANN 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import continuity
    >>> X = load_digits().data[:500]
    >>> codes = PCA(2, random_state=0).fit_transform(X)
    >>> round(continuity(X, codes), 3)
    0.947
    """
    rows, map_codes = check_rows_and_codes(X, codes, metric)
    _check_fewer_than_half(n_neighbors, rows.shape[0])
    return _rank_agreement(
        distance_chunks(map_codes, "euclidean", device),
        distance_chunks(rows, metric, device),
        n_neighbors,
        rows.shape[0],
    )


def neighbor_recall(
    X: Any,
    codes: ArrayLike,
    *,
    n_neighbors: int = 15,
    metric: Metric = "euclidean",
    device: str = "auto",
) -> float:
    """Share of a row's nearest neighbours whose codes are the nearest of its code.

    Parameters
    ----------
    X : {array-like, CSR matrix} of shape (n_samples, n_features)
        Rows, or with ``metric="precomputed"`` their distances (n_samples, n_samples).
    codes : array-like of shape (n_samples, n_components)
        Codes of the rows, compared by Euclidean distance.
    n_neighbors : int, default=15
        Number of neighbours of each row, below ``n_samples``.
    metric : str or callable, default="euclidean"
        Distance between rows: a metric of :func:`sklearn.metrics.pairwise_distances`.
    device : str, default="auto"
        Device of the computation. "auto" takes a CUDA GPU if there is one.

    Returns
    -------
    recall : float
        Between 0 and 1, the best. Codes that are independent of the rows get about
        ``n_neighbors / (n_samples - 1)``.

    Raises
    ------
    ValueError
        If the arrays have different lengths or hold NaN or infinity, or if `n_neighbors` is
        too large for the number of rows.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import neighbor_recall
    >>> X = load_digits().data[:500]
    >>> codes = PCA(2, random_state=0).fit_transform(X)
    >>> round(neighbor_recall(X, codes), 2)
    0.36
    """
    rows, map_codes = check_rows_and_codes(X, codes, metric)
    n_rows = rows.shape[0]
    check_count("n_neighbors", n_neighbors, n_rows - 1, ", one less than there are rows")
    of_rows = distance_chunks(rows, metric, device)
    of_codes = distance_chunks(map_codes, "euclidean", device)
    shared = sum(
        _count_shared(_nearest(a, n_neighbors), _nearest(b, n_neighbors), n_rows)
        for a, b in zip(of_rows, of_codes, strict=True)
    )
    return float(shared / (n_rows * n_neighbors))


def _count_shared(a: torch.Tensor, b: torch.Tensor, n_rows: int) -> int:
    """Neighbours that two lists of each row have in common."""
    belongs = torch.zeros(len(a), n_rows, dtype=torch.bool, device=a.device).scatter_(1, a, True)
    return int(belongs.gather(1, b).sum())


def _check_fewer_than_half(n_neighbors: int, n_rows: int) -> None:
    check_count(
        "n_neighbors", n_neighbors, (n_rows - 1) // 2, f", less than half of {n_rows} rows"
    )


def _rank_agreement(ranking: Any, neighboring: Any, n_neighbors: int, n_rows: int) -> float:
    """1 minus the scaled excess rank in one space of the neighbours in the other."""
    excess = 0.0
    for ranking_distances, neighbor_distances in zip(ranking, neighboring, strict=True):
        neighbors = _nearest(neighbor_distances, n_neighbors)
        ranks = _ranks(ranking_distances, neighbors)
        excess = excess + float((ranks - n_neighbors).clamp(min=0).sum())
    worst = n_rows * n_neighbors * (2.0 * n_rows - 3.0 * n_neighbors - 1.0) / 2.0
    return 1.0 - excess / worst


def _nearest(distances: torch.Tensor, n_neighbors: int) -> torch.Tensor:
    return distances.topk(n_neighbors, dim=1, largest=False).indices


def _ranks(distances: torch.Tensor, neighbors: torch.Tensor) -> torch.Tensor:
    """Rank of each neighbour in its row, 1 for the nearest, the mean rank for ties."""
    own = distances.gather(1, neighbors)
    ordered = in_order(distances)
    nearer = torch.searchsorted(ordered, own)
    not_farther = torch.searchsorted(ordered, own, right=True)
    return (nearer + not_farther + 1).double() / 2
