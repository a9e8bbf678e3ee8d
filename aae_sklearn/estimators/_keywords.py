"""Keywords of TSNE and UMAP that a newcomer may type: the error names what to use here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

_OURS = {
    "perplexity": "n_neighbors (15, for perplexity=30)",
    "n_iter": "layout_max_iter",
    "n_iter_without_progress": "layout_max_iter",
    "n_epochs": "layout_max_iter for the layout, max_iter for the networks",
    "learning_rate": "learning_rate_init",
    "metric_kwds": "metric_params",
    "min_dist": "prior and adversarial_weight, which set the density of the map",
    "spread": "prior and adversarial_weight, which set the density of the map",
    "early_exaggeration": "the layout as it is: exaggeration is fixed",
    "init": "the layout as it is: it starts from principal components",
    "n_jobs": "torch.set_num_threads",
    "latent_dim": "n_components",
}

Init = TypeVar("Init", bound=Callable[..., None])


def naming_ours(init: Init) -> Init:
    """An ``__init__`` of the same signature, which knows the names that others use."""

    @wraps(init)
    def __init__(self: object, *args: Any, **kwargs: Any) -> None:
        for name in kwargs:
            if name in _OURS:
                raise TypeError(
                    f"{type(self).__name__} has no parameter {name!r}; use {_OURS[name]}"
                )
        init(self, *args, **kwargs)

    return __init__  # type: ignore[return-value]
