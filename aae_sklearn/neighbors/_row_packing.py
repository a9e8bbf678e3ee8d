"""References of a metric without coordinates as values that JSON can hold and arrays, and back.

Such references are the fitted rows themselves. What a file says of them is checked: neither numpy
nor scipy may be made to read outside of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.neighbors._distances import BOOLEAN_METRICS, Counted, Own, Summed
from aae_sklearn.neighbors._known import KnownIndex, PrecomputedIndex
from aae_sklearn.neighbors._metric import RowIndex
from aae_sklearn.neighbors._metric_index import MetricIndex, PairDistances
from aae_sklearn.neighbors._ranking import MeanReferences
from aae_sklearn.runtime._packing import Packer, Unpacker

_NUMBERS = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8"
_SUMMED = ("braycurtis", "canberra", "chebyshev", "cityblock", "hamming", "minkowski")


def pack_row_index(index: RowIndex, packer: Packer, name: str) -> dict[str, Any]:
    """References as JSON; arrays are kept under names that begin so.

    Raises
    ------
    NotPlain
        If a parameter of the metric is neither numbers nor a text.
    """
    kind = type(index).__name__
    pack, _ = _INDICES[kind]
    means = getattr(index, "means", None)
    if means is not None:
        for part in ("members", "weights", "spread"):
            packer.array(f"{name}.{part}", getattr(means, part))
    return {"kind": kind, "are_means": means is not None, **pack(index, packer, name)}


def unpack_row_index(
    packed: dict[str, Any], unpacker: Unpacker, name: str, shape: tuple[int, int]
) -> RowIndex:
    """The inverse of `pack_row_index`.

    Parameters
    ----------
    shape : (n_references, n_features)
        What the references must be.
    """
    _, unpack = _INDICES[packed["kind"]]
    means = _unpack_means(unpacker, name, shape[0]) if packed["are_means"] else None
    return unpack(packed, unpacker, name, shape, means)


def _unpack_means(unpacker: Unpacker, name: str, n_references: int) -> MeanReferences:
    members = unpacker.array(f"{name}.members", (n_references, None), "i8")
    weights = unpacker.array(f"{name}.weights", members.shape[1:], "f8")
    spread = unpacker.array(f"{name}.spread", (n_references,), "f8")
    _check_within(members, n_references, "members")
    return MeanReferences(members, weights, spread)


def _check_within(index: NDArray[Any], size: int, what: str) -> None:
    if index.size and not (index.min() >= 0 and index.max() < size):
        raise ValueError(f"{what} outside of [0, {size})")


def _pack_rows(index: Any, packer: Packer, name: str) -> dict[str, Any]:
    rows = index.references
    parts = {"rows": rows}
    if sparse.issparse(rows):
        parts = {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr}
    for part, array in parts.items():
        packer.array(f"{name}.{part}", array)
    metric = _pack_pair_metric(index.metric, packer, name)
    return {"metric": metric, "is_sparse": sparse.issparse(rows)}


def _unpack_rows(
    packed: dict[str, Any],
    unpacker: Unpacker,
    name: str,
    shape: tuple[int, int],
    means: MeanReferences | None,
) -> RowIndex:
    metric = _unpack_pair_metric(packed["metric"], unpacker, shape[1])
    read = _read_sparse if packed["is_sparse"] else _read_dense
    return MetricIndex(metric, read(unpacker, name, shape), means)


def _read_dense(unpacker: Unpacker, name: str, shape: tuple[int, int]) -> Any:
    return unpacker.array(f"{name}.rows", shape, _NUMBERS)


def _read_sparse(unpacker: Unpacker, name: str, shape: tuple[int, int]) -> Any:
    data = unpacker.array(f"{name}.data", (None,), _NUMBERS)
    indices = unpacker.array(f"{name}.indices", data.shape, "i4 i8")
    indptr = unpacker.array(f"{name}.indptr", (shape[0] + 1,), "i4 i8")
    rows = sparse.csr_array((data, indices, indptr), shape)
    rows.check_format(full_check=True)
    return rows


def _pack_pair_metric(metric: Any, packer: Packer, name: str) -> dict[str, Any]:
    kind = type(metric).__name__
    if kind == "Counted":
        return {"kind": kind, "name": metric.name}
    parameters = packer.value(f"{name}.parameters", dict(metric.parameters))
    known = (
        {"function": packer.left_out("metric", metric.function)}
        if metric.is_own
        else {"name": metric.name}
    )
    return {"kind": kind, "parameters": parameters, **known}


def _unpack_pair_metric(
    packed: dict[str, Any], unpacker: Unpacker, n_features: int
) -> PairDistances:
    if packed["kind"] == "Counted":
        return Counted(_one_of(packed["name"], BOOLEAN_METRICS))
    parameters = unpacker.value(packed["parameters"])
    if packed["kind"] == "Own":
        return Own(unpacker.left_out(packed["function"]), parameters)
    _check_parameters(parameters, n_features)
    return Summed(_one_of(packed["name"], _SUMMED), parameters)


def _one_of(name: Any, names: Any) -> str:
    if name not in names:
        raise ValueError(f"an unknown metric {name!r}")
    return str(name)


def _check_parameters(parameters: Mapping[str, Any], n_features: int) -> None:
    """Raise unless they are a power, and a weight for each column."""
    weights, power = parameters.get("w", np.ones(n_features)), parameters.get("p", 1.0)
    fits = np.shape(weights) == (n_features,) and bool(np.min(weights, initial=1.0) >= 0)
    if set(parameters) - {"p", "w"} or not (fits and isinstance(power, float) and power > 0):
        raise ValueError(f"impossible parameters of a metric, {list(parameters)}")


def _pack_columns(index: Any, packer: Packer, name: str) -> dict[str, Any]:
    packer.array(f"{name}.columns", index.columns)
    return {}


def _unpack_columns(
    packed: dict[str, Any],
    unpacker: Unpacker,
    name: str,
    shape: tuple[int, int],
    means: MeanReferences | None,
) -> RowIndex:
    columns = unpacker.array(f"{name}.columns", shape[:1], "i8")
    _check_within(columns, shape[1], "columns")
    return PrecomputedIndex(columns, means)


_Pack = Callable[[Any, Packer, str], dict[str, Any]]
_Unpack = Callable[
    [dict[str, Any], Unpacker, str, tuple[int, int], MeanReferences | None],
    RowIndex,
]

# By the class of an index: how it is packed and unpacked.
_INDICES: dict[str, tuple[_Pack, _Unpack]] = {
    "MetricIndex": (_pack_rows, _unpack_rows),
    "PrecomputedIndex": (_pack_columns, _unpack_columns),
    "KnownIndex": (
        lambda index, packer, name: {},
        lambda packed, unpacker, name, shape, means: KnownIndex(shape[0]),
    ),
}
