"""Tiny models of each kind, and the files of each format that later versions must read.

``python -m tests.model_files`` writes those of the present format; old ones stay as they are.
"""

import warnings
from pathlib import Path

import numpy as np

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.runtime._files import FORMAT

FOLDER = Path(__file__).parent / "data"
ROWS = np.random.RandomState(0).uniform(size=(40, 5))
TINY = {
    "hidden_layer_sizes": (4,),
    "discriminator_layer_sizes": (3,),
    "max_iter": 2,
    "layout_max_iter": 2,
    "device": "cpu",
    "random_state": 0,
}
KINDS = {
    "map": {"neighbor_weight": 1, "n_neighbors": 5},
    "map_per_feature": {"neighbor_weight": 1, "feature_scaling": "per_feature"},
    "papers": {"neighbor_weight": 0},
    "gaussian": {"neighbor_weight": 0, "encoder": "gaussian"},
    "universal": {"neighbor_weight": 0, "encoder": "universal", "early_stopping": True},
    "log_loss": {"neighbor_weight": 0, "reconstruction_loss": "log_loss"},
    "map_compared": {"metric": "manhattan", "n_neighbors": 5},
    "map_log_loss": {"neighbor_weight": 1, "reconstruction_loss": "log_loss"},
}


def fit_tiny(kind, rows=ROWS, **params):
    """A model of a kind, fitted in a moment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return AdversarialAutoencoder(**{**TINY, **KINDS[kind], **params}).fit(rows)


if __name__ == "__main__":
    for kind in KINDS:
        fit_tiny(kind).save(FOLDER / f"format_{FORMAT}_{kind}.safetensors")
