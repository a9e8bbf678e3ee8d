"""Metrics with coordinates as values that JSON can hold and arrays, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from aae_sklearn.neighbors._categories import Categories
from aae_sklearn.neighbors._coordinates import (
    Euclidean,
    Flags,
    OnSphere,
    Stretched,
    UnitLength,
    Whitened,
)
from aae_sklearn.neighbors._metric import CoordinateMetric
from aae_sklearn.runtime._packing import Packer, Unpacker

_CLASSES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (Categories, Euclidean, Flags, OnSphere, Stretched, UnitLength, Whitened)
}


def pack_metric(metric: CoordinateMetric, packer: Packer, name: str) -> dict[str, Any]:
    """A metric as JSON; its arrays are kept under names that begin so."""
    known: Any = metric
    values = {
        field.name: packer.value(f"{name}.{field.name}", getattr(known, field.name))
        for field in fields(known)
    }
    return {"class": type(metric).__name__, "values": values}


def unpack_metric(packed: dict[str, Any], unpacker: Unpacker) -> CoordinateMetric:
    """The inverse of `pack_metric`; classes are looked up among those of this package."""
    kind = _CLASSES[packed["class"]]
    values = {name: unpacker.value(value) for name, value in packed["values"].items()}
    metric: CoordinateMetric = kind(**values)
    return metric
