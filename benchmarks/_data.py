"""Data sets of the benchmarks, from AAE_DATA_DIR or from OpenML."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_openml, load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from aae_sklearn.rows._rows import take_rows

DATA_DIR = Path(os.environ.get("AAE_DATA_DIR", Path(__file__).parents[2] / "shared" / "data"))
_OPENML = {"mnist": "mnist_784", "fashion_mnist": "Fashion-MNIST"}
_SHIFTED_TOGETHER = 1000
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


def subsample(split: Split, n_rows: int, seed: int = 0) -> Split:
    """The split with only some of its rows to fit, drawn at random."""
    chosen = np.random.RandomState(seed).permutation(len(split.X_train))[:n_rows]
    X = take_rows(split.X_train, chosen)
    return replace(split, X_train=X, y_train=split.y_train[chosen])


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


def write_rows(n_rows: int, folder: Path) -> str:
    """Write X_train, y_train, X_test and y_test as .npy files; returns what they are.

    1,797 are the digits (75 % to fit); up to 60,000 are rows of MNIST, drawn at random; more
    are MNIST's again and again, each copy shifted by up to a pixel (between pixels by
    interpolation) and with noise. New rows
    are always MNIST's (or the digits') own held-out rows.
    """
    split = load_split("digits" if n_rows == 1797 else "mnist")
    if n_rows < len(split.X_train):
        split = subsample(split, n_rows)
    X, y, about = split.X_train, split.y_train, split.name
    if n_rows > len(X) and split.name == "mnist":
        _write_shifted(X, n_rows, folder / "X_train.npy")
        y, about = np.resize(y, n_rows), "mnist repeated, shifted by up to a pixel, with noise"
    else:
        np.save(folder / "X_train.npy", X)
    np.save(folder / "y_train.npy", y)
    np.save(folder / "X_test.npy", split.X_test)
    np.save(folder / "y_test.npy", split.y_test)
    return about


def read_rows(folder: Path, *, mapped: bool) -> Split:
    """Read what `write_rows` wrote; rows to fit may stay in their file."""
    X = np.load(folder / "X_train.npy", mmap_mode="r" if mapped else None)
    y, X_test, y_test = (
        np.load(folder / f"{name}.npy") for name in ("y_train", "X_test", "y_test")
    )
    return Split(folder.name, X, y, X_test, y_test)


def _write_shifted(X: NDArray[np.float32], n_rows: int, path: Path) -> None:
    """Each pass over the rows of X moves every image by its own pixels; the first by none."""
    rng = np.random.default_rng(0)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, X.shape[1]))
    for start in range(0, n_rows, _SHIFTED_TOGETHER):
        part = np.arange(start, min(start + _SHIFTED_TOGETHER, n_rows))
        images = X[part % len(X)].reshape(-1, 28, 28)
        if start >= len(X):
            for axis, shift in enumerate(rng.uniform(-1, 1, size=2), start=1):
                moved = np.roll(images, int(np.sign(shift)), axis=axis)
                images = images + np.float32(abs(shift)) * (moved - images)
            images = images + rng.normal(0, 0.02, images.shape).astype("f4")
        rows[part[0] : part[-1] + 1] = images.reshape(len(part), -1)
    rows.flush()
