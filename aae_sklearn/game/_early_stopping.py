"""Stop when the score of held-out rows no longer rises."""

from __future__ import annotations

import math

from torch import Tensor

from aae_sklearn.game._history import EpochRecord
from aae_sklearn.networks._build import Networks


class EarlyStopping:
    """Observer that stops when the validation score no longer rises and keeps the best weights.

    Parameters
    ----------
    networks : Networks
    tol : float
        Smallest rise that counts.
    n_iter_no_change : int
        Epochs without one after which to stop.
    """

    def __init__(self, networks: Networks, tol: float, n_iter_no_change: int) -> None:
        self.networks = networks
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best_score = -math.inf
        self.n_waited = 0
        self._best_weights: dict[str, Tensor] = {}

    def begin(self, epoch: int) -> None:
        """Nothing to do."""

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Compare the record's validation score with the best so far."""
        score = record.validation_score
        assert score is not None
        self.n_waited = 0 if score > self.best_score + self.tol else self.n_waited + 1
        if score > self.best_score:
            self.best_score = score
            weights = self.networks.state_dict()
            self._best_weights = {name: weight.clone() for name, weight in weights.items()}
        return self.n_waited >= self.n_iter_no_change

    def restore(self) -> None:
        """Give the networks their best weights."""
        self.networks.load_state_dict(self._best_weights)
