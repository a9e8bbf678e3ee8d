"""Lines that tell how a fit goes; in a terminal and in a notebook one line, with a bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aae_sklearn.game._history import EpochRecord
from aae_sklearn.settings import _defaults as defaults


def announce(rows: Any, device: object, precision: object) -> None:
    """Print once what is fitted and where."""
    n_rows, n_features = rows.shape
    print(f"fitting {n_rows:,} rows of {n_features:,} features on {device} in {precision}")


def is_live(stream: Any) -> bool:
    """Whether a line can be written over, as in a terminal and in a notebook."""
    if stream is None:  # a program without a console
        return False
    return bool(stream.isatty()) or type(stream).__module__.startswith("ipykernel")


class ProgressLine:
    """What is printed of a part of the work: a line now and then, or one that is written over.

    Parameters
    ----------
    name : str
        Of what is counted.
    is_last : bool
        Whether the line ends with this part; if not, the next part writes over it.
    """

    def __init__(self, name: str, is_last: bool) -> None:
        self.name = name
        self.is_last = is_last
        self.is_live = is_live(sys.stdout)
        self.last_time = float("-inf")
        self.waiting = ""
        self.is_open = False

    def show(self, done: int, total: int, seconds_left: float | None, details: str = "") -> None:
        """Print if it is time to, and at the end; None is a time that nobody can tell yet."""
        now = time.monotonic()
        pause = defaults.SECONDS_BETWEEN_BARS if self.is_live else defaults.SECONDS_BETWEEN_LINES
        left = "" if seconds_left is None else f"{seconds_left:.0f} s left"
        line = "  ".join(word for word in [f"{self.name} {done}/{total}", details, left] if word)
        self.waiting = f"{bar(done, total)} {line:<{defaults.BAR_LINE}}" if self.is_live else line
        if now - self.last_time >= pause or done == total:
            self.last_time = now
            self._print()
        if self.is_last and done == total:
            self.end()

    def end(self) -> None:
        """Print what waits, and end the line: the work may stop before all of it is done."""
        self._print()
        if self.is_open:
            print(flush=True)
            self.is_open = False

    def _print(self) -> None:
        if not self.waiting:
            return
        if self.is_live:
            print(f"\r{self.waiting}", end="", flush=True)
        else:
            print(self.waiting)
        self.is_open, self.waiting = self.is_live, ""


def bar(done: int, total: int) -> str:
    """How far it is, as a bar of plain characters, which every terminal has."""
    n_full = defaults.BAR_WIDTH * done // total
    return f"[{'#' * n_full}{'.' * (defaults.BAR_WIDTH - n_full)}]"


class StepPrinter:
    """Prints how far the work before the training is, and its end.

    Time counts from the end of the first step on: before it the graph is made. A layout that goes
    on from a checkpoint does not begin with the first.

    Parameters
    ----------
    name : str
        Of what is counted.
    """

    def __init__(self, name: str) -> None:
        self.first: int | None = None
        self.start = float("nan")
        self.line = ProgressLine(name, is_last=False)

    def __call__(self, done: int, n_steps: int) -> None:
        """Print if it is time to, after `done` of `n_steps` steps."""
        now = time.monotonic()
        if self.first is None:
            self.first, self.start = done, now
            if not self.line.is_live:
                self.line.last_time = now
        n_timed = done - self.first
        left = (now - self.start) / n_timed * (n_steps - done) if n_timed else None
        self.line.show(done, n_steps, left)


class ProgressPrinter:
    """Observer that prints the losses now and then, at the first epoch and the last.

    Parameters
    ----------
    n_epochs : int
        Number of epochs planned.
    """

    def __init__(self, n_epochs: int) -> None:
        self.n_epochs = n_epochs
        self.first: int | None = None
        self.start = time.monotonic()
        self.line = ProgressLine("epoch", is_last=True)

    def begin(self, epoch: int) -> None:
        """Nothing to print yet; a training that goes on from a checkpoint has a later first."""
        if self.first is None:
            self.first, self.start = epoch, time.monotonic()

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Print if it is time to; never ask to stop."""
        done = epoch + 1
        n_timed = done - (self.first or 0)
        left = (time.monotonic() - self.start) / n_timed * (self.n_epochs - done)
        # In place of all losses the one that a reader knows, so that the line fits in a terminal.
        told = brief(record) if self.line.is_live else describe(record)
        self.line.show(done, self.n_epochs, left, told)
        return False


@contextmanager
def printed_epochs(verbose: Any, n_epochs: int) -> Iterator[list[ProgressPrinter]]:
    """Observers that print, if that is wanted; their line ends however the training does."""
    printers = [ProgressPrinter(n_epochs)] if verbose else []
    try:
        yield printers
    finally:
        for printer in printers:
            printer.line.end()


def brief(record: EpochRecord) -> str:
    """The reconstruction loss of a record."""
    loss = record.losses.get("reconstruction_loss")
    return "" if loss is None else f"reconstruction {loss:.3f}"


def describe(record: EpochRecord) -> str:
    """The losses of a record on one line."""
    words = [f"{name.removesuffix('_loss')} {loss:.3f}" for name, loss in record.losses.items()]
    if record.validation_score is not None:
        words.append(f"validation score {record.validation_score:.3f}")
    return "  ".join(words)
