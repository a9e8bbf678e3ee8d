"""Lines that tell how a fit goes."""

from __future__ import annotations

import time
from typing import Any

from aae_sklearn.game._history import EpochRecord
from aae_sklearn.settings import _defaults as defaults


def announce(rows: Any, device: object, precision: object) -> None:
    """Print once what is fitted and where."""
    n_rows, n_features = rows.shape
    print(f"fitting {n_rows:,} rows of {n_features:,} features on {device} in {precision}")


class LayoutPrinter:
    """Prints how far the layout is every few seconds, and at its end.

    Time counts from the end of the first pass on: before it the graph is made.
    """

    def __init__(self) -> None:
        self.start = self.last_line = float("nan")

    def __call__(self, done: int, n_epochs: int) -> None:
        """Print a line if one is due, after `done` of `n_epochs` passes."""
        now = time.monotonic()
        if done == 1:
            self.start = self.last_line = now
        if now - self.last_line >= defaults.SECONDS_BETWEEN_LINES or done == n_epochs:
            self.last_line = now
            left = (now - self.start) / max(done - 1, 1) * (n_epochs - done)
            print(f"layout {done}/{n_epochs}  {left:.0f} s left")


class ProgressPrinter:
    """Observer that prints the losses every few seconds, at the first epoch and the last.

    Parameters
    ----------
    n_epochs : int
        Number of epochs planned.
    """

    def __init__(self, n_epochs: int) -> None:
        self.n_epochs = n_epochs
        self.start = time.monotonic()
        self.last_line = float("-inf")

    def begin(self, epoch: int) -> None:
        """Nothing to print yet."""

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Print a line if one is due; never ask to stop."""
        now, done = time.monotonic(), epoch + 1
        if now - self.last_line >= defaults.SECONDS_BETWEEN_LINES or done == self.n_epochs:
            self.last_line = now
            left = (now - self.start) / done * (self.n_epochs - done)
            print(f"epoch {done}/{self.n_epochs}  {describe(record)}  {left:.0f} s left")
        return False


def describe(record: EpochRecord) -> str:
    """The losses of a record on one line."""
    words = [f"{name.removesuffix('_loss')} {loss:.3f}" for name, loss in record.losses.items()]
    if record.validation_score is not None:
        words.append(f"validation score {record.validation_score:.3f}")
    return "  ".join(words)
