"""The training loop: epochs of steps, and observers that see each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.game._early_stopping import Stopping
from aae_sklearn.game._feed import Feed, shuffled
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._step import Trainer
from aae_sklearn.runtime._run import Run

_CURE = "Lower the initial learning rates, or look for extreme values in X"


class Observer(Protocol):
    """Who wants to see each epoch; the networks then hold their averaged weights."""

    def begin(self, epoch: int) -> None:
        """Called before an epoch, counted from 0."""

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Called after it; returns whether training is to stop."""


@dataclass(frozen=True)
class TrainingResult:
    """What happened: a record of each epoch, and whether Ctrl-C ended it."""

    records: tuple[EpochRecord, ...]
    interrupted: bool


def train(
    trainer: Trainer,
    feed: Feed,
    n_epochs: int,
    observers: Sequence[Observer],
    stopping: Stopping,
    run: Run,
) -> TrainingResult:
    """Run epochs until the budget is spent, an observer asks to stop, or Ctrl-C.

    Parameters
    ----------
    trainer : Trainer
    feed : Feed
    n_epochs : int
    observers : sequence of Observer
    stopping : Stopping
        Scores each epoch, if rows are held out, and has the last word on the weights.
    run : Run
        Its signal ends the training after the present step.

    Raises
    ------
    NonFiniteLossError
        If a loss or a weight is not finite.
    """
    observers = [*observers, stopping]
    records: list[EpochRecord] = []
    for epoch in range(n_epochs):
        for observer in observers:
            observer.begin(epoch)
        record = run_epoch(trainer, feed, run)
        check_finite(record, epoch)
        with trainer.averages.applied():
            record = stopping.validate(record)
            stops = [observer.end(epoch, record) for observer in observers]
        records.append(record)
        if any(stops) or run.interrupted.is_set():
            break
    trainer.averages.adopt()
    stopping.restore()
    if not all(weight.isfinite().all() for weight in trainer.networks.parameters()):
        raise NonFiniteLossError(f"weights are not finite after the last step. {_CURE}")
    return TrainingResult(tuple(records), run.interrupted.is_set())


def run_epoch(trainer: Trainer, feed: Feed, run: Run) -> EpochRecord:
    """One pass over the rows; losses stay on the device until its end."""
    trainer.networks.train()
    order, steps = shuffled(feed.source.n_rows, run.randomness.order, run.device), []
    for batch in feed.epoch(order):
        losses = trainer.step(batch)
        steps.append(torch.stack(list(losses.values())))
        if run.interrupted.is_set():
            break
    means = torch.stack(steps).mean(dim=0).tolist()
    return EpochRecord(dict(zip(losses, means, strict=True)))


def check_finite(record: EpochRecord, epoch: int) -> None:
    """Raise if a loss of the epoch is infinite or NaN."""
    if all(map(math.isfinite, record.losses.values())):
        return
    listed = ", ".join(f"{name}={value:.4g}" for name, value in record.losses.items())
    raise NonFiniteLossError(f"a loss is not finite in epoch {epoch + 1}: {listed}. {_CURE}")
