"""Rows that are compared by other distances than Euclid's, two or three sets for each metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from _data import DATA_DIR, load_split
from numpy.typing import NDArray
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import pairwise_distances

N_FITTED, N_NEW = 1_000, 400
Labelled = tuple[Any, NDArray[np.int64]]


@dataclass(frozen=True)
class Case:
    """Rows to fit and rows to place, and how they are compared.

    Attributes
    ----------
    metric : str
        The line of the table; "precomputed" and "pairs" are handed distances.
    data : str
    X, y, X_new, y_new : array
    compare : str or callable
        As scikit-learn's `pairwise_distances` takes it.
    parameters : mapping
    """

    metric: str
    data: str
    X: Any
    y: NDArray[np.int64]
    X_new: Any
    y_new: NDArray[np.int64]
    compare: Any
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def distances(self, a: Any, b: Any) -> NDArray[np.float64]:
        """All distances of two blocks."""
        if self.compare == "jaccard":
            a, b = (rows.toarray() if sparse.issparse(rows) else rows for rows in (a, b))
            a, b = a.astype(bool), b.astype(bool)
        found: NDArray[np.float64] = pairwise_distances(a, b, self.compare, **self.parameters)
        return found


def shapes(seed: int) -> Labelled:
    """Eight curves, each row with a size and an offset of its own."""
    rng = np.random.default_rng(seed)
    n_rows, t = N_FITTED + N_NEW, np.linspace(0, 1, 60)
    curves = np.cumsum(rng.normal(size=(8, len(t))), axis=1)
    curves -= curves.mean(axis=1, keepdims=True)
    curves /= curves.std(axis=1, keepdims=True)
    y = rng.integers(8, size=n_rows)
    X = curves[y] + 0.5 * rng.normal(size=(n_rows, len(t)))
    size, offset = np.exp(rng.normal(size=(2, n_rows, 1)) * [[[1.0]], [[1.5]]])
    return X * size + 5 * offset, y


def topics(seed: int) -> Labelled:
    """Fifteen directions in 128 dimensions, and rows about them."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(15, 128))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    y = rng.integers(15, size=N_FITTED + N_NEW)
    return directions[y] + 0.11 * rng.normal(size=(len(y), 128)), y


def categories(seed: int) -> Labelled:
    """Thirty columns of eight categories whose numbers mean nothing, six kinds of rows."""
    rng = np.random.default_rng(seed)
    kinds, y = rng.integers(8, size=(6, 30)), rng.integers(6, size=N_FITTED + N_NEW)
    is_typical = rng.random((len(y), 30)) < 0.45
    return np.where(is_typical, kinds[y], rng.integers(8, size=(len(y), 30))), y


def on_earth(seed: int) -> Labelled:
    """Latitudes and longitudes of ten places, two of them at the date line and one at a pole."""
    rng = np.random.default_rng(seed)
    centres = np.radians([[89, 0], [0, 180], [-20, -179], [50, 10], [40, -75]])
    centres = np.concatenate([centres, rng.uniform(-1.2, 1.2, (5, 2)) * [1, 2.5]])
    y = rng.integers(10, size=N_FITTED + N_NEW)
    return _around(centres[y], 0.12, rng), y


def tracks(seed: int) -> Labelled:
    """Six ways around the globe, each across the date line."""
    rng = np.random.default_rng(seed)
    y = rng.integers(6, size=N_FITTED + N_NEW)
    longitude = rng.uniform(-np.pi, np.pi, len(y))
    latitude = -1.2 + 0.48 * y + 0.1 * np.sin(2 * longitude)
    return _around(np.stack([latitude, longitude], axis=1), 0.03, rng), y


