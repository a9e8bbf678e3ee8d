"""The training loop: epochs of steps, and observers that see each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.game._early_stopping import Stopping
from aae_sklearn.game._feed import Feed, shuffled
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._training import Training
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
    training = Training(trainer, feed, stopping, run)
    with run.checkpoint.before_exit():
        for epoch in range(len(training.records), n_epochs):
            for observer in observers:
                observer.begin(epoch)
            record = run_epoch(trainer, feed, run, training.losses, training.end_step)
            check_finite(record, epoch)
            with trainer.averages.applied():
                record = stopping.validate(record)
                stops = [observer.end(epoch, record) for observer in observers]
                stops.append(stopping.end(record))
            training.end_epoch(record)
            if any(stops) or run.interrupted.is_set():
                break
    trainer.averages.adopt()
    stopping.restore()
    check_weights(trainer.networks)
    return TrainingResult(tuple(training.records), run.interrupted.is_set())


def nothing_to_do(losses: Sequence[Tensor]) -> None:
    """After a step that nobody wants to know of."""


def run_epoch(
    trainer: Trainer,
    feed: Feed,
    run: Run,
    done: Sequence[Tensor] = (),
    end_step: Callable[[Sequence[Tensor]], None] = nothing_to_do,
) -> EpochRecord:
    """One pass over the rows; losses stay on the device until its end.

    Parameters
    ----------
    trainer : Trainer
    feed : Feed
    run : Run
    done : sequence of Tensor
        Losses of the steps that were done before.
    end_step : callable
        Called after each step with the losses of all.
    """
    trainer.networks.train()
    order, steps = shuffled(feed.source.n_rows, run.randomness.order, run.device), [*done]
    for batch in feed.epoch(order, len(done)):
        losses = trainer.step(batch)
        steps.append(torch.stack(list(losses.values())))
        end_step(steps)
        if run.interrupted.is_set():
            break
    means = torch.stack(steps).mean(dim=0).tolist()
    return EpochRecord(dict(zip(trainer.loss_names, means, strict=True)))


def check_weights(networks: torch.nn.Module) -> None:
    """Raise if the last step has left weights that are infinite or NaN."""
    if not all(weight.isfinite().all() for weight in networks.parameters()):
        raise NonFiniteLossError(f"weights are not finite after the last step. {_CURE}")


def check_codes(codes: NDArray[np.float64]) -> None:
    """Raise if it has left weights that give such codes."""
    if not np.isfinite(codes).all():
        raise NonFiniteLossError(f"codes are not finite after the last step. {_CURE}")


def check_finite(record: EpochRecord, epoch: int, unit: str = "epoch") -> None:
    """Raise if a loss of the epoch is infinite or NaN."""
    if all(map(math.isfinite, record.losses.values())):
        return
    listed = ", ".join(f"{name}={value:.4g}" for name, value in record.losses.items())
    raise NonFiniteLossError(f"a loss is not finite in {unit} {epoch + 1}: {listed}. {_CURE}")
