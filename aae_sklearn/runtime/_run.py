"""What a fit computes with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from aae_sklearn.runtime._randomness import Randomness


def no_report(done: int, planned: int) -> None:
    """Nobody wants to know."""


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
    report_layout : callable
        Called with the number of passes of the layout that are done and planned, after each.
    row_numbers : ndarray or None
        Which rows of X are trained on, for messages; None for all.
    """

    device: torch.device
    precision: torch.dtype
    randomness: Randomness
    interrupted: threading.Event
    report_layout: Callable[[int, int], None] = no_report
    row_numbers: NDArray[np.int64] | None = None
