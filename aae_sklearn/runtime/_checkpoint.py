"""A file from which a fit goes on that was killed.

A loop offers its state after each step: everything that later steps depend on. It is written at
most every minute, and when the process is told to end. In the next process the stages of the fit
come in the same order, what is quick is done again, and each loop is given the state that it had.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from copy import deepcopy
from types import FrameType
from typing import Any, Protocol

import torch

from aae_sklearn.exceptions import CheckpointWarning, ModelFileError
from aae_sklearn.runtime._files import UNREADABLE, remove_leftovers, write_file
from aae_sklearn.runtime._packing import NotPlain, Packer
from aae_sklearn.runtime._states import pack_state
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults


class Resumable(Protocol):
    """What goes on from a state as if it had never stopped."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that is to come depends on this."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""


class Checkpoint(Protocol):
    """Keeps the states of a fit's stages."""

    def resume(self, stage: str, loop: Resumable) -> None:
        """Let a loop go on from where it was, if anything is known of its stage."""

    def offer(self, stage: str, loop: Resumable, *, is_last: bool = False) -> None:
        """Called after each step; after the last of a fit that Ctrl-C ends, nothing is kept."""

    def complete(self, stage: str, loop: Resumable) -> None:
        """The loop has ended: what is written from now on holds its state as it is."""

    def before_exit(self) -> AbstractContextManager[None]:
        """Inside, the process is ended by SIGTERM only after one more checkpoint."""

    def remove(self) -> None:
        """The fit has ended, unless Ctrl-C ended it: then it can still be gone on with."""


class NoCheckpoint:
    """Nobody asked for one."""

    def resume(self, stage: str, loop: Resumable) -> None:
        """Nothing is known."""

    def offer(self, stage: str, loop: Resumable, *, is_last: bool = False) -> None:
        """Nothing is kept."""

    def complete(self, stage: str, loop: Resumable) -> None:
        """Nothing is kept."""

    def before_exit(self) -> AbstractContextManager[None]:
        return nullcontext()

    def remove(self) -> None:
        """There is none."""


NO_CHECKPOINT = NoCheckpoint()


class FileCheckpoint:
    """States in a file, which is replaced when it is complete.

    Parameters
    ----------
    path : str
    header : dict
        What tells whether the file is of the same fit; JSON can hold it.
    states : mapping of str to dict
        Of the stages that were begun, as they were read from the file.
    """

    def __init__(
        self, path: str, header: dict[str, Any], states: Mapping[str, dict[str, Any]]
    ) -> None:
        self.path = path
        self.header = header
        self._states = dict(states)
        self._is_closed = False
        self._is_told_to_end = False
        self._offered: tuple[str, Resumable] | None = None
        self._next_time = 0.0

    def resume(self, stage: str, loop: Resumable) -> None:
        if stage not in self._states:
            return
        try:
            loop.load_state_dict(self._states[stage])
        except (MemoryError, torch.OutOfMemoryError):  # which says nothing about the file
            raise
        except UNREADABLE as error:
            raise ModelFileError(
                f"checkpoint={self.path!r} does not fit to what it says it is of ({error}); "
                "remove the file"
            ) from error

    def offer(self, stage: str, loop: Resumable, *, is_last: bool = False) -> None:
        self._offered = stage, loop
        is_told = self._is_told_to_end
        if self._is_closed or not (is_last or is_told or time.monotonic() >= self._next_time):
            return
        self._write_offered()
        self._is_closed = is_last
        if is_told:
            self._end_process()

    def complete(self, stage: str, loop: Resumable) -> None:
        self._states[stage] = deepcopy(loop.state_dict())

    def begin(self) -> None:
        """Write what is known; so an error of the disk is told at once."""
        self._write(self._states)

    @contextmanager
    def before_exit(self) -> Iterator[None]:
        self._previous = signal.getsignal(signal.SIGTERM)
        in_main_thread = threading.current_thread() is threading.main_thread()
        if not in_main_thread or self._previous in (None, signal.SIG_IGN):
            yield
            return

        def ask(signum: int, frame: FrameType | None) -> None:
            self._is_told_to_end = True  # nothing with a lock: a second signal would wait for it

        signal.signal(signal.SIGTERM, ask)
        try:
            yield
            if self._is_told_to_end and not self._is_closed:  # after the loop's last step
                self._write_offered()
        finally:
            signal.signal(signal.SIGTERM, self._previous)
            if self._is_told_to_end:
                self._end_process()

    def remove(self) -> None:
        if self._is_closed:
            return
        try:
            with suppress(FileNotFoundError):  # it could not be written
                os.unlink(self.path)
            remove_leftovers(self.path)
        except OSError as error:
            _warn(f"the checkpoint {self.path} of a fit that has ended cannot be removed: {error}")

    def _write_offered(self) -> None:
        if self._offered is not None:
            stage, loop = self._offered
            self._write({**self._states, stage: loop.state_dict()})

    def _write(self, states: dict[str, Any]) -> None:
        start, packer = time.monotonic(), Packer()
        try:
            packed = pack_state(states, packer, "state")
            write_file(self.path, {**self.header, "states": packed}, packer.arrays)
        except (OSError, NotPlain) as error:
            _warn(
                f"no checkpoint was written to {self.path}, and the fit goes on without: {error}"
            )
        end = time.monotonic()
        pause = max(defaults.CHECKPOINT_SECONDS, (end - start) / defaults.CHECKPOINT_SHARE)
        self._next_time = end + pause

    def _end_process(self) -> None:
        """What SIGTERM would have done."""
        signal.signal(signal.SIGTERM, self._previous)
        self._is_told_to_end = False
        signal.raise_signal(signal.SIGTERM)


def _warn(message: str) -> None:
    warn_user(message, CheckpointWarning)
