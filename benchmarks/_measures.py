"""What is measured of a map; every figure a plain float, nan where a method has none."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from _data import Split
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder, metrics

N_COMPARED = 5_000  # rows among which neighbourhoods are compared
NAMES = ("trust. 15", "trust. 5", "cont. 15", "recall 15", "1-NN", "5-NN", "10-NN")
NAMES += ("rank corr.", "silhouette", "KS", "expl. var.")
_VOTERS = (1, 5, 10)


def of_held_out(
    model: Any, split: Split, codes_train: NDArray[Any], codes: NDArray[Any]
) -> dict[str, float]:
    """Figures of rows that the model has not seen."""
    knn = partial(metrics.knn_accuracy, codes_train, split.y_train, codes, split.y_test)
    figures = _of_map(split.X_test, codes, split.y_test)
    figures |= {f"{k}-NN": float(knn(n_neighbors=k)) for k in _VOTERS}
    figures |= {"KS": math.nan, "expl. var.": math.nan}
    if isinstance(model, AdversarialAutoencoder):
        figures["KS"] = float(metrics.ks_statistic(codes, model.prior_, n_projections=0))
        figures["expl. var."] = float(model.score(split.X_test))
    return figures


def of_drawn_codes(model: AdversarialAutoencoder, split: Split, seed: int) -> dict[str, float]:
    """How well codes of held-out rows, drawn from q(z|x), decode and match the prior."""
    codes = model.sample_codes(split.X_test, random_state=seed)
    errors = np.square(model.inverse_transform(codes) - split.X_test).sum()
    spread = np.square(split.X_test - split.X_train.mean(axis=0)).sum()
    return {
        "of drawn codes": float(1 - errors / spread),
        "largest KS": float(metrics.ks_statistic(codes, model.prior_, n_projections=0)),
        "classifier": float(metrics.two_sample_accuracy(codes, model.prior_, random_state=seed)),
    }


def of_training(split: Split, codes: NDArray[Any], seed: int) -> dict[str, float]:
    """The same of the rows that were fitted, k-NN accuracy without the row itself."""
    order = np.random.RandomState(seed).permutation(len(codes))  # the first are compared
    figures = _of_map(split.X_train[order], codes[order], split.y_train[order])
    nearest = NearestNeighbors(n_neighbors=max(_VOTERS)).fit(codes)
    labels = split.y_train[nearest.kneighbors(return_distance=False)]
    figures |= {f"{k}-NN": _vote_accuracy(labels[:, :k], split.y_train) for k in _VOTERS}
    return figures | {"KS": math.nan, "expl. var.": math.nan}


def _of_map(X: NDArray[Any], codes: NDArray[Any], y: NDArray[Any]) -> dict[str, float]:
    rows, points = X[:N_COMPARED], codes[:N_COMPARED]
    return {
        "trust. 15": float(metrics.trustworthiness(rows, points, n_neighbors=15)),
        "trust. 5": float(metrics.trustworthiness(rows, points, n_neighbors=5)),
        "cont. 15": float(metrics.continuity(rows, points, n_neighbors=15)),
        "recall 15": float(metrics.neighbor_recall(rows, points, n_neighbors=15)),
        "rank corr.": float(metrics.distance_rank_correlation(X, codes, random_state=0)),
        "silhouette": float(silhouette_score(points, y[:N_COMPARED])),
    }


def _vote_accuracy(labels: NDArray[Any], y: NDArray[Any]) -> float:
    """Share of rows whose neighbours' most frequent label (the smallest at a tie) is theirs."""
    counts = np.stack([(labels == label).sum(axis=1) for label in range(y.max() + 1)], axis=1)
    return float((counts.argmax(axis=1) == y).mean())


def median_and_error(values: list[float], digits: int = 3) -> str:
    """Median of the seeds and the standard error of their mean."""
    if not values or np.isnan(values).any():
        return "-"
    middle = f"{np.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ±{np.std(values, ddof=1) / math.sqrt(len(values)):.{digits}f}"
