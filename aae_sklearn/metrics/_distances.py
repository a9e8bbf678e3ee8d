"""Distances of all rows to all rows, a chunk of the matrix at a time.

The whole matrix of 50,000 rows would take 20 GB. torch computes the chunks, on a GPU if there
is one, in float64 as scikit-learn does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from scipy import sparse
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import distance_metrics

from aae_sklearn.metrics._arrays import row_chunks
from aae_sklearn.rows._rows import dense
from aae_sklearn.runtime._device import resolve_device

Metric = str | Callable[[np.ndarray, np.ndarray], float]

# x² + y² - 2xy loses the small distances of heavy-tailed codes. Differences do not, and up to
# this number of columns they are no slower.
MAX_COLUMNS_FOR_DIFFERENCES = 32


def distance_chunks(rows: Any, metric: Metric, device: str) -> Iterator[torch.Tensor]:
    """Yield chunks (rows of the chunk, all rows) of distances, a row's own set to infinity."""
    distances_of = _chunk_function(rows, metric, device)
    n_rows = rows.shape[0]
    for chunk in row_chunks(n_rows, n_rows):
        distances = distances_of(chunk)
        own = torch.arange(chunk.start, chunk.stop, device=distances.device)
        yield distances.scatter(1, own[:, None], torch.inf)


def _chunk_function(rows: Any, metric: Metric, device: str) -> Callable[[slice], torch.Tensor]:
    if metric == "euclidean" and not sparse.issparse(rows):
        # One far row moves the mean, and with it all others to where they are rounded.
        return _euclidean(rows - np.median(rows, axis=0), device)
    if metric == "cosine" and not sparse.issparse(rows):
        return _cosine(rows, device)
    if metric == "correlation" and not sparse.issparse(rows):
        return _cosine(rows - rows.mean(axis=1, keepdims=True), device)
    return _by_sklearn(rows, metric, device)


def _euclidean(rows: np.ndarray, device: str) -> Callable[[slice], torch.Tensor]:
    x = torch.as_tensor(rows, device=resolve_device(device))
    if rows.shape[1] <= MAX_COLUMNS_FOR_DIFFERENCES:
        exact = "donot_use_mm_for_euclid_dist"
        return lambda chunk: torch.cdist(x[chunk], x, compute_mode=exact)
    squares = x.square().sum(dim=1)

    def distances_of(chunk: slice) -> torch.Tensor:
        # torch.cdist with matrix products takes eight times as long on a CPU.
        squared = torch.addmm(squares, x[chunk], x.T, alpha=-2.0)
        return squared.add_(squares[chunk, None]).clamp_(min=0.0).sqrt_()

    return distances_of


def _cosine(rows: np.ndarray, device: str) -> Callable[[slice], torch.Tensor]:
    x = torch.nn.functional.normalize(torch.as_tensor(rows, device=resolve_device(device)), dim=1)
    return lambda chunk: 1.0 - x[chunk] @ x.T


def _by_sklearn(rows: Any, metric: Metric, device: str) -> Callable[[slice], torch.Tensor]:
    resolved = resolve_device(device)

    def distances_of(chunk: slice) -> torch.Tensor:
        if metric == "precomputed":
            return torch.as_tensor(rows[chunk], device=resolved)
        some, all_rows = rows[chunk], rows
        if metric not in distance_metrics():  # of scipy, which takes no sparse rows
            some, all_rows = dense(some), dense(rows)
        distances = pairwise_distances(some, all_rows, metric=metric)
        return torch.as_tensor(np.asarray(distances, dtype=np.float64), device=resolved)

    return distances_of
