"""Lines that tell how a fit goes."""

from __future__ import annotations

import time

from aae_sklearn._history import EpochRecord

_SECONDS_BETWEEN_LINES = 5.0


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
        if now - self.last_line >= _SECONDS_BETWEEN_LINES or done == self.n_epochs:
            self.last_line = now
            left = (now - self.start) / done * (self.n_epochs - done)
            print(f"epoch {done}/{self.n_epochs}  {describe(record)}  {left:.0f} s left")
        return False


def describe(record: EpochRecord) -> str:
    """The losses of a record on one line."""
    words = [f"{name.removesuffix('_loss')} {loss:.3f}" for name, loss in record.losses().items()]
    if record.validation_score is not None:
        words.append(f"validation score {record.validation_score:.3f}")
    return "  ".join(words)
