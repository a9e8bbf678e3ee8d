"""Inputs with a teacher: what the encoder of a parametric map reads while it is trained.

A layout says where rows belong, and a network that reads rows learns to say the same. When it has
learnt, the model goes on with the inputs alone and holds no row.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from aae_sklearn.layout._arrangement import arrange
from aae_sklearn.layout._features import lay_out_from, lay_out_rows
from aae_sklearn.priors import Prior
from aae_sklearn.rows._inputs import Features, Inputs, Reader
from aae_sklearn.runtime._packing import NotPlain, Packer
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings._config import TaughtConfig


class Teacher(Protocol):
    """What says where rows belong."""

    @property
    def n_references(self) -> int:
        """How many rows it knows."""

    @property
    def compares_rows(self) -> bool:
        """Whether places follow from Euclidean distances between the rows as they are."""

    mode_scale: float

    def read_all(self, rows: Any, device: torch.device) -> Tensor:
        """Places of all rows."""


class Lessons(Features):
    """Inputs of rows, and the places that a layout gives them.

    Parameters
    ----------
    inputs : Inputs
        What the encoder reads.
    teacher : Teacher
        Mostly the layout of the rows.
    """

    def __init__(self, inputs: Inputs, teacher: Teacher) -> None:
        super().__init__()
        self.inputs = inputs
        self.teacher = teacher

    def reader(self) -> Reader:
        return self.inputs.reader()

    def block_rows(self, device: torch.device) -> int:
        return self.inputs.block_rows(device)

    def places(self, rows: Any, device: torch.device) -> Tensor:
        """Where the teacher puts rows."""
        return self.teacher.read_all(rows, device)

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        raise NotPlain("lessons are of the training, and no part of a model")

    def fitted_again(
        self, rows: Any, inputs: Inputs, config: TaughtConfig, prior: Prior, run: Run
    ) -> Lessons:
        places = self.places(rows, run.device)
        return take_more_lessons(rows, places, inputs, config, prior, run)


def take_lessons(
    rows: Any, inputs: Inputs, config: TaughtConfig, prior: Prior, run: Run
) -> Lessons:
    """Lay the rows out, for a network to imitate."""
    return Lessons(inputs, lay_out_rows(rows, inputs, config.layout, prior, run))


def take_more_lessons(
    rows: Any, start: Tensor, inputs: Inputs, config: TaughtConfig, prior: Prior, run: Run
) -> Lessons:
    """Lay the rows out from where a network has put them, for it to go on."""
    arrangement = arrange(rows, inputs, config.layout, run)
    return Lessons(inputs, lay_out_from(arrangement, start, config.layout, prior, run))
