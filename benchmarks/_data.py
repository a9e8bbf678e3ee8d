"""Data sets of the benchmarks, from AAE_DATA_DIR or from OpenML."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_openml, load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

DATA_DIR = Path(os.environ.get("AAE_DATA_DIR", Path(__file__).parents[2] / "shared" / "data"))
_OPENML = {"mnist": "mnist_784", "fashion_mnist": "Fashion-MNIST"}
IMAGE_SHAPES = {"mnist": (28, 28), "fashion_mnist": (28, 28), "digits": (8, 8)}


@dataclass(frozen=True)
class Split:
    """Rows to fit, rows held out, and their labels."""

    name: str
    X_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    X_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def load_split(name: str, seed: int = 0) -> Split:
    """Load a data set by name; images keep their published split, others get 75/25."""
    if name in _OPENML:
        return _images(name)
    X, y = _table(name)
    y = np.unique(y, return_inverse=True)[1]
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, random_state=seed, stratify=y
    )
    if name == "mouse_bladder":  # the published components were fitted on all cells
        pca = PCA(50, random_state=0).fit(X_train)
        X_train, X_test = pca.transform(X_train), pca.transform(X_test)
    return Split(name, X_train.astype("f4"), y_train, X_test.astype("f4"), y_test)


def _images(name: str) -> Split:
    path = DATA_DIR / f"{name}.npz"
    if path.exists():
        data = np.load(path)
        X = np.concatenate([data["X_train"], data["X_test"]])
        y = np.concatenate([data["y_train"], data["y_test"]])
    else:
        X, y = fetch_openml(
            _OPENML[name],
            version=1,
            as_frame=False,
            return_X_y=True,
            parser="liac-arff",
            n_retries=1,
        )
    X, y = X.astype("f4") / 255, y.astype(np.int64)
    return Split(name, X[:60_000], y[:60_000], X[60_000:], y[60_000:])


def _table(name: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        return X / 16, y
    path = DATA_DIR / f"{name}.npz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; set AAE_DATA_DIR to the folder that has it")
    data = np.load(path)
    return (data["X_log_hvg"] if name == "mouse_bladder" else data["X"]), data["y"]
