"""A fitted estimator in a file, and out of it again.

The header of a file is what `pack_estimator` gives, with the versions that wrote it and the names
of what was left out.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import sklearn
import torch

from aae_sklearn.estimators._packing import ESTIMATORS, pack_estimator, unpack_estimator
from aae_sklearn.exceptions import ModelFileError
from aae_sklearn.runtime._files import UNREADABLE, read_file, write_file
from aae_sklearn.runtime._packing import Packer, Unpacker


def save_estimator(estimator: Any, path: str | os.PathLike[str], without: Collection[str]) -> None:
    """Write a fitted estimator to a file; see `AutoencoderBase.save`.

    `without` may be one name, too.
    """
    kind: type = type(estimator)
    if ESTIMATORS.get(kind.__name__) is not kind:
        raise TypeError(
            f"{kind.__name__} is a class of yours, and a file holds no code; pickle it, or save "
            "an estimator of aae_sklearn"
        )
    without = [without] if isinstance(without, str) else without
    unknown = sorted(set(without) - set(estimator.get_params(deep=False)))
    if unknown:
        raise ValueError(f"without={unknown} are no parameters of {kind.__name__}; remove them")
    packer = Packer(without)
    packed = pack_estimator(estimator, packer)
    _refuse(set(packer.objects) - set(without), without)
    header = {"versions": versions(), "without": sorted(set(without)), **packed}
    write_file(path, header, packer.arrays)


def load(path: str | os.PathLike[str], **objects: Any) -> Any:
    """Read a fitted estimator from a file that `save` wrote.

    No code is in such a file, and none is run. The estimator gives the same codes as the one that
    was saved, to the bit on the same machine; `fit` with ``warm_start`` and `partial_fit` go on
    from it.

    Parameters
    ----------
    path : str or path-like
        The file.
    **objects : object
        What ``save(path, without=...)`` left out, by the names of the parameters.

    Returns
    -------
    estimator : AdversarialAutoencoder, or the classifier or clusterer that was saved
        On the device that its parameter `device` names, or on the CPU if this machine has no
        such device.

    Raises
    ------
    aae_sklearn.exceptions.ModelFileError
        If the file is cut, changed, foreign, or of a later version.
    TypeError
        If `objects` are not what was left out.
    OSError
        If there is no such file, or it cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> import aae_sklearn
    >>> from sklearn.datasets import load_digits
    >>> X, _ = load_digits(return_X_y=True)
    >>> aae = aae_sklearn.AdversarialAutoencoder(max_iter=5, random_state=0).fit(X)
    >>> path = os.path.join(tempfile.mkdtemp(), "digits.safetensors")
    >>> aae.save(path)
    >>> aae_sklearn.load(path)
    AdversarialAutoencoder(max_iter=5, random_state=0)
    """
    header, arrays = read_file(path)
    if header.get("kind") == "checkpoint":
        raise ModelFileError(
            f"{path} is the checkpoint of a fit that has not ended; fit with checkpoint=path, and "
            "the same rows and parameters, ends it"
        )
    try:
        _check_objects(header["without"], objects)
        return unpack_estimator(header, Unpacker(arrays, objects))
    except _WrongObjects as error:
        raise TypeError(f"load({os.fspath(path)!r}): {error}") from None
    except UNREADABLE as error:
        raise ModelFileError(
            f"{path} holds no model that aae_sklearn {versions()['aae_sklearn']} can make: "
            f"{error}; it was written with {header.get('versions')}"
        ) from error


class _WrongObjects(Exception):
    """Objects that are handed in are not those that were left out."""


def versions() -> dict[str, str]:
    """What computes here."""
    from aae_sklearn import __version__  # which imports this

    return {
        "aae_sklearn": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__,
    }


def _refuse(names: Collection[str], without: Collection[str]) -> None:
    if names:
        everything = sorted({*names, *without})
        again = ", ".join(f"{name}=..." for name in everything)
        listed = " and the ".join(sorted(names))
        raise TypeError(
            f"a file holds no code and no known neighbours, and so not the {listed} of this "
            f"estimator; leave out what cannot be saved by save(path, without={everything}) and "
            f"hand it in again by load(path, {again})"
        )


def _check_objects(names: Sequence[str], objects: dict[str, Any]) -> None:
    missing, unknown = sorted(set(names) - set(objects)), sorted(set(objects) - set(names))
    if missing:
        wanted = ", ".join(f"{name}=..." for name in missing)
        raise _WrongObjects(f"the file was saved without {missing}; hand them in as {wanted}")
    if unknown:
        raise _WrongObjects(
            f"{unknown} are in the file; use set_params on the estimator to change them"
        )
