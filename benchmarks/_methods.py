"""The methods that are compared: how each is built, places new rows, and which code it is."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

import aae_sklearn
from aae_sklearn import AdversarialAutoencoder

Seed = int | None
FREE_MAP_WEIGHT = 0.05
_PCA_OF_TSNE = 50


def _ours(**params: Any) -> Callable[[Seed, str], Any]:
    return lambda seed, device: AdversarialAutoencoder(random_state=seed, device=device, **params)


def _sklearn_tsne(seed: Seed, device: str) -> Any:
    from sklearn.manifold import TSNE

    return TSNE(random_state=seed, n_jobs=torch.get_num_threads())


def _umap(seed: Seed, device: str) -> Any:
    from umap import UMAP

    # With a seed it runs on one thread, whatever n_jobs says.
    return UMAP(random_state=seed, n_jobs=1 if seed is not None else torch.get_num_threads())


def _parametric_umap(seed: Seed, device: str) -> Any:
    from umap.parametric_umap import ParametricUMAP

    return ParametricUMAP(random_state=seed)


def _open_tsne(seed: Seed, device: str) -> Any:
    from openTSNE.sklearn import TSNE

    tsne = TSNE(random_state=seed, n_jobs=torch.get_num_threads())
    return make_pipeline(PCA(_PCA_OF_TSNE, random_state=seed), tsne)  # as its guide advises


def _pacmap(seed: Seed, device: str) -> Any:
    from pacmap import PaCMAP

    return PaCMAP(random_state=seed, save_tree=True)


def _torchdr_umap(seed: Seed, device: str) -> Any:
    from torchdr import UMAP

    return UMAP(random_state=seed, device=device)


def _cuml_umap(seed: Seed, device: str) -> Any:
    from cuml.manifold import UMAP

    return UMAP(random_state=seed)


METHODS: dict[str, Callable[[Seed, str], Any]] = {
    "ours": _ours(),
    "ours, free map": _ours(adversarial_weight=FREE_MAP_WEIGHT),
    "ours, the paper's model": _ours(neighbor_weight=0),
    "scikit-learn TSNE": _sklearn_tsne,
    "umap-learn": _umap,
    "openTSNE": _open_tsne,
    "PaCMAP": _pacmap,
    "ParametricUMAP": _parametric_umap,
    "TorchDR UMAP": _torchdr_umap,
    "cuML UMAP": _cuml_umap,
}
SAMPLE, SEEDED = "ours, 60,000 of the rows", "umap-learn, seeded"
OF_SPEED: dict[str, Callable[[Seed, str], Any]] = {
    SAMPLE: _ours(),
    SEEDED: lambda seed, device: _umap(0, device),
}
_NOT_OF_A_FIT = ("display", "metrics")
_PACKAGES = {
    "scikit-learn TSNE": "scikit-learn",
    "PaCMAP": "pacmap",
    "ParametricUMAP": "umap-learn",
    "TorchDR UMAP": "torchdr",
    "cuML UMAP": "cuml",
}


def is_ours(method: str) -> bool:
    """Whether it is a model of this package."""
    return method.startswith("ours")


def build(method: str, seed: Seed, device: str = "auto") -> Any:
    """An unfitted model; ImportError if its package is not installed."""
    if method == "TorchDR UMAP" and device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return (METHODS | OF_SPEED)[method](seed, device)


def place(model: Any, X_train: NDArray[Any], X: NDArray[Any]) -> NDArray[Any]:
    """Codes of new rows; some methods ask for the training rows again."""
    if type(model).__module__.startswith("pacmap"):
        return np.asarray(model.transform(X, basis=X_train))
    if type(model).__module__.startswith("torchdr"):
        return np.asarray(model.transform(X, X_train=X_train))
    return np.asarray(model.transform(X))


def version_of(method: str) -> str:
    """Version of the method's package; for ours also a fingerprint of its code."""
    if is_ours(method):
        return f"{aae_sklearn.__version__}-{fingerprint()}"
    try:
        return version(_PACKAGES.get(method, method))
    except PackageNotFoundError:
        return "not installed"


def fingerprint() -> str:
    """Hash of the code that a fit runs; comments, docstrings and layout do not count."""
    folder = Path(aae_sklearn.__file__).parent
    digest = hashlib.sha1()
    paths = [path for path in folder.rglob("*.py") if path.parent.name not in _NOT_OF_A_FIT]
    for path in sorted(paths):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [line for line in body if not _is_string(line)]  # type: ignore[attr-defined]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:8]


def _is_string(line: ast.stmt) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
