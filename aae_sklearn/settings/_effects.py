"""Parameters that were set and have no effect under the others.

They are warned about and not refused: a grid over `n_components` may hold a metric for its maps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aae_sklearn.settings._config import TrainingConfig
from aae_sklearn.settings._resolve import is_map_by_default

_OF_LAYOUT = ("metric", "metric_params", "n_neighbors", "layout_max_iter", "parametric")
_OF_GAME = ("discriminator_layer_sizes", "discriminator_learning_rate_init")
_OF_STOPPING = ("validation_fraction", "n_iter_no_change", "tol")
_OF_OWN_NETWORKS = ("hidden_layer_sizes", "activation")


@dataclass(frozen=True)
class Idle:
    """A parameter without effect.

    Attributes
    ----------
    name : str
    reason : str
    cure : str
        What would give it one.
    """

    name: str
    reason: str
    cure: str

    def __str__(self) -> str:
        return f"{self.name} has no effect {self.reason}; {self.cure}, or leave it at its default"


def idle_parameters(
    params: Mapping[str, Any], standing: Mapping[str, Any], config: TrainingConfig
) -> Iterator[Idle]:
    """Parameters that are not at their default and change nothing.

    Parameters
    ----------
    params, standing : mapping of str to object
        What the user set, and what stands if nothing is set.
    config : TrainingConfig
        What they were resolved to.
    """
    for idle in _idle(params, config):
        if not _is_default(params[idle.name], standing[idle.name]):
            yield idle


def _idle(params: Mapping[str, Any], config: TrainingConfig) -> Iterator[Idle]:
    if not config.features.lays_out:
        reason = f"on {config.network.n_components} components without a layout by neighbours"
        yield from (Idle(name, reason, "set neighbor_weight=1") for name in _OF_LAYOUT)
        if config.network.n_labels == 0:
            cure = "set neighbor_weight=1, or a prior with a mixture component for each class"
            yield Idle("label_weight", f"{reason} and without a game by classes", cure)
    if config.adversarial_weight == 0:
        cure = "raise adversarial_weight"
        yield from (Idle(name, "where no game is played", cure) for name in _OF_GAME)
        # Elsewhere the default is another model.
        if is_map_by_default(params) and params["neighbor_weight"] not in (0, 1):
            yield Idle("neighbor_weight", "on a map that no prior pulls at", cure)
    if params["label_weight"] == 0:
        yield Idle("unlabeled", "where labels do not count", "raise label_weight")
    if not config.early_stopping:
        yield from (
            Idle(name, "without early stopping", "set early_stopping=True")
            for name in _OF_STOPPING
        )
    if config.reconstruction_loss == "log_loss":
        cure = "use reconstruction_loss='squared_error'"
        yield Idle("feature_scaling", "with log_loss, which reads X as it is", cure)
    if config.network.encoder_factory is not None and config.network.decoder_factory is not None:
        cure = "leave out a factory"
        yield from (Idle(name, "on your own networks", cure) for name in _OF_OWN_NETWORKS)


def _is_default(value: Any, default: Any) -> bool:
    if default is None or isinstance(default, str):
        return value is default or (isinstance(value, str) and value == default)
    return bool(np.array_equal(value, default))
