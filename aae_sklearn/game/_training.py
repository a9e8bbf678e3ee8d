"""Where a training stands: all that its later steps depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aae_sklearn.game._early_stopping import Stopping
from aae_sklearn.game._feed import Feed
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._step import Trainer
from aae_sklearn.runtime._run import Run

_STAGE = "training"


class Training:
    """Epochs that are done and the steps of the present one, with what they have changed.

    Parameters
    ----------
    trainer : Trainer
    feed : Feed
    stopping : Stopping
    run : Run

    Attributes
    ----------
    records : list of EpochRecord
        Of the epochs that are done.
    losses : sequence of Tensor
        Of the steps that are done of the next one.
    """

    def __init__(self, trainer: Trainer, feed: Feed, stopping: Stopping, run: Run) -> None:
        self.trainer = trainer
        self.feed = feed
        self.stopping = stopping
        self.run = run
        self.records: list[EpochRecord] = []
        self.losses: Sequence[Tensor] = []
        self._before_epoch = run.randomness.order.get_state()
        run.checkpoint.resume(_STAGE, self)

    def end_step(self, losses: Sequence[Tensor]) -> None:
        """One more step of this epoch is done; these are the losses of all of them."""
        self.losses = losses
        self.run.checkpoint.offer(_STAGE, self, is_last=self.run.interrupted.is_set())

    def end_epoch(self, record: EpochRecord) -> None:
        """One more epoch is done."""
        self.records = [*self.records, record]
        self.losses = []
        self._before_epoch = self.run.randomness.order.get_state()
        if self.run.interrupted.is_set():  # after the last step
            self.run.checkpoint.offer(_STAGE, self, is_last=True)

    def state_dict(self) -> dict[str, Any]:
        """Everything that later steps depend on.

        The order of the rows is drawn again from the generator's state before the epoch.
        """
        return {
            "trainer": self.trainer.state_dict(),
            "stopping": self.stopping.state_dict(),
            "randomness": self.run.randomness.state_dict() | {"order": self._before_epoch},
            "samples": self.feed.samples.state_dict(),
            "records": [(dict(r.losses), r.validation_score) for r in self.records],
            "losses": torch.stack(list(self.losses)) if self.losses else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.trainer.load_state_dict(state["trainer"])
        self.stopping.load_state_dict(state["stopping"])
        self.run.randomness.load_state_dict(state["randomness"])
        self.feed.samples.load_state_dict(state["samples"])
        self.records = [EpochRecord(losses, score) for losses, score in state["records"]]
        losses = state["losses"]
        self.losses = [] if losses is None else list(losses.to(self.run.device))
        self._before_epoch = state["randomness"]["order"]
