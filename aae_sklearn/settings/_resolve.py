"""Parameters and the shape of X to a `TrainingConfig` without "auto".

Whatever is wrong with a parameter is said here, before anything is computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse

from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import (
    InputsConfig,
    LayoutConfig,
    NetworkConfig,
    TaughtConfig,
    TrainingConfig,
)


def resolve_config(
    params: dict[str, Any],
    rows: Any,
    max_laid_out: int = defaults.LAYOUT_MAX_ROWS,
    n_labels: int = 0,
    is_normal: bool = True,
) -> TrainingConfig:
    """Turn parameters that passed their constraints into a config without "auto".

    Parameters
    ----------
    params : dict
    rows : {array, sparse matrix} of shape (n_samples, n_features)
    max_laid_out : int
        Rows that a layout under this metric may have; of more, a random subset.
    n_labels : int
        Width of the labels that a discriminator reads.
    is_normal : bool
        Whether the prior is a normal distribution to the networks.
    """
    n_samples, n_features = rows.shape
    if params["reconstruction_loss"] == "log_loss":
        check_unit_interval(rows)
    n_training = n_samples
    if params["early_stopping"]:
        n_training -= n_validation_rows(n_samples, params["validation_fraction"])
    lays_out = _resolve_neighbor_weight(params) > 0
    if lays_out:
        n_training = min(n_training, max_laid_out)
    features = _resolve_features(params, n_training)
    n_updates = _resolve_updates(params, n_training, features.kind, is_normal)
    if n_updates is not None and not lays_out:
        n_training = min(n_training, n_updates * defaults.BATCH_ROWS)
    network = _resolve_network(params, n_training, n_features, features.kind)
    network = replace(network, n_labels=n_labels)
    most = defaults.MAP_BATCH_ROWS if network.refines else defaults.BATCH_ROWS
    batch_size = _resolve_batch_size(params["batch_size"], n_training, n_updates, most)
    return TrainingConfig(
        network=network,
        features=features,
        reconstruction_loss=params["reconstruction_loss"],
        standardization=_resolve_standardization(params),
        adversarial_weight=resolve_adversarial_weight(params),
        n_rows=n_training,
        n_epochs=_resolve_epochs(params, n_updates, n_training // batch_size),
        batch_size=batch_size,
        learning_rate=_resolve_rate(params["learning_rate_init"], params),
        discriminator_learning_rate=_resolve_rate(
            params["discriminator_learning_rate_init"], params
        ),
        early_stopping=params["early_stopping"],
        validation_fraction=float(params["validation_fraction"]),
        n_iter_no_change=params["n_iter_no_change"],
        tol=float(params["tol"]),
        label_weight=float(params["label_weight"]),
    )


def n_validation_rows(n_samples: int, fraction: float) -> int:
    """How many rows early stopping holds out; at least one, and leaving two."""
    n_held_out = max(1, round(fraction * n_samples))
    if n_samples - n_held_out < 2:
        raise ValueError(
            f"early_stopping with validation_fraction={fraction:g} leaves "
            f"{n_samples - n_held_out} of {n_samples} rows to train on; pass more rows"
            f"{', or lower the fraction' if n_samples > 2 else ''}"
        )
    return n_held_out


def _resolve_network(
    params: dict[str, Any], n_training: int, n_features: int, kind: str
) -> NetworkConfig:
    own = params["encoder_factory"] is not None or params["decoder_factory"] is not None
    if params["encoder_factory"] is not None and params["encoder"] != "deterministic":
        raise ValueError(
            f"encoder={params['encoder']!r} cannot be combined with encoder_factory, whose "
            "module gives the codes themselves; use encoder='deterministic'"
        )
    encoder_sizes, decoder_sizes = _resolve_hidden_sizes(params["hidden_layer_sizes"], kind)
    rotates = not own and params["reconstruction_loss"] == "squared_error"
    n_inputs = min(defaults.INPUTS_MAX, defaults.INPUTS_PER_COMPONENT * params["n_components"])
    return NetworkConfig(
        n_features=n_features,
        n_inputs=min(n_features, n_training - 1, n_inputs) if rotates else n_features,
        rotates=rotates,
        n_components=params["n_components"],
        encoder_layer_sizes=encoder_sizes,
        decoder_layer_sizes=decoder_sizes,
        discriminator_layer_sizes=_as_tuple(params["discriminator_layer_sizes"]),
        activation=params["activation"],
        posterior=params["encoder"],
        refines=kind == LayoutConfig.kind,
        encoder_factory=params["encoder_factory"],
        decoder_factory=params["decoder_factory"],
    )


def _resolve_hidden_sizes(sizes: Any, kind: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hidden layers of encoder and decoder."""
    if isinstance(sizes, str):
        return _ENCODER_LAYERS[kind], defaults.HIDDEN_LAYERS
    hidden = _as_tuple(sizes)
    return hidden, hidden[::-1]


