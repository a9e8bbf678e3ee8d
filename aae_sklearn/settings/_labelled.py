"""Parameters of the estimators that know classes, to configs without "auto"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import (
    HeadsConfig,
    InputsConfig,
    LayoutConfig,
    TaughtConfig,
    TrainingConfig,
)
from aae_sklearn.settings._resolve import (
    resolve_adversarial_weight,
    resolve_config,
    usual_batch_size,
)

LEARNERS_ACTIVATION = "silu"


@dataclass(frozen=True)
class LabelledConfig:
    """How a model that knows classes is trained, resolved.

    Attributes
    ----------
    training : TrainingConfig
    layout : LayoutConfig
        Of the graph of neighbours.
    n_lessons : int
        Updates of each network that learns the classes before the model does.
    goes_on : bool
        Whether the encoder begins as the last of them.
    """

    training: TrainingConfig
    layout: LayoutConfig
    n_lessons: int
    goes_on: bool


def resolve_labelled(
    params: Mapping[str, Any],
    standing: Mapping[str, Any],
    rows: Any,
    n_classes: int,
    max_laid_out: int,
    *,
    has_learners: Callable[[int], bool],
) -> LabelledConfig:
    """Turn parameters that passed their constraints into configs without "auto".

    Parameters
    ----------
    params, standing : mapping of str to object
        Parameters of the estimator, and defaults of `AdversarialAutoencoder` for the others.
    rows : {array, sparse matrix} of shape (n_samples, n_features)
    n_classes : int
    max_laid_out : int
        Rows whose neighbours can be sought under the metric.
    has_learners : callable
        Whether networks learn the classes of so many rows before the model does.
    """
    n_rows = min(rows.shape[0], defaults.LABELLED_MAX_ROWS, max_laid_out)
    goes_on = has_learners(n_rows) and _is_like_learners(params)
    usual = max(defaults.LABELLED_LEAST_UPDATES, _scaled(defaults.LABELLED_UPDATES, n_rows))
    if goes_on:
        usual = min(usual, defaults.LEARNT_MOST_UPDATES)
    whole = {
        **standing,
        **{name: value for name, value in params.items() if name in standing},
        "parametric": True,
        "neighbor_weight": 1.0,
        "n_components": defaults.NARROW_COMPONENTS,
        "adversarial_weight": resolve_adversarial_weight(params),
        "learning_rate_init": _resolve_rate(params),
        **_resolve_updates(params, n_rows, usual),
    }
    config = resolve_config(whole, rows, n_rows)
    assert isinstance(config.features, TaughtConfig)
    heads = HeadsConfig(n_classes, params["heads"])
    width = n_classes + int(params["n_components"])
    n_inputs = min(defaults.INPUTS_MAX, n_rows - 1, rows.shape[1])
    network = replace(config.network, n_components=width, n_inputs=n_inputs, heads=heads)
    if isinstance(params["hidden_layer_sizes"], str):
        network = replace(network, encoder_layer_sizes=labelled_layers(n_rows))
    training = replace(config, network=network, features=InputsConfig(), n_rows=n_rows)
    n_neighbors = min(int(params["n_neighbors"]), max(1, (n_rows - 1) // 3))
    layout = replace(config.features.layout, n_neighbors=n_neighbors)
    n_steps = config.n_epochs * max(1, n_rows // config.batch_size)
    n_lessons = round(_scaled(defaults.LEARNER_UPDATES, n_rows) * n_steps / usual)
    n_lessons = max(defaults.LEARNER_LEAST_UPDATES, n_lessons)
    return LabelledConfig(training, layout, n_lessons, goes_on)


def labelled_layers(n_rows: int) -> tuple[int, ...]:
    """Hidden layers of a network that learns classes from so many rows."""
    few = n_rows <= defaults.FEW_ROWS
    return defaults.FEW_LABELLED_LAYERS if few else defaults.LABELLED_LAYERS


def _is_like_learners(params: Mapping[str, Any]) -> bool:
    """Whether the encoder's hidden layers are those of the networks that learn classes."""
    is_auto = isinstance(params["hidden_layer_sizes"], str)
    return is_auto and params["activation"] == LEARNERS_ACTIVATION


def _resolve_rate(params: Mapping[str, Any]) -> float:
    rate = params["learning_rate_init"]
    return defaults.LABELLED_RATE if rate == "auto" else float(rate)


def _scaled(updates: tuple[int, float], n_rows: int) -> float:
    """Updates for so many rows, by those for many and the power by which they grow."""
    most, power = updates
    return float(most * (n_rows / defaults.LABELLED_UPDATES_ROWS) ** power)


def _resolve_updates(params: Mapping[str, Any], n_rows: int, usual: float) -> dict[str, int]:
    """Epochs and rows of an update: few rows are seen more often."""
    batch_size = params["batch_size"]
    if batch_size == "auto":
        batch_size = usual_batch_size(n_rows)
    n_epochs = params["max_iter"]
    if n_epochs == "auto":
        n_epochs = max(1, round(usual / max(1, n_rows // batch_size)))
    return {"max_iter": n_epochs, "batch_size": batch_size}
