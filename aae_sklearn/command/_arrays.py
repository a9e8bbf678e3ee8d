"""Files of numpy: npy and npz."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.command._data import Data, plain_scaling, some_rows
from aae_sklearn.command._errors import CommandError

Array = NDArray[Any]
SPARSE = {"format", "shape", "data", "indices", "indptr"}
USUAL = ("X", "X_train", "data", "x", "x_train")


def read_npy(path: Path, options: argparse.Namespace) -> Data:
    """One array; it is not read before the model asks for it."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise CommandError(_not_read(path, error)) from error
    if options.color:
        raise CommandError(
            f"--color: {path.name} holds one array and no column {options.color!r}; save rows and "
            "labels together by numpy.savez"
        )
    return _as_data(array, path.name, None, None, options)


def read_npz(path: Path, options: argparse.Namespace) -> Data:
    """Several arrays with names, or a sparse matrix of scipy."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CommandError(_not_read(path, error)) from error
    if set(arrays) >= SPARSE:
        from scipy import sparse

        return _as_data(sparse.load_npz(path).tocsr(), path.name, None, None, options)
    name = _choose(arrays, options.key)
    color, names = _labels(arrays, name, options.color), arrays.get("label_names")
    if color is not None and names is not None and color.dtype.kind in "iu":
        color = names[color] if color.min() >= 0 and color.max() < len(names) else color
    return _as_data(arrays[name], f"{path.name}, array {name}", color, options.color, options)


def _not_read(path: Path, error: Exception) -> str:
    if "bject" in str(error):
        return f"{path} holds Python objects, which may run code; save plain numbers in it"
    return f"{path} cannot be read as arrays of numpy: {error}"


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
            f"--color: {color!r} is no array with a number for each of the {n_rows:,} rows of "
            f"{rows}; such arrays are: {there}"
        )
    return arrays[color]


def _as_data(
    array: Any, name: str, color: Array | None, color_name: str | None, options: argparse.Namespace
) -> Data:
    _check_numbers(array, name)
    notes = [f"{name}: {array.shape[0]:,} rows of shape {array.shape[1:]}"]
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
    if array.ndim < 2:
        raise CommandError(f"{name} has shape {array.shape}; a map needs rows and columns")


def _are_images(shape: tuple[int, ...]) -> bool:
    """Whether rows are grey pictures, or pictures of three colours."""
    return len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
