"""Keywords of TSNE and UMAP that a newcomer may type: the error names what to use here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

_OURS = {
    "perplexity": "use n_neighbors (15, for perplexity=30)",
    "n_iter": "leave it out: passes over the rows are chosen by their number (layout_max_iter)",
    "n_iter_without_progress": "use early_stopping and n_iter_no_change",
    "min_grad_norm": "use tol, with early_stopping",
    "n_epochs": "use layout_max_iter for the layout, max_iter for the networks",
    "epochs": "use max_iter",
    "learning_rate": "leave it out: the layout has its own (learning_rate_init is the networks')",
    "metric_kwds": "use metric_params",
    "min_dist": "use prior and adversarial_weight, which set the density of the map",
    "spread": "use prior and adversarial_weight, which set the density of the map",
    "target_weight": "use label_weight",
    "precomputed_knn": "use metric=(indices, distances)",
    "early_exaggeration": "leave it out: exaggeration is fixed",
    "init": "leave it out: the layout starts from principal components",
    "method": "leave it out: there is one method",
    "angle": "leave it out: nothing is approximated by a tree",
    "square_distances": "leave it out: distances are squared where they have to be",
    "n_jobs": (
        "leave it out: steps of the training take one thread, and work that is cut into parts as "
        "many as torch.set_num_threads says"
    ),
    "latent_dim": "use n_components",
}

Init = TypeVar("Init", bound=Callable[..., None])


def naming_ours(init: Init) -> Init:
    """An ``__init__`` of the same signature, which knows the names that others use."""

    @wraps(init)
    def __init__(self: object, *args: Any, **kwargs: Any) -> None:
        if foreign := [name for name in kwargs if name in _OURS]:
            own = type(self).__name__
            # All at once: a call of TSNE often has several, and should be mended once.
            wrong = [f"{own} has no parameter {name!r}; {_OURS[name]}" for name in foreign]
            if "max_iter" in kwargs:  # TSNE has it, too, for something else
                wrong.append("leave max_iter out: here it counts epochs of the networks")
            raise TypeError("\n".join(wrong))
        init(self, *args, **kwargs)

    return __init__  # type: ignore[return-value]
