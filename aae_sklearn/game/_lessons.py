"""Rows to learn classes from: between neighbours and beyond, with noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from aae_sklearn.settings import _defaults as defaults


class Moved(NamedTuple):
    """Rows moved by a share of the way to a neighbour, and along the difference of two others."""

    x: Tensor
    share: Tensor
    neighbor: Tensor


def move(
    x: Tensor, of_all: Tensor, neighbors: Tensor, index: Tensor, generator: torch.Generator
) -> Moved:
    """Move rows among their neighbours, and somewhat beyond.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_inputs)
        Rows to move.
    of_all : Tensor of shape (n_all, n_inputs)
        All rows.
    neighbors : Tensor of shape (n_all, n_neighbors)
    index : Tensor of shape (n_rows,)
        Which of all these rows are.
    generator : torch.Generator
    """
    share = torch.rand(len(x), 1, generator=generator, device=x.device)
    normal = torch.randn(share.shape, generator=generator, device=x.device)

    def one_of_each() -> Tensor:
        shape, device = index.shape, index.device
        column = torch.randint(neighbors.shape[1], shape, generator=generator, device=device)
        return neighbors[index, column].long()

    one, two, three = (one_of_each() for _ in range(3))
    moved = x + share * (of_all[one] - x)
    moved = moved + defaults.LOCAL_SPREAD * normal * (of_all[two] - of_all[three])
    return Moved(moved, share, one)


class ClassLesson(NamedTuple):
    """Inputs, the probabilities of classes that they are to have, and how sure these are."""

    x: Tensor
    probabilities: Tensor
    weights: Tensor


@dataclass(frozen=True)
class ClassLessons:
    """Where lessons come from.

    A lesson is a row moved towards a neighbour and along the difference of two others, as of a
    parametric map, and its class moves with it (Zhang, Cisse, Dauphin, Lopez-Paz, "mixup", ICLR
    2018, among neighbours).

    Attributes
    ----------
    x : Tensor of shape (n_rows, n_inputs)
    probabilities : Tensor of shape (n_rows, n_classes)
    weights : Tensor of shape (n_rows,)
        How sure these are.
    spread : Tensor of shape (n_inputs,)
        Standard deviations of the inputs.
    neighbors : Tensor of shape (n_rows, n_neighbors)
    known : Tensor of shape (n_known,)
        Rows whose class is given.
    generator : torch.Generator
    """

    x: Tensor
    probabilities: Tensor
    weights: Tensor
    spread: Tensor
    neighbors: Tensor
    known: Tensor
    generator: torch.Generator

    def draw(self, n_lessons: int) -> ClassLesson:
        """So many lessons."""
        index = self._rows(n_lessons)
        moved = move(self.x[index], self.x, self.neighbors, index, self.generator)
        size = torch.rand(moved.share.shape, generator=self.generator, device=self.x.device)
        noise = defaults.CLASS_LESSON_NOISE * size * self._normal(moved.x.shape) * self.spread
        wanted = self.probabilities[index]
        wanted = wanted + moved.share * (self.probabilities[moved.neighbor] - wanted)
        return ClassLesson(moved.x + noise, wanted, self.weights[index])

    def _rows(self, n_lessons: int) -> Tensor:
        """Any rows, and of those whose class is known no less than a share."""
        index = self._integers(len(self.x), (n_lessons,))
        if 0 < len(self.known) < len(self.x):
            n_known = max(1, round(defaults.KNOWN_LESSONS_SHARE * n_lessons))
            index[:n_known] = self.known[self._integers(len(self.known), (n_known,))]
        return index

    def _integers(self, end: int, shape: tuple[int, ...]) -> Tensor:
        device = self.x.device
        return torch.randint(end, shape, generator=self.generator, device=device)

    def _normal(self, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self.x.device)
