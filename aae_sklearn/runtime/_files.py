"""Files of arrays under a header, which hold no code: safetensors.

The format is https://huggingface.co/docs/safetensors: a header in JSON, which says where each
array lies, and the arrays. Its metadata hold one text, `_KEY`: our header in JSON, with the number
of our format and a SHA-256 digest of the header and of all arrays, which finds accidents. Who
changes a file on purpose can also write its digest; therefore whoever reads checks every size.

A file is written under another name and then renamed, so that there is always a whole one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from aae_sklearn.exceptions import ModelFileError
from aae_sklearn.runtime._packing import Arrays

FORMAT = 1  # to be raised when older versions cannot read what is written
_KEY = "aae_sklearn"
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    SafetensorError,
    TypeError,
    ValueError,
)


def write_file(path: str | os.PathLike[str], header: dict[str, Any], arrays: Arrays) -> None:
    """Write a header that JSON can hold, and arrays."""
    header = {"format": FORMAT, **header}
    text = json.dumps({**header, "sha256": _digest(header, arrays)})
    replace_file(path, save(arrays, metadata={_KEY: text}))


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Another name to write to, of the same suffix; what was written then replaces the file.

    Raises
    ------
    OSError
        If there is something else than a file, such as a pipe or a device, which would be lost.
    """
    _refuse_special(Path(path))
    target = Path(path).resolve()  # behind a link, which stays
    temporary = target.with_name(f".{secrets.token_hex(4)}.{target.name}")
    try:
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        if error.filename != str(temporary):
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def _refuse_special(path: Path) -> None:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(f"{path} is not a regular file, and would be lost; choose another path")


def replace_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file that is the old one, if there was one, until it is complete."""
    with replacing(path) as temporary, open(temporary, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove what processes left that were killed while they wrote this file."""
    target = Path(path).resolve()
    for leftover in target.parent.glob(f".{'[0-9a-f]' * 8}.{escape(target.name)}"):
        leftover.unlink(missing_ok=True)


def read_file(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of a file.

    Raises
    ------
    ModelFileError
        If it is not a file that `write_file` wrote, or not all of it.
    OSError
        If there is no such file, or it cannot be read.
    """
    with open(path, "rb"):  # safetensors reports some errors of the system as its own
        pass
    try:
        with safe_open(path, framework="numpy") as file:
            header = _read_header(path, file.metadata())
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except UNREADABLE as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"{path} is not a whole file of a model ({_reason(error)}); load reads what save "
            "wrote, and pickle.load or joblib.load what these wrote"
        ) from error
    if header.pop("sha256", None) != _digest(header, arrays):
        raise ModelFileError(f"{path} was changed after it was written; take another copy of it")
    return header, arrays


def _read_header(path: str | os.PathLike[str], metadata: dict[str, str] | None) -> dict[str, Any]:
    if not metadata or _KEY not in metadata:
        raise ModelFileError(f"{path} is a file of arrays, but not of a model of aae_sklearn")
    header: dict[str, Any] = json.loads(metadata[_KEY])
    number = header["format"]
    if type(number) is not int or number < 1:
        raise ModelFileError(f"{path} has no number of its format, but {number!r}")
    if number > FORMAT:
        raise ModelFileError(
            f"{path} has format {number}, and this version of aae_sklearn reads up to "
            f"{FORMAT}; update aae_sklearn"
        )
    return header


def _digest(header: dict[str, Any], arrays: Arrays) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _reason(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
