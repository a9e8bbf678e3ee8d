"""A short text that tells whether two values are the same, in other processes too.

Pickles of equal objects may differ: they hold addresses, and say which parts are one object. So a
value is taken apart here as pickle does it, and what it consists of is digested in order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from torch import Tensor

from aae_sklearn.runtime._tensors import to_array

_PLAIN = (bool, int, float, complex, str, bytes)


def digest(value: Any) -> str:
    """A digest of a value: of numbers and texts, of containers, of objects that pickle knows.

    Functions and classes count by their names, functions of Python also by their code and by the
    numbers, texts, classes and functions that they enclose, and a method by those of its object:
    what may change between two calls does not count. Of generators of random numbers, which
    scipy's distributions share, and of an object that nothing can take apart, the class counts.
    """
    summed = hashlib.sha256()
    for part in _parts(value, ()):
        summed.update(len(part).to_bytes(8, "little"))
        summed.update(part)
    return summed.hexdigest()[:32]


def _parts(value: Any, within: tuple[int, ...]) -> Iterator[bytes]:
    """What a value consists of; `within` are the objects around it, which may refer to it."""
    if value is None or isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r}".encode()
        return
    if id(value) in within:
        yield b"itself"
        return
    yield type(value).__qualname__.encode()
    if isinstance(value, Tensor):
        value = to_array(value)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        yield f"{value.dtype.str} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
        return
    for inner in _inside(value):
        yield from _parts(inner, (*within, id(value)))


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (part for item in value.items() for part in item)
    elif isinstance(value, list | tuple):
        yield from value
    elif isinstance(value, set | frozenset):
        yield sorted(map(digest, value))
    elif hasattr(value, "__qualname__") or hasattr(value, "__name__"):
        yield getattr(value, "__module__", "")
        yield getattr(value, "__qualname__", "") or value.__name__
        yield getattr(value, "__code__", None)
        yield [bound for bound in _bound(value) if _stays(bound)]
    elif isinstance(value, CodeType):
        yield from (value.co_code, value.co_names, value.co_consts)
    else:
        yield from _reduced(value)


def _stays(value: Any) -> bool:
    """Whether a value is the same at each call: a number, a text, a class, a function, or some."""
    if isinstance(value, tuple | frozenset):
        return all(map(_stays, value))
    return isinstance(value, (*_PLAIN, np.generic, type, FunctionType))


def _bound(function: Any) -> Iterator[Any]:
    """What a method's object holds, defaults of a function and what it encloses, as yet."""
    owner = getattr(function, "__self__", None)
    if not isinstance(owner, ModuleType):  # as of what C has defined
        yield from getattr(owner, "__dict__", {}).values()
    yield from getattr(function, "__defaults__", None) or ()
    yield from (getattr(function, "__kwdefaults__", None) or {}).values()
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):
            yield cell.cell_contents


def _reduced(value: Any) -> Iterator[Any]:
    """What pickle would make an object of again."""
    if isinstance(value, np.random.RandomState | np.random.Generator):
        return
    try:
        reduced = value.__reduce_ex__(2)
    except Exception:  # whatever an object of the user's says to being pickled
        return
    for part in reduced if isinstance(reduced, tuple) else (reduced,):
        yield list(part) if isinstance(part, Iterator) else part
