"""The checkpoint of a fit: whether a file is of the same fit, and what is to be done if not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from aae_sklearn.estimators._fitting import Job
from aae_sklearn.estimators._saving import versions
from aae_sklearn.exceptions import CheckpointWarning, ModelFileError
from aae_sklearn.rows._digest import digest_rows
from aae_sklearn.runtime._checkpoint import NO_CHECKPOINT, Checkpoint, FileCheckpoint
from aae_sklearn.runtime._digest import digest
from aae_sklearn.runtime._files import UNREADABLE, read_file
from aae_sklearn.runtime._states import unpack_state
from aae_sklearn.runtime._warnings import warn_user

_KIND = "checkpoint"
_WITHOUT_EFFECT = {"checkpoint", "device", "random_state", "verbose"}  # on what is computed


def open_checkpoint(estimator: Any, rows: Any, job: Job) -> Checkpoint:
    """The checkpoint that a fit goes on from, or begins.

    Parameters
    ----------
    estimator : AdversarialAutoencoder
    rows : {array, sparse matrix} of shape (n_samples, n_features)
        Validated; read once, if there is to be a checkpoint.
    job : Job
        With ``random_state=None`` its generator is set to where that of the first try began.

    Raises
    ------
    ValueError
        If the checkpoint is of other rows or parameters, or the file is no checkpoint.
    """
    if estimator.checkpoint is None:
        return NO_CHECKPOINT
    path = os.fspath(estimator.checkpoint)
    _check_folder(path)
    machine = {**versions(), "device": job.device.type}
    header: dict[str, Any] = {
        "kind": _KIND,
        "machine": machine,
        "fit": _identity(estimator, rows, job),
    }
    states = _stored_states(path, header) if os.path.exists(path) else {}
    if states is None:
        return NO_CHECKPOINT
    checkpoint = FileCheckpoint(path, header, states)
    if estimator.random_state is None:
        start = _Start(job.random_state)
        checkpoint.resume("start", start)
        checkpoint.complete("start", start)
    checkpoint.begin()
    if states and estimator.verbose:
        print(f"going on from the checkpoint {path}")
    return checkpoint


class _Start:
    """The generator that everything random of a fit comes from, where no seed says it."""

    def __init__(self, random_state: np.random.RandomState) -> None:
        self.random_state = random_state

    def state_dict(self) -> dict[str, Any]:
        """Before anything is drawn."""
        return {"random_state": self.random_state.get_state(legacy=False)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Draw the same."""
        self.random_state.set_state(state["random_state"])


def _identity(estimator: Any, rows: Any, job: Job) -> dict[str, Any]:
    """What makes a fit this one: all that its result depends on, digested."""
    params = estimator._settings().items()
    kept = {name: digest(value) for name, value in params if name not in _WITHOUT_EFFECT}
    if estimator.random_state is not None:
        kept["random_state"] = digest(job.random_state.get_state(legacy=False))
    return {
        "X": digest_rows(rows),
        "y": digest(job.targets),
        "start": digest(job.start.weights()),
        "params": kept,
    }


def _check_folder(path: str) -> None:
    if not Path(path).resolve().parent.is_dir():
        raise FileNotFoundError(f"checkpoint={path!r} is in no folder; make the folder first")
    if os.path.isdir(path):
        raise IsADirectoryError(f"checkpoint={path!r} is a folder; add the name of a file")


def _stored_states(path: str, header: dict[str, Any]) -> dict[str, Any] | None:
    """States of a file that is there; None if they are of another version."""
    stored, states = _read(path)
    if stored["machine"] != header["machine"]:
        _warn_of_version(path, stored["machine"], header["machine"])
        return None
    _refuse_others(path, stored["fit"], header["fit"])
    return states


def _read(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and states."""
    try:
        header, arrays = read_file(path)
        if header.get("kind") != _KIND:
            raise ModelFileError("it is a model that was saved")
        states = unpack_state(header.pop("states"), arrays)
    except UNREADABLE as error:
        raise ModelFileError(
            f"checkpoint={path!r} is there and no checkpoint ({error}); use another path, or "
            "remove the file"
        ) from error
    return header, states


def _warn_of_version(path: str, stored: dict[str, str], here: dict[str, str]) -> None:
    others = [name for name in here if stored.get(name) != here[name]]
    listed = ", ".join(f"{name} {stored.get(name)} and not {here[name]}" for name in others)
    warn_user(
        f"checkpoint={path!r} was written with {listed}, so that the fit would not go on as it "
        "began; it begins again, without a checkpoint. Remove the file to have a new one",
        CheckpointWarning,
    )


def _refuse_others(path: str, stored: dict[str, Any], here: dict[str, Any]) -> None:
    """Raise unless the checkpoint is of the same fit."""
    others = [name for name in ("X", "y", "start") if stored[name] != here[name]]
    names = sorted({*stored["params"], *here["params"]})
    others += [n for n in names if stored["params"].get(n) != here["params"].get(n)]
    if others:
        listed = ", ".join(_CALLED.get(name, name) for name in others)
        raise ValueError(
            f"checkpoint={path!r} is of a fit with another {listed}; use the same to go on with "
            "that fit, and another path, or remove the file, for a new one"
        )


_CALLED = {"start": "model to start from (warm_start)"}
