"""From rows, features and the prior to the batches of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from aae_sklearn.game._terms import Batch
from aae_sklearn.priors._conditional import ConditionalSamples
from aae_sklearn.rows._sources import Source


class BatchFeatures(Protocol):
    """Features of the rows that are trained on."""

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        """Features of the rows of an index, whose inputs are x."""


class Samples(Iterator[Tensor], Protocol):
    """Samples of the prior in the working space, batch by batch."""

    def state_dict(self) -> dict[str, Any]:
        """What later batches depend on."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""


@dataclass(frozen=True)
class Feed:
    """Where batches come from.

    Attributes
    ----------
    source : Source
        The rows to train on.
    features : BatchFeatures
    samples : Samples
        Of the prior in the working space, each of shape (batch_size, n_components).
    batch_size : int
    conditional : ConditionalSamples or None
        Samples by the labels of rows, in place of `samples`.
    """

    source: Source
    features: BatchFeatures
    samples: Samples
    batch_size: int
    conditional: ConditionalSamples | None = None

    def n_batches(self) -> int:
        """Batches of an epoch; rows that do not fill one sit out."""
        return max(1, self.source.n_rows // self.batch_size)

    def epoch(self, order: Tensor, n_done: int = 0) -> Iterator[Batch]:
        """The batches of one pass over the rows in this order, after some that are done."""
        indices = list(order[: self.n_batches() * self.batch_size].split(self.batch_size))[n_done:]
        if not indices:
            return
        for index, x in zip(indices, self.source.batches(indices), strict=True):
            yield Batch(index, x, self.features.batch(index, x), *self._samples(index))

    def _samples(self, index: Tensor) -> tuple[Tensor, Tensor | None]:
        """Of the prior for rows, and the rows' labels where these count."""
        if self.conditional is None:
            return next(self.samples), None
        return self.conditional.draw(index)


def shuffled(n_rows: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """A random order of the rows, made on the CPU."""
    return torch.randperm(n_rows, generator=generator).to(device)
