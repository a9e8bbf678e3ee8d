"""The training loop: epochs of steps, observers that see each epoch."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._step import (
    AdversarialTrainer,
)

_CURE = "Lower the initial learning rates, or look for extreme values in X"


class Observer(Protocol):
    """Who wants to see each epoch; the networks then hold their averaged weights."""

    def begin(self, epoch: int) -> None:
        """Called before an epoch, counted from 0."""

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Called after it; returns whether training shall stop."""


@dataclass(frozen=True)
class TrainingResult:
    """What happened: a record of each epoch, and whether Ctrl-C ended it."""

    records: tuple[EpochRecord, ...]
    interrupted: bool


def train(
    trainer: AdversarialTrainer,
    observers: Sequence[Observer],
    validate: Callable[[], float] | None,
    generator: torch.Generator,
    interrupted: threading.Event,
) -> TrainingResult:
    """Run epochs until the budget is spent, an observer asks to stop, or Ctrl-C.

    Parameters
    ----------
    trainer : AdversarialTrainer
    observers : sequence of Observer
    validate : callable or None
        Scores the networks as they stand.
    generator : torch.Generator
        On the CPU, for the order of the rows.
    interrupted : threading.Event
        Ends the training after the present step.

    Raises
    ------
    NonFiniteLossError
        If a loss or a weight is not finite.
    """
    records: list[EpochRecord] = []
    for epoch in range(trainer.config.n_epochs):
        for observer in observers:
            observer.begin(epoch)
        record = run_epoch(trainer, generator, interrupted)
        check_finite(record, epoch)
        with trainer.averaged():
            if validate is not None:
                record = replace(record, validation_score=validate())
            stops = [observer.end(epoch, record) for observer in observers]
        records.append(record)
        if any(stops) or interrupted.is_set():
            break
    trainer.averages.swap()
    if not all(weight.isfinite().all() for weight in trainer.networks.parameters()):
        raise NonFiniteLossError(f"weights are not finite after the last step. {_CURE}")
    return TrainingResult(tuple(records), interrupted.is_set())


def run_epoch(
    trainer: AdversarialTrainer, generator: torch.Generator, interrupted: threading.Event
) -> EpochRecord:
    """One pass over the rows; order and losses are on the device until its end."""
    trainer.networks.train()
    device = trainer.generator.device
    order = torch.randperm(trainer.source.n_rows, generator=generator).to(device)
    indices = whole_batches(order, trainer.config.batch_size)
    batches = zip(indices, trainer.source.batches(indices), strict=True)
    losses = torch.empty(len(indices), 3, device=device)
    for n_done, (index, x) in enumerate(batches, start=1):
        losses[n_done - 1] = trainer.step(index, x)
        if interrupted.is_set():
            break
    return EpochRecord(*losses[:n_done].mean(dim=0).tolist())


def whole_batches(order: Tensor, batch_size: int) -> list[Tensor]:
    """Cut an order of rows into batches of one size; what is left over sits out this epoch."""
    n_batches = max(1, len(order) // batch_size)
    return list(order[: n_batches * batch_size].split(batch_size))


def check_finite(record: EpochRecord, epoch: int) -> None:
    """Raise if a loss of the epoch is infinite or NaN."""
    losses = record.losses()
    if all(map(math.isfinite, losses.values())):
        return
    listed = ", ".join(f"{name}={value:.4g}" for name, value in losses.items())
    raise NonFiniteLossError(f"a loss is not finite in epoch {epoch + 1}: {listed}. {_CURE}")
