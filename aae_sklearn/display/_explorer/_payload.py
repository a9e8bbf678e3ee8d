"""Names, numbers and arrays in one string of base64, which holds nothing that HTML could read."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

ALIGNMENT = 8  # bytes, so that a page views each array in place
EXACT_NUMBERS = 4_096  # matrices of up to so many numbers stay as they are
LEVEL = 6  # of zlib


class Payload:
    """What a page is to hold.

    Attributes
    ----------
    header : dict
        Anything that JSON can say.
    """

    def __init__(self) -> None:
        self.header: dict[str, Any] = {}
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def add(self, name: str, array: npt.NDArray[Any]) -> None:
        """Keep an array as it is."""
        self._arrays[name] = np.ascontiguousarray(array)

    def add_weights(self, name: str, weights: npt.NDArray[np.float64]) -> None:
        """Keep a matrix in float16, each column in units of its largest number."""
        if weights.ndim < 2 or weights.size <= EXACT_NUMBERS:
            self.add(name, weights)
            return
        unit = np.abs(weights).max(axis=tuple(range(weights.ndim - 1)))
        unit = np.where(unit > 0, unit, 1.0)
        self.add(name, (weights / unit).astype(np.float16))
        self.add(f"{name}.unit", unit)

    def pack(self) -> str:
        """All of it, compressed."""
        places, offset = {}, 0
        for name, array in self._arrays.items():
            places[name] = {
                "dtype": array.dtype.str.lstrip("<|="), "shape": array.shape, "offset": offset
            }  # fmt: skip
            offset += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
        header = {**self.header, "arrays": places}
        text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-(len(text) + 4) % ALIGNMENT)
        packer = zlib.compressobj(LEVEL)
        parts = [packer.compress(np.uint32(len(text)).tobytes() + text)]
        parts += [packer.compress(_aligned(array)) for array in self._arrays.values()]
        parts.append(packer.flush())
        return base64.b64encode(b"".join(parts)).decode()


def compact(values: npt.NDArray[Any]) -> npt.NDArray[np.floating[Any]]:
    """In float32, unless that changes whole numbers or does not reach so far."""
    known = values[np.isfinite(values)].astype(np.float64)
    with np.errstate(over="ignore"):
        rounded = known.astype(np.float32)
    is_whole = np.array_equal(known, np.round(known))
    is_held = np.array_equal(rounded, known) if is_whole else np.isfinite(rounded).all()
    return values.astype(np.float32 if is_held else np.float64)


def _aligned(array: npt.NDArray[Any]) -> bytes:
    return array.tobytes() + b"\0" * (-array.nbytes % ALIGNMENT)
