"""How far a place of the map can be trusted: errors of its rows, and their neighbours."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from sklearn.metrics import pairwise_distances
from sklearn.pipeline import Pipeline

from aae_sklearn.display._arrays import FloatArray, as_matrix, decode, last_step
from aae_sklearn.display._explorer._rows import Rows

N_COMPARED = 2_000  # rows whose neighbours are looked at
N_NEIGHBORS = 15  # of them, as of the measure of the whole map
N_AVERAGED = 5  # nearest compared rows whose mean is the trustworthiness of a place
CHUNK_NUMBERS = 4_000_000  # of rows that are decoded at a time


def reconstruction_errors(
    estimator: Any, rows: Rows, codes: FloatArray, random_state: int | None
) -> FloatArray:
    """Root mean square error of each row, as the last step reads it; 1 is that of the mean row."""
    last = last_step(estimator)
    some = _read(estimator, rows.take(rows.some(N_COMPARED, random_state)))
    unit = float(np.sqrt(np.nanmean(np.square(some - np.nanmean(some, axis=0)))))
    errors = np.empty(rows.n_rows)
    step = max(1, CHUNK_NUMBERS // rows.n_features)
    for start in range(0, rows.n_rows, step):
        part = slice(start, start + step)
        away = decode(last, codes[part]) - _read(estimator, rows.take(part))
        errors[part] = np.sqrt(np.nanmean(np.square(away), axis=1))
    return errors / (unit or 1.0)


def trust(estimator: Any, rows: Rows, codes: FloatArray, random_state: int | None) -> FloatArray:
    """Trustworthiness of the place of each row, from the neighbours of some rows.

    It is the term of a row in the measure of Venna and Kaski (ICANN 2001), among at most
    `N_COMPARED` rows, and a place's is the mean of the nearest ones.
    """
    some = rows.some(N_COMPARED, random_state)
    if len(some) <= 3 * N_NEIGHBORS:
        return np.full(rows.n_rows, np.nan)
    tree = cKDTree(codes[some])
    terms = _terms(_seen(estimator, rows.take(some)), tree, _metric_of(estimator))
    _, nearest = tree.query(codes, k=N_AVERAGED)
    averaged: FloatArray = terms[nearest].mean(axis=1)
    return averaged


def _terms(x: FloatArray, tree: cKDTree, metric: str) -> FloatArray:
    """1 minus how far neighbours on the map are from being neighbours among the rows."""
    n_rows = len(x)
    distances = pairwise_distances(x, metric=metric)
    np.fill_diagonal(distances, -1.0)  # first, also among equal rows
    ranks = np.empty(distances.shape, dtype=np.int32)
    np.put_along_axis(ranks, distances.argsort(axis=1), np.arange(n_rows)[None], axis=1)
    _, nearest = tree.query(tree.data, k=N_NEIGHBORS + 1)
    away = np.take_along_axis(ranks, nearest, axis=1) - N_NEIGHBORS
    away[nearest == np.arange(n_rows)[:, None]] = 0
    worst = N_NEIGHBORS * (2.0 * n_rows - 3.0 * N_NEIGHBORS - 1.0) / 2.0
    terms: FloatArray = 1.0 - np.maximum(away, 0).sum(axis=1) / worst
    return terms


def _seen(estimator: Any, some: FloatArray) -> FloatArray:
    """Rows as the last step compares them."""
    some = _read(estimator, some)
    some = np.where(np.isnan(some), np.nanmean(some, axis=0), some)
    if getattr(last_step(estimator), "feature_scaling", None) == "per_feature":
        deviation = some.std(axis=0)
        some = some / np.where(deviation > 0, deviation, 1.0)
    return some


def _read(estimator: Any, some: FloatArray) -> FloatArray:
    """Rows as the last step reads them."""
    if not isinstance(estimator, Pipeline) or len(estimator) == 1:
        return some
    with warnings.catch_warnings():  # names of columns were checked with the whole of X
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        return as_matrix(estimator[:-1].transform(some), "transformed rows")


def _metric_of(estimator: Any) -> str:
    """The metric of the last step where distances by it need no parameters."""
    metric = getattr(last_step(estimator), "metric", "euclidean")
    return metric if metric in ("cosine", "correlation", "manhattan") else "euclidean"
