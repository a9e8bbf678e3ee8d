"""Files of numpy: npy and npz."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.command._data import Data, plain_scaling, some_rows
from aae_sklearn.command._errors import UNREADABLE, CommandError, count

Array = NDArray[Any]
SPARSE = {"format", "shape", "data"}  # of scipy's sparse matrices, whatever their kind
USUAL = ("X", "X_train", "data", "x", "x_train")


def read_arrays(path: Path, options: argparse.Namespace) -> Data:
    """One array, which is not read before the model asks for it; several; or a sparse matrix."""
    stored = _load(path)
    if not isinstance(stored, dict):
        for option in ("color", "key"):
            if getattr(options, option):
                raise CommandError(
                    f"--{option}: {path.name} holds one array and none called "
                    f"{getattr(options, option)!r}; save rows and labels together by numpy.savez"
                )
        return _as_data(stored, path.name, None, None, options)
    name = _choose(stored, options.key)
    title = f"{path.name}, array {name}"
    _check_numbers(stored[name], title)
    color, names = _labels(stored, name, options.color), stored.get("label_names")
    if color is not None and names is not None and color.dtype.kind in "iu":
        color = names[color] if color.min() >= 0 and color.max() < len(names) else color
    return _as_data(stored[name], title, color, options.color, options)


def _load(path: Path) -> Any:
    """An array, a dict of arrays or a sparse matrix, by what is in the file."""
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return np.load(path, mmap_mode="r", allow_pickle=False)
            file.seek(0)
            with np.load(file, allow_pickle=False) as stored:
                if set(stored) >= SPARSE:
                    from scipy import sparse

                    return sparse.load_npz(path).tocsr()
                return dict(stored)
    except UNREADABLE as error:
        if any(words in str(error) for words in ("Object arrays", "Python objects")):
            raise CommandError(
                f"{path} holds Python objects, which may run code; save plain numbers in it"
            ) from error
        raise CommandError(
            f"{path} cannot be read as arrays of numpy; write it by numpy.save or numpy.savez"
        ) from error


def _choose(arrays: dict[str, Array], key: str | None) -> str:
    """The array that was asked for, one with a usual name, or the largest."""
    if key is not None and key not in arrays:
        raise CommandError(f"--key: there is no array {key!r}; arrays are {', '.join(arrays)}")
    wide = [name for name, array in arrays.items() if array.ndim >= 2]
    if not wide and key is None:
        raise CommandError(f"none of the arrays ({', '.join(arrays)}) has rows and columns")
    usual = [name for name in USUAL if name in wide]
    return key or (usual or sorted(wide, key=lambda name: -arrays[name].size))[0]


def _labels(arrays: dict[str, Array], rows: str, color: str | None) -> Array | None:
    if color is None:
        return None
    n_rows = len(arrays[rows])
    fitting = [name for name, array in arrays.items() if array.shape == (n_rows,)]
    if color not in fitting:
        there = ", ".join(fitting) or "none"
        raise CommandError(
            f"--color: {color!r} is no array with a number for each of the "
            f"{count(n_rows, 'row')} of {rows}; such arrays are: {there}"
        )
    return arrays[color]


def _as_data(
    array: Any, name: str, color: Array | None, color_name: str | None, options: argparse.Namespace
) -> Data:
    _check_numbers(array, name)
    notes = [f"{name}: {count(array.shape[0], 'row')} of shape {array.shape[1:]}"]
    index = some_rows(array.shape[0], options)
    if index is not None:
        notes.append(f"{len(index):,} of them, chosen at random")
    if color_name:
        notes.append(f"colour: {color_name}, which is not fitted")
    keep = slice(None) if index is None else index
    rows = array[keep]
    return Data(
        rows=rows.reshape(rows.shape[0], -1) if array.ndim > 2 else rows,
        name=options.data.name,
        notes=tuple(notes),
        index=index,
        color=None if color is None else color[keep],
        color_name=color_name,
        scaling=plain_scaling(options),
        image_shape=array.shape[1:] if _are_images(array.shape) else None,
    )


def _check_numbers(array: Any, name: str) -> None:
    if array.dtype.kind not in "iufb":
        raise CommandError(f"{name} holds {array.dtype} and no plain numbers; save it as CSV")
    if array.ndim < 2 or 0 in array.shape:
        raise CommandError(f"{name} has shape {array.shape}; a map needs rows and columns")


def _are_images(shape: tuple[int, ...]) -> bool:
    """Whether rows are grey pictures, or pictures of three colours."""
    return len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
