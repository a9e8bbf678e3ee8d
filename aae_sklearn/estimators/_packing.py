"""A fitted estimator as values that JSON can hold and arrays, and back.

This is what a file holds, and a pickle of the model. Classes are looked up among those that are
`savable`, so no code is run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from aae_sklearn.estimators._partitions import held_codes
from aae_sklearn.game._history import VALIDATION_SCORE, EpochRecord, as_lists
from aae_sklearn.model._model import Model
from aae_sklearn.model._packing import pack_model, unpack_model
from aae_sklearn.priors._packing import pack_prior, unpack_prior
from aae_sklearn.runtime._device import resolve_device
from aae_sklearn.runtime._packing import NotPlain, Packer, Unpacker, is_left_out

ESTIMATORS: dict[str, type] = {}

Kind = TypeVar("Kind", bound=type)


def savable(kind: Kind) -> Kind:
    """A class of estimators that files can hold."""
    ESTIMATORS[kind.__name__] = kind
    return kind


def pack_estimator(estimator: Any, packer: Packer) -> dict[str, Any]:
    """A fitted estimator as JSON; its numbers, and objects that are left out, go to the packer."""
    params = estimator.get_params(deep=False).items()
    return {
        "class": type(estimator).__name__,
        "params": {name: _pack_param(name, value, packer) for name, value in params},
        "model": pack_model(estimator._model, packer),
        "fitted": _pack_fitted(estimator, packer),
    }


def unpack_estimator(packed: dict[str, Any], unpacker: Unpacker) -> Any:
    """The inverse of `pack_estimator`, on the device of the estimator, if it is here."""
    params = {name: _unpack_param(name, p, unpacker) for name, p in packed["params"].items()}
    estimator = ESTIMATORS[packed["class"]](**params)
    estimator._validate_params()
    model = unpack_model(packed["model"], unpacker)
    _unpack_fitted(estimator, model, packed["fitted"], unpacker)
    unpacker.check_all_taken()
    estimator._model = model.to(device_here(estimator.device))
    return estimator


def pickled_model(model: Model) -> Any:
    """What a pickle holds of a model: what a file does, and objects that pickle can hold.

    A network that the user's factory built is pickled as it is, and so are reference rows.
    """
    if model.config.network.has_factories:
        return model.to(torch.device("cpu"))
    packer = Packer(without=["prior"])
    try:
        packed = pack_model(model, packer)
    except NotPlain:
        return model.to(torch.device("cpu"))
    return {"packed": packed, "arrays": packer.arrays, "objects": packer.objects}


def unpickled_model(state: Any) -> Model:
    """The inverse of `pickled_model`."""
    if isinstance(state, Model):
        return state
    return unpack_model(state["packed"], Unpacker(state["arrays"], state["objects"]))


def fitted_state(
    model: Model, records: Sequence[EpochRecord], embedding: NDArray[Any]
) -> dict[str, Any]:
    """Attributes of an estimator that follow from a fit."""
    return {
        "_model": model,
        "_records": list(records),
        "prior_": model.seen_prior,
        "history_": as_lists(records),
        "n_iter_": len(records),
        "embedding_": embedding,
    }


def _pack_param(name: str, value: Any, packer: Packer) -> Any:
    if name in packer.without:
        return packer.left_out(name, value)
    if name == "prior":
        return pack_prior(value, packer, "prior")
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    try:
        return packer.value(name, value)
    except NotPlain:
        return packer.left_out(name, value)


def _pack_fitted(estimator: Any, packer: Packer) -> dict[str, Any]:
    records: Sequence[EpochRecord] = estimator._records
    packer.array("embedding", held_codes(estimator.embedding_))
    losses = list(dict.fromkeys(name for record in records for name in record.losses))
    for name in losses:
        values = [record.losses.get(name, np.nan) for record in records]
        packer.array(f"history.{name}", np.array(values, dtype=np.float64))
    scores = [np.nan if r.validation_score is None else r.validation_score for r in records]
    packer.array(f"history.{VALIDATION_SCORE}", np.array(scores, dtype=np.float64))
    names = getattr(estimator, "feature_names_in_", None)
    return {
        "losses": losses,
        "feature_names": None if names is None else [*map(str, names)],
        "kept": {name: _pack_kept(name, estimator, packer) for name in estimator._kept_names},
    }


def _unpack_param(name: str, packed: Any, unpacker: Unpacker) -> Any:
    if is_left_out(packed):
        return unpacker.left_out(packed)
    return unpack_prior(packed, unpacker) if name == "prior" else unpacker.value(packed)


def _unpack_fitted(
    estimator: Any, model: Model, packed: dict[str, Any], unpacker: Unpacker
) -> None:
    n_features = model.config.network.n_features
    shape = (None, model.config.network.n_seen)
    embedding = unpacker.array("embedding", shape, "f4 f8", finite=False)  # a far code in float32
    vars(estimator).update(fitted_state(model, _unpack_records(packed, unpacker), embedding))
    estimator.n_features_in_ = n_features
    for name in type(estimator)._kept_names:
        setattr(estimator, name, _unpack_kept(packed["kept"][name], unpacker))
    names = packed["feature_names"]
    if names is not None:
        if len(names) != n_features or not all(isinstance(name, str) for name in names):
            raise ValueError(f"there are not {n_features} names of features")
        estimator.feature_names_in_ = np.array(names, dtype=object)


def _pack_kept(name: str, estimator: Any, packer: Packer) -> Any:
    """An attribute: a number or an array, of labels also of texts."""
    value = getattr(estimator, name)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return {"texts": packer.value(name, value.tolist()), "kind": value.dtype.kind}
    return packer.value(f"fitted.{name}", value)


def _unpack_kept(packed: Any, unpacker: Unpacker) -> Any:
    if isinstance(packed, dict) and "texts" in packed:
        kind = object if packed["kind"] == "O" else str
        return np.array(unpacker.value(packed["texts"]), dtype=kind)
    return unpacker.value(packed)


def _unpack_records(packed: dict[str, Any], unpacker: Unpacker) -> list[EpochRecord]:
    scores = unpacker.array(f"history.{VALIDATION_SCORE}", (None,), "f8", finite=False)
    shape = scores.shape
    columns = {
        name: unpacker.array(f"history.{name}", shape, "f8", finite=False).tolist()
        for name in packed["losses"]
    }
    return [
        EpochRecord(
            {name: values[i] for name, values in columns.items() if not np.isnan(values[i])},
            None if np.isnan(score) else score,
        )
        for i, score in enumerate(scores.tolist())
    ]


def device_here(name: str) -> torch.device:
    """The device of this name, or the CPU where there is none."""
    try:
        return resolve_device(name)
    except ValueError:
        return torch.device("cpu")