_ENCODER_LAYERS = {
    InputsConfig.kind: defaults.HIDDEN_LAYERS,
    LayoutConfig.kind: defaults.MAP_ENCODER_LAYERS,
    TaughtConfig.kind: defaults.TAUGHT_LAYERS,
}


def resolve_adversarial_weight(params: Mapping[str, Any]) -> float:
    """The more components, the less the game counts."""
    if params["adversarial_weight"] == "auto":
        return min(0.5, 1 / int(params["n_components"]))
    return float(params["adversarial_weight"])


def _resolve_features(
    params: dict[str, Any], n_training: int
) -> InputsConfig | LayoutConfig | TaughtConfig:
    """What the encoder reads: inputs, places in a layout, or inputs with a layout to imitate."""
    weight = _resolve_neighbor_weight(params)
    if weight == 0:
        return InputsConfig()
    layout = _resolve_layout(params, weight, n_training)
    reads_rows = params["parametric"] or params["encoder_factory"] is not None
    return TaughtConfig(layout) if reads_rows else layout


def _resolve_neighbor_weight(params: dict[str, Any]) -> float:
    """Weight of neighbours; "auto" is 1 where that is a map, and else 0."""
    if params["neighbor_weight"] != "auto":
        return float(params["neighbor_weight"])
    return float(is_map_by_default(params))


def is_map_by_default(params: Mapping[str, Any]) -> bool:
    """Whether neighbours count where nobody says so: on a map, and not for wider codes.

    A layout of more than three components keeps groups apart, which suits a density clustering,
    but no game can then bring the codes to the prior, and they decode worse
    (benchmarks/notes/training.md, "Four to 16 components").
    """
    is_narrow = params["n_components"] <= defaults.MAP_MAX_COMPONENTS
    return bool(is_narrow and (params["parametric"] or params["encoder_factory"] is None))


