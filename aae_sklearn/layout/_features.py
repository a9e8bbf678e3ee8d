"""A row's place in a layout: the features that the encoder of a map reads.

A perceptron that learns a map of neighbourhoods generalises it poorly: on MNIST it kept a
trustworthiness of .93 on held-out rows where UMAP keeps .945 (benchmarks/notes/layout.md). So
these features are a memory: references with known codes, and a place for any row that fits the
codes of the nearest of them. Rows that were laid out are placed in the same way as new ones.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from aae_sklearn.layout._arrangement import Arrangement, arrange
from aae_sklearn.layout._forces import density_push
from aae_sklearn.layout._layout import lay_out
from aae_sklearn.layout._placing import (
    Placing,
    balance,
    distance_weights,
    neighbor_distance,
)
from aae_sklearn.layout._search import Search
from aae_sklearn.neighbors._index import Neighbors
from aae_sklearn.priors import Prior
from aae_sklearn.priors._batches import prior_batches
from aae_sklearn.rows._inputs import Features, Inputs, Reader
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._sorting import picked
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig


class LayoutFeatures(Features):
    """Places among the codes of the nearest references.

    Parameters
    ----------
    search : Search
    codes : Tensor of shape (n_references, n_components)
        In the working space.
    scale : float
        Of the layout's kernel.
    generator : torch.Generator
        Chooses the codes that the density is estimated from.
    """

    table: Tensor

    def __init__(
        self,
        search: Search,
        codes: Tensor,
        scale: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.search = search
        self.scale = scale
        self.mode_scale = max(scale, neighbor_distance(codes))
        points = codes / scale
        order = torch.randperm(len(points), generator=generator, device=points.device)
        push = density_push(points, points[order[: defaults.PUSHING_ROWS]])
        self.register_buffer("table", torch.cat([points, push], dim=1))

    @property
    def n_references(self) -> int:
        """How many there are: as many as rows were laid out."""
        return len(self.table)

    @property
    def codes(self) -> Tensor:
        """Codes of the references, in the working space."""
        return self.scale * self.table.chunk(2, dim=1)[0]

    def reader(self, rows: Any) -> Reader:
        find = self.search.finder()
        return lambda some: self.place(find(some))

    def block_rows(self, device: torch.device) -> int:
        return defaults.PLACED_BLOCK_ROWS

    def place(self, near: Neighbors) -> Tensor:
        """Places of rows whose nearest references are known."""
        whole = (near.index, near.squared_distance)
        parts = zip(*(t.split(defaults.SHIFTED_BLOCK_ROWS) for t in whole), strict=True)
        return torch.cat([self._shift(*part) for part in parts])

    def _shift(self, index: Tensor, squared_distance: Tensor) -> Tensor:
        codes, push = picked(self.table, index).chunk(2, dim=2)
        placing = Placing(self.n_references)
        weights = distance_weights(squared_distance, placing.sharpness)
        return balance(codes, push, weights, self.scale, self.mode_scale, placing.damping)

    def fitted_again(
        self, rows: Any, inputs: Inputs, config: LayoutConfig, prior: Prior, run: Run
    ) -> LayoutFeatures:
        """Features of a warm start: rows are laid out from where these place them."""
        read, size, n_rows = self.reader(rows), self.block_rows(run.device), rows.shape[0]
        blocks = [slice(first, first + size) for first in range(0, n_rows, size)]
        start = torch.cat([read(rows[block]) for block in blocks])
        return lay_out_from(arrange(rows, inputs, config, run), start, config, prior, run)


def lay_out_rows(
    rows: Any, inputs: Inputs, config: LayoutConfig, prior: Prior, run: Run
) -> LayoutFeatures:
    """Lay the rows out, from where their neighbours suggest to start."""
    arrangement = arrange(rows, inputs, config, run)
    return lay_out_from(arrangement, arrangement.start(), config, prior, run)


def lay_out_from(
    arrangement: Arrangement, start: Tensor, config: LayoutConfig, prior: Prior, run: Run
) -> LayoutFeatures:
    """Lay the rows of an arrangement out from given codes."""
    return_freed_memory()
    shape, randomness = (config.batch_size, config.n_components), run.randomness
    samples = prior_batches(prior, shape, randomness.numpy, run.device)
    codes = lay_out(
        start,
        arrangement.graph,
        samples,
        config,
        randomness.noise,
        run.interrupted,
        run.report_layout,
    )
    search = arrangement.search()
    return_freed_memory()
    return LayoutFeatures(search, prior.project(codes), config.scale, randomness.noise)
