"""A config as values that JSON can hold, and back.

A field that a later version adds needs a default, so that files without it can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from typing import Any

import numpy as np

from aae_sklearn.settings._config import (
    HeadsConfig,
    InputsConfig,
    LayoutConfig,
    NetworkConfig,
    TaughtConfig,
    TrainingConfig,
)

_FEATURES = {kind.kind: kind for kind in (InputsConfig, LayoutConfig, TaughtConfig)}
_ANY_FEATURES = "InputsConfig | LayoutConfig | TaughtConfig"


def pack_config(config: Any, leave_out: Callable[[str, object], Any]) -> dict[str, Any]:
    """A config as JSON; `leave_out` gives what stands for an object that JSON cannot hold."""
    packed = {"kind": config.kind} if hasattr(config, "kind") else {}
    for field in fields(config):
        value = getattr(config, field.name)
        if isinstance(value, np.generic):
            value = value.item()  # a parameter from an array, as np.arange(2, 5) gives them
        if field.name == "metric_params":
            packed[field.name] = None  # the estimator's parameter says it, and the metric knows it
        elif is_dataclass(value):
            packed[field.name] = pack_config(value, leave_out)
        elif value is None or isinstance(value, (bool, int, float, str)):
            packed[field.name] = value
        elif field.type == "tuple[int, ...]":
            packed[field.name] = list(value)
        else:
            packed[field.name] = leave_out(field.name, value)
    return packed


def unpack_config(packed: dict[str, Any], take: Callable[[Any], Any]) -> TrainingConfig:
    """The inverse of `pack_config`; `take` gives the object that something stands for.

    Raises
    ------
    ValueError
        If a value cannot be in a config.
    """
    config: TrainingConfig = _unpack(TrainingConfig, packed, take)
    return config


def _unpack(kind: Any, packed: dict[str, Any], take: Callable[[Any], Any]) -> Any:
    known = {field.name: field for field in fields(kind)}
    return kind(**{name: _field(known[name], value, take) for name, value in packed.items()})


def _field(field: Field[Any], value: Any, take: Callable[[Any], Any]) -> Any:
    if field.type == "NetworkConfig":
        return _unpack(NetworkConfig, value, take)
    if field.type == "HeadsConfig | None" and value is not None:
        return _unpack(HeadsConfig, value, take)
    if field.type in (_ANY_FEATURES, "LayoutConfig"):
        rest = dict(value)
        return _unpack(_FEATURES[rest.pop("kind")], rest, take)
    if field.type == "tuple[int, ...]":
        return tuple(_checked(field.name, "int", size) for size in value)
    if field.type in ("int", "float", "bool", "str"):
        return _checked(field.name, field.type, value)
    if value is None or (field.type == "Any" and isinstance(value, str)):
        return value
    return take(value)


def _checked(name: str, kind: str, value: Any) -> Any:
    """The value, if it is of the kind; whole numbers count something, labels from 0."""
    least = 0 if name == "n_labels" else 1
    if kind == "float" and type(value) is int:
        value = float(value)
    if type(value).__name__ != kind or (kind == "int" and value < least):
        raise ValueError(f"{name} of the config is {value!r}, and no {kind} that it can be")
    return value
