"""Values that JSON can hold, and arrays: what a file or a pickle holds of a model.

Whoever packs hands his numbers to a `Packer`, and gets them back from an `Unpacker`. Nothing that
is packed is code; an object that only code can make again is left out under its name, and is to
be handed in when the model is read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.runtime._tensors import from_array, to_array

Arrays = dict[str, NDArray[Any]]
_PLAIN = (bool, int, float, str)
_STATE_OF_MT19937 = {"key": (624,), "pos": (), "has_gauss": (), "gauss": ()}


class NotPlain(TypeError):
    """A value that neither JSON nor an array can hold."""


class Packer:
    """Takes in what a model consists of.

    Parameters
    ----------
    without : collection of str
        Names of objects to leave out, whatever they are.

    Attributes
    ----------
    arrays : dict of str to ndarray
    objects : dict of str to object
        What was left out.
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        self.without = without
        self.arrays: Arrays = {}
        self.objects: dict[str, object] = {}

    def array(self, name: str, values: Any) -> None:
        """Keep an array or a tensor under a name."""
        if isinstance(values, Tensor):
            values = to_array(values)
        values = np.asarray(values)
        if values.dtype.kind not in "biuf" or values.dtype.itemsize > 8:
            raise NotPlain(f"{name} holds {values.dtype}, and not numbers")
        native = values.dtype.newbyteorder("=")
        self.arrays[name] = np.asarray(values, dtype=native, order="C")

    def value(self, name: str, value: Any) -> Any:
        """A number, a text, or a sequence or an array of numbers, as JSON."""
        if value is None or isinstance(value, _PLAIN):
            return value
        if isinstance(value, np.generic) and isinstance(value.item(), _PLAIN):
            return value.item()
        if isinstance(value, (tuple, list)):
            plain = [v.item() if isinstance(v, np.generic) else v for v in value]
            if all(isinstance(v, _PLAIN) for v in plain):
                return {type(value).__name__: plain}
        if isinstance(value, tuple) and any(np.ndim(v) for v in value):
            raise NotPlain(f"{name} is a tuple of arrays")
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {"dict": {key: self.value(f"{name}.{key}", v) for key, v in value.items()}}
        if isinstance(value, np.random.RandomState):
            return self._random_state(name, value)
        try:
            self.array(name, value)
        except (TypeError, ValueError) as error:  # also of what is no array
            raise NotPlain(f"{name} is {value!r}") from error
        return {"array": name}

    def left_out(self, name: str, value: object) -> dict[str, str]:
        """Note an object that is to be handed in again."""
        self.objects[name] = value
        return {"object": name}

    def _random_state(self, name: str, value: np.random.RandomState) -> dict[str, str]:
        state: dict[str, Any] = value.get_state(legacy=False)
        if state["bit_generator"] != "MT19937":
            raise NotPlain(f"{name} draws from {state['bit_generator']}")
        for part, number in {**state, **state["state"]}.items():
            if part in _STATE_OF_MT19937:
                self.array(f"{name}.{part}", number)
        return {"random_state": name}


class Unpacker:
    """Gives back what a `Packer` took in.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    objects : mapping of str to object
        What was left out.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], objects: Mapping[str, object]) -> None:
        self.arrays = arrays
        self.objects = objects
        self.taken: set[str] = set()

    def array(
        self, name: str, shape: tuple[int | None, ...], kind: str, finite: bool = True
    ) -> NDArray[Any]:
        """An array, which must have this shape, where None is any size, and kind of numbers."""
        array = self.arrays[name]
        sizes = zip(array.shape, shape, strict=False)
        fits = array.ndim == len(shape) and all(n is None or m == n for m, n in sizes)
        if not fits or array.dtype.str.lstrip("<>=|") not in kind.split():
            raise ValueError(
                f"{name} holds {array.dtype} of shape {array.shape}, where {kind} of shape "
                f"{shape} is needed"
            )
        if finite and not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite")
        self.taken.add(name)
        return array

    def tensor(self, name: str, shape: tuple[int | None, ...], kind: str = "f4") -> Tensor:
        """The same as a tensor on the CPU."""
        return from_array(self.array(name, shape, kind))

    def tensors(self, prefix: str) -> dict[str, Tensor]:
        """All arrays whose names begin so, as tensors under the rest of their names."""
        names = [name for name in self.arrays if name.startswith(prefix)]
        self.taken.update(names)
        return {name.removeprefix(prefix): from_array(self.arrays[name]) for name in names}

    def value(self, packed: Any) -> Any:
        """What `Packer.value` made JSON of."""
        if not isinstance(packed, dict):
            return packed
        ((kind, what),) = packed.items()
        if kind in ("tuple", "list"):
            return tuple(what) if kind == "tuple" else list(what)
        if kind == "dict":
            return {key: self.value(v) for key, v in what.items()}
        if kind == "random_state":
            return self._random_state(what)
        if kind != "array":
            raise ValueError(f"a value of unknown kind {kind!r}")
        self.taken.add(what)
        return self.arrays[what]

    def left_out(self, packed: dict[str, str]) -> Any:
        """An object that was handed in."""
        return self.objects[packed["object"]]

    def check_all_taken(self) -> None:
        """Raise if there are arrays that belong to nothing."""
        left = sorted(set(self.arrays) - self.taken)
        if left:
            raise ValueError(f"arrays that belong to no part of a model: {', '.join(left)}")

    def _random_state(self, name: str) -> np.random.RandomState:
        key, pos, has_gauss, gauss = (
            self.array(f"{name}.{part}", shape, "u4 u8 i4 i8 f8")
            for part, shape in _STATE_OF_MT19937.items()
        )
        if not 0 <= pos <= len(key):
            raise ValueError(f"{name} is at position {pos} of {len(key)}")
        state = np.random.RandomState()
        state.set_state(("MT19937", key, int(pos), int(has_gauss), float(gauss)))
        return state


def is_left_out(packed: Any) -> bool:
    """Whether a packed value stands for an object that is to be handed in."""
    return isinstance(packed, dict) and set(packed) == {"object"}
