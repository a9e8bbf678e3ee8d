"""How many of scikit-learn's own estimator checks does each embedding tool fail?

    python benchmarks/estimator_checks.py

Each tool is built with settings that keep its fits short; nothing is excused.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import _tables
from sklearn.utils.estimator_checks import check_estimator

from aae_sklearn import (
    AdversarialAutoencoder,
    AdversarialAutoencoderClassifier,
    AdversarialAutoencoderClusterer,
)


def _peer(module: str, name: str, **params: Any) -> Callable[[], Any]:
    return lambda: getattr(importlib.import_module(module), name)(**params)


TOOLS: dict[str, Callable[[], Any]] = {
    "aae_sklearn AdversarialAutoencoder": lambda: AdversarialAutoencoder(max_iter=3),
    "aae_sklearn, without neighbour term": lambda: AdversarialAutoencoder(
        max_iter=3, neighbor_weight=0
    ),
    "aae_sklearn AdversarialAutoencoderClassifier": lambda: AdversarialAutoencoderClassifier(
        max_iter=20
    ),
    "aae_sklearn AdversarialAutoencoderClusterer": lambda: AdversarialAutoencoderClusterer(
        max_iter=20
    ),
    "scikit-learn TSNE": _peer("sklearn.manifold", "TSNE", perplexity=2, max_iter=250),
    "umap-learn UMAP": _peer("umap", "UMAP", n_epochs=10),
    "openTSNE TSNEEstimator": _peer("openTSNE.sklearn", "TSNE", perplexity=2, n_iter=50),
    "PaCMAP": _peer("pacmap", "PaCMAP"),
    "TorchDR UMAP": _peer("torchdr", "UMAP", max_iter=10),
}


def count(tool: Callable[[], Any]) -> tuple[str, str, str]:
    """Checks that passed, were skipped and failed, or why there are none."""
    try:
        estimator = tool()
    except ImportError:
        return "not installed", "", ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            results = check_estimator(estimator, on_fail=None)
        except (TypeError, RuntimeError) as error:  # the checks cannot even be listed
            return "refused", "", str(error).splitlines()[0][:70]
    status = [result["status"] for result in results]
    return str(status.count("passed")), str(status.count("skipped")), str(status.count("failed"))


def main() -> None:
    """Print and save the table."""
    rows = [(name, *count(tool)) for name, tool in TOOLS.items()]
    title = "# scikit-learn's estimator checks\n\n"
    where = _tables.versions("scikit-learn", "umap-learn", "openTSNE", "pacmap", "torchdr")
    table = _tables.markdown(("tool", "passed", "skipped", "failed"), rows)
    _tables.save("estimator_checks", f"{title}{where}; {_tables.machine()}\n\n{table}")


if __name__ == "__main__":
    main()
