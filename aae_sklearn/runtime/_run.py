"""What a fit computes with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from aae_sklearn.runtime._checkpoint import NO_CHECKPOINT, Checkpoint
from aae_sklearn.runtime._names import NO_NAMES, Names
from aae_sklearn.runtime._randomness import Randomness


def no_report(done: int, planned: int) -> None:
    """Nobody wants to know."""


class Targets(Protocol):
    """Labels of rows."""

    @property
    def codes(self) -> NDArray[np.int64]:
        """Class of each row, from 0; negative where it is unknown or there are no classes."""

    @property
    def n_classes(self) -> int:
        """How many there are; 0 of labels that are numbers."""

    def take(self, index: NDArray[np.int64]) -> Self:
        """Of some rows."""

    def unlikeness(
        self, rows: NDArray[np.int64], others: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """How unlike the labels of rows are, from 0 to 1."""


@dataclass(frozen=True)
class Run:
    """Device, randomness and signals of one fit.

    Attributes
    ----------
    device : torch.device
    precision : torch.dtype
        Of the matrix products in training.
    randomness : Randomness
    interrupted : threading.Event
        Set by Ctrl-C; loops end when they see it.
    report : callable
        Called with the number of steps that are done and planned before the training: of passes
        of the layout, or of updates of a teacher.
    names : Names
        Of the rows that are trained on, and of their columns.
    checkpoint : Checkpoint
        Loops offer their states to it.
    targets : Targets or None
        Labels of the rows that are trained on.
    """

    device: torch.device
    precision: torch.dtype
    randomness: Randomness
    interrupted: threading.Event
    report: Callable[[int, int], None] = no_report
    names: Names = NO_NAMES
    checkpoint: Checkpoint = NO_CHECKPOINT
    targets: Targets | None = None
