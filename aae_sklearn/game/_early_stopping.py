"""Whether rows are held out, and training stops when their score no longer rises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from torch import Tensor

from aae_sklearn.game._history import EpochRecord
from aae_sklearn.networks._build import Networks


class Stopping(Protocol):
    """Scores each epoch, and has the last word on the weights."""

    def validate(self, record: EpochRecord) -> EpochRecord:
        """Add the score of the networks as they stand, if there is one."""

    def end(self, record: EpochRecord) -> bool:
        """Called after an epoch; returns whether training is to stop."""

    def restore(self) -> None:
        """Give the networks the weights that are to be kept."""

    def state_dict(self) -> dict[str, Any]:
        """What later epochs depend on."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""


class NeverStops:
    """Every row is trained on, for as many epochs as are planned; the last weights are kept."""

    def validate(self, record: EpochRecord) -> EpochRecord:
        return record

    def end(self, record: EpochRecord) -> bool:
        return False

    def restore(self) -> None:
        """Nothing to do."""

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to do."""


class EarlyStopping:
    """Stops when the validation score no longer rises, and keeps the best weights.

    Parameters
    ----------
    networks : Networks
    score : callable
        Of the rows that are held out, with the networks as they stand.
    tol : float
        Smallest rise that counts.
    n_iter_no_change : int
        Epochs without one after which to stop.
    """

    def __init__(
        self, networks: Networks, score: Callable[[], float], tol: float, n_iter_no_change: int
    ) -> None:
        self.networks = networks
        self.score = score
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best_score = -math.inf
        self.n_waited = 0
        self._best_weights: dict[str, Tensor] = {}

    def validate(self, record: EpochRecord) -> EpochRecord:
        return replace(record, validation_score=self.score())

    def end(self, record: EpochRecord) -> bool:
        score = record.validation_score
        assert score is not None
        self.n_waited = 0 if score > self.best_score + self.tol else self.n_waited + 1
        if score > self.best_score or not self._best_weights:
            self.best_score = score
            weights = self.networks.state_dict()
            self._best_weights = {name: weight.clone() for name, weight in weights.items()}
        return self.n_waited >= self.n_iter_no_change

    def restore(self) -> None:
        self.networks.load_state_dict(self._best_weights)

    def state_dict(self) -> dict[str, Any]:
        return {
            "best_score": self.best_score,
            "n_waited": self.n_waited,
            "best_weights": self._best_weights,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best_score, self.n_waited = state["best_score"], state["n_waited"]
        self._best_weights = state["best_weights"]
