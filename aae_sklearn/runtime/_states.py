"""States of loops as values that JSON can hold and arrays, and back.

A state is what `state_dict` gives: tensors, arrays, numbers, texts, and dicts and lists of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.runtime._packing import NotPlain, Packer
from aae_sklearn.runtime._tensors import from_array


def pack_state(state: Any, packer: Packer, name: str) -> Any:
    """A state as JSON; its arrays are kept under names that begin so.

    Raises
    ------
    NotPlain
        If it holds something else, as modules of users may.
    """
    if isinstance(state, Mapping):
        packed = {key: pack_state(v, packer, f"{name}.{key}") for key, v in state.items()}
        return {"dict": packed}
    if isinstance(state, list | tuple):
        return {"list": [pack_state(v, packer, f"{name}.{i}") for i, v in enumerate(state)]}
    if isinstance(state, Tensor | np.ndarray):
        _keep(state, packer, name)
        return {"tensor" if isinstance(state, Tensor) else "array": name}
    if state is None or isinstance(state, bool | int | float | str):
        return state
    raise NotPlain(f"{name} holds {state!r:.80}, and not numbers")


def _keep(numbers: Any, packer: Packer, name: str) -> None:
    try:
        packer.array(name, numbers)
    except TypeError as error:  # numpy has no bfloat16
        raise NotPlain(f"{name} holds {numbers.dtype}, which a file does not") from error


def unpack_state(packed: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """The inverse of `pack_state`; sequences are lists."""
    if not isinstance(packed, dict):
        return packed
    ((kind, what),) = packed.items()
    if kind == "dict":
        return {key: unpack_state(value, arrays) for key, value in what.items()}
    if kind == "list":
        return [unpack_state(value, arrays) for value in what]
    if kind not in ("tensor", "array"):
        raise ValueError(f"a state of unknown kind {kind!r}")
    return from_array(arrays[what]) if kind == "tensor" else arrays[what]