def _resolve_layout(params: dict[str, Any], weight: float, n_rows: int) -> LayoutConfig:
    spacing = max(1.0, math.sqrt(defaults.FEW_ROWS / n_rows))  # few codes lie further apart
    more = min(2.0, spacing)
    n_batches = max(4, math.ceil(n_rows / defaults.LAYOUT_BATCH_ROWS))
    batch_size = max(n_rows // n_batches, min(n_rows, defaults.LAYOUT_BATCH_LEAST_ROWS))
    n_epochs = params["layout_max_iter"]
    if n_epochs == "auto":
        n_epochs = round(more * defaults.LAYOUT_EPOCHS * max(1, 4 / (n_rows // batch_size)))
    return LayoutConfig(
        n_components=params["n_components"],
        n_neighbors=_resolve_neighbors(params, n_rows, more),
        metric=params["metric"],
        metric_params=params["metric_params"],
        prior_weight=defaults.PRIOR_PULL / more * resolve_adversarial_weight(params) / weight,
        n_epochs=n_epochs,
        batch_size=batch_size,
        scale=spacing * defaults.LAYOUT_KERNEL_SCALE,
        label_weight=float(params["label_weight"]),
        arrangement_weight=defaults.ARRANGEMENT_WEIGHT * more**defaults.ARRANGEMENT_POWER,
        may_add_epochs=params["layout_max_iter"] == "auto",
    )


def _resolve_neighbors(params: dict[str, Any], n_rows: int, more: float) -> int:
    """Neighbours of a row: more on a plane of few rows, but at most a third of the others.

    On a line a row has few neighbours, and more would lead past the next turn of a curve.
    """
    wanted = round((more if params["n_components"] > 1 else 1) * params["n_neighbors"])
    known = _n_known(params, n_rows) if isinstance(params["metric"], tuple) else n_rows
    return int(min(wanted, known - 1, max(1, round((n_rows - 1) / 3))))


def _n_known(params: dict[str, Any], n_rows: int) -> int:
    """How many neighbours of each row were handed over; the rest is checked by the metric."""
    shapes, needed = [np.shape(part) for part in params["metric"]], params["n_neighbors"] + 1
    if len(shapes) != 2 or any(len(shape) != 2 or shape[1] < needed for shape in shapes):
        raise ValueError(
            f"metric=(indices, distances) must hold two arrays of shape ({n_rows}, at least "
            f"n_neighbors + 1 = {needed}), got shapes {shapes}"
        )
    return int(shapes[0][1])


def check_unit_interval(rows: Any) -> None:
    """Raise if a value lies outside [0, 1]."""
    cells = rows.data if sparse.issparse(rows) else rows
    first = 0.0 if sparse.issparse(rows) else np.nan  # what is not stored is 0; NaN is passed over
    low = float(np.fmin.reduce(cells, None, np.float64, initial=first))
    high = float(np.fmax.reduce(cells, None, np.float64, initial=first))
    if low < 0 or high > 1:
        raise ValueError(
            f"reconstruction_loss='log_loss' needs X in [0, 1], got values from {low:g} to "
            f"{high:g}; scale X with MinMaxScaler or use 'squared_error'"
        )


def _as_tuple(sizes: Any) -> tuple[int, ...]:
    """Layer sizes, given as one number or several, as a tuple of positive ints."""
    numbers = tuple(np.atleast_1d(np.asarray(sizes, dtype=object)))
    if any(not isinstance(n, Integral) or n < 1 for n in numbers):
        raise ValueError(f"layer sizes must be positive integers, got {sizes!r}")
    return tuple(int(n) for n in numbers)


def _resolve_standardization(params: dict[str, Any]) -> str:
    if params["reconstruction_loss"] == "log_loss":
        return "none"
    kind: str = params["feature_scaling"]
    return kind


def _resolve_batch_size(
    batch_size: int | str, n_training: int, n_updates: int | None, most: int
) -> int:
    """Rows of an update; with "auto" whole epochs make the updates that are meant."""
    if batch_size != "auto":
        return int(min(batch_size, n_training))
    usual = usual_batch_size(n_training, most)
    if n_updates is None:
        return usual
    n_epochs = max(1, round(n_updates * usual / n_training))
    return max(1, min(round(n_training * n_epochs / n_updates), usual))


def usual_batch_size(n_rows: int, most: int = defaults.BATCH_ROWS) -> int:
    """An eighth of few rows, and no fewer than 64."""
    eighth = 2 ** round(math.log2(max(n_rows / 8, 1)))
    return int(min(max(eighth, 64), most, n_rows))


def _resolve_updates(
    params: dict[str, Any], n_rows: int, kind: str, is_normal: bool
) -> int | None:
    """Updates that a model needs; None where the user counts epochs."""
    if params["max_iter"] != "auto":
        return None
    thousands = max(1.0, n_rows / 1000)
    if kind == LayoutConfig.kind:
        of_shape = 1.0 if is_normal else thousands**defaults.UPDATES_SHAPE_POWER
        return round(defaults.UPDATES_OF_MAP * of_shape)
    if kind == TaughtConfig.kind:
        of_lessons: float = thousands**defaults.UPDATES_LESSONS_POWER
        return round(defaults.UPDATES_OF_LESSONS * of_lessons)
    of_rows: float = min(
        (n_rows / 1000) ** defaults.UPDATES_FEW_ROWS_POWER,
        thousands**defaults.UPDATES_ROWS_POWER,
    )
    of_width: float = _width(params) ** defaults.UPDATES_WIDTH_POWER
    return round(defaults.UPDATES_OF_1000_ROWS * of_rows * of_width)


def _resolve_epochs(params: dict[str, Any], n_updates: int | None, n_batches: int) -> int:
    if n_updates is None:
        return int(params["max_iter"])
    return max(1, round(n_updates / max(1, n_batches)))


def _resolve_rate(rate: float | str, params: dict[str, Any]) -> float:
    if rate == "auto":
        rate = defaults.LEARNING_RATE / _width(params) ** defaults.RATE_WIDTH_POWER
    return float(rate)


def _width(params: dict[str, Any]) -> float:
    """Components of a code, in units of two."""
    return max(1.0, int(params["n_components"]) / 2)
