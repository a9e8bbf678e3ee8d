"""From rows, features and the prior to the batches of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aae_sklearn.game._terms import Batch
from aae_sklearn.rows._sources import Source


class BatchFeatures(Protocol):
    """Features of the rows that are trained on."""

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        """Features of the rows of an index, whose inputs are x."""


@dataclass(frozen=True)
class Feed:
    """Where batches come from.

    Attributes
    ----------
    source : Source
        The rows to train on.
    features : BatchFeatures
    samples : iterator of Tensor of shape (batch_size, n_components)
        Of the prior in the working space.
    batch_size : int
    """

    source: Source
    features: BatchFeatures
    samples: Iterator[Tensor]
    batch_size: int

    def n_batches(self) -> int:
        """Batches of an epoch; rows that do not fill one sit out."""
        return max(1, self.source.n_rows // self.batch_size)

    def epoch(self, order: Tensor) -> Iterator[Batch]:
        """The batches of one pass over the rows in this order."""
        indices = list(order[: self.n_batches() * self.batch_size].split(self.batch_size))
        for index, x in zip(indices, self.source.batches(indices), strict=True):
            yield Batch(index, x, self.features.batch(index, x), next(self.samples))


def shuffled(n_rows: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """An order of the rows, drawn on the CPU."""
    return torch.randperm(n_rows, generator=generator).to(device)