def _around(
    places: NDArray[np.float64], spread: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Places on the sphere, moved a little."""
    latitude, longitude = places.T
    across = np.cos(latitude)
    x = np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], 1)
    x += spread * rng.normal(size=x.shape)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return np.stack([np.arcsin(x[:, 2]), np.arctan2(x[:, 1], x[:, 0])], axis=1)


def digits(seed: int) -> Labelled:
    """Images of digits, 64 columns."""
    X, y = load_digits(return_X_y=True)
    return X, y


def fashion(seed: int) -> Labelled:
    """Images of clothes, 784 columns."""
    split = load_split("fashion_mnist")
    return split.X_train[:6_000].astype(np.float64), split.y_train[:6_000]


def bladder(seed: int) -> Labelled:
    """Cells, 2,000 genes."""
    data = np.load(DATA_DIR / "mouse_bladder.npz", allow_pickle=True)
    return data["X_log_hvg"].astype(np.float64), np.unique(data["y"], return_inverse=True)[1]


def bladder_components(seed: int) -> Labelled:
    """The same, 30 principal components."""
    X, y = bladder(seed)
    return PCA(30, random_state=0).fit_transform(X), y


def news(make: Callable[[], Any]) -> Callable[[int], Labelled]:
    """Reuters R8, sparse columns of words."""

    def load(seed: int) -> Labelled:
        frame = pd.read_csv(DATA_DIR / "reuters_r8.csv.gz").query("split == 'train'")
        X = sparse.csr_array(make().fit_transform(frame.text.astype(str)))
        return X, np.unique(frame.label, return_inverse=True)[1]

    return load


def adult(seed: int) -> Labelled:
    """Columns of categories as numbers; earning more than 50,000 is the label."""
    frame = pd.read_csv(DATA_DIR / "adult.csv.gz").query("split == 'train'").dropna()[:8_000]
    y = np.unique(frame.pop("income"), return_inverse=True)[1]
    names = frame.drop(columns="split").select_dtypes(exclude="number")
    return np.stack([np.unique(frame[name], return_inverse=True)[1] for name in names], 1), y


def flags(load: Callable[[int], Labelled], *, as_sparse: bool = False) -> Callable[..., Labelled]:
    """What is above the mean of its column; of categories one column each."""

    def make(seed: int) -> Labelled:
        X, y = load(seed)
        if load is adult:
            X = pd.get_dummies(pd.DataFrame(X).astype(str)).to_numpy()
        X = X.mean(axis=0) < X
        return (sparse.csr_array(X.astype(np.float32)) if as_sparse else X), y

    return make


def chi_square(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Differences of histograms; numba reads it as well as Python."""
    total = 0.0
    for i in range(len(a)):
        both = a[i] + b[i]
        if both > 0:
            total += (a[i] - b[i]) ** 2 / both
    return total**0.5


def cubic(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Minkowski's distance of p=3, by hand."""
    total = 0.0
    for i in range(len(a)):
        total += abs(a[i] - b[i]) ** 3
    return total ** (1 / 3)


def _tf_idf() -> Any:
    return TfidfVectorizer(sublinear_tf=True, min_df=2)


def _words() -> Any:
    return CountVectorizer(binary=True, min_df=5, dtype=np.float32)


_Line = tuple[str, str, Callable[[int], Labelled], Any, Mapping[str, Any]]
LINES: tuple[_Line, ...] = (
    ("correlation", "shapes", shapes, "correlation", {}),
    ("correlation", "digits", digits, "correlation", {}),
    ("correlation", "bladder", bladder, "correlation", {}),
    ("cosine", "topics", topics, "cosine", {}),
    ("cosine", "digits", digits, "cosine", {}),
    ("cosine", "news", news(_tf_idf), "cosine", {}),
    ("hamming", "categories", categories, "hamming", {}),
    ("hamming", "adult", adult, "hamming", {}),
    ("hamming", "digits, flags", flags(digits), "hamming", {}),
    ("jaccard", "digits, flags", flags(digits), "jaccard", {}),
    ("jaccard", "fashion, flags", flags(fashion), "jaccard", {}),
    ("jaccard, sparse", "news, words", news(_words), "jaccard", {}),
    ("jaccard, sparse", "adult, flags", flags(adult, as_sparse=True), "jaccard", {}),
    ("minkowski", "digits", digits, "minkowski", {"p": 3}),
    ("minkowski", "bladder, components", bladder_components, "minkowski", {"p": 3}),
    ("haversine", "places", on_earth, "haversine", {}),
    ("haversine", "tracks", tracks, "haversine", {}),
    ("precomputed", "digits, braycurtis", digits, "braycurtis", {}),
    ("precomputed", "fashion, manhattan", fashion, "manhattan", {}),
    ("pairs", "digits, manhattan", digits, "manhattan", {}),
    ("pairs", "bladder, cosine", bladder, "cosine", {}),
    ("callable", "digits, chi-square", digits, chi_square, {}),
    ("callable", "digits, p=3", digits, cubic, {}),
)


def cases(seed: int, metrics: list[str]) -> Iterator[Case]:
    """All cases of some metrics, cut into rows to fit and new rows by the seed."""
    for metric, data, load, compare, parameters in LINES:
        if metric not in metrics:
            continue
        X, y = load(seed)
        order = np.random.RandomState(seed).permutation(len(y))
        fitted, new = order[:N_FITTED], order[N_FITTED : N_FITTED + N_NEW]
        yield Case(metric, data, X[fitted], y[fitted], X[new], y[new], compare, parameters)
