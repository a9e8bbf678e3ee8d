"""A row's place in a layout: the features that the encoder of a map reads.

A perceptron that learns a map of neighbourhoods generalises it poorly: on MNIST it kept a
trustworthiness of .93 on held-out rows where UMAP keeps .945 (benchmarks/notes/layout.md). So
these features are a memory: references with known codes, and a place for any row that fits the
codes of the nearest of them. Rows that were laid out are placed in the same way as new ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.layout._arrangement import Arrangement, arrange
from aae_sklearn.layout._fineness import finer
from aae_sklearn.layout._forces import density_push
from aae_sklearn.layout._graph import both_ways
from aae_sklearn.layout._landmarks import Landmarks
from aae_sklearn.layout._layout import lay_out
from aae_sklearn.layout._placing import (
    Placing,
    balance,
    distance_weights,
    neighbor_distance,
)
from aae_sklearn.layout._search import CoordinateSearch, Search, unpack_search
from aae_sklearn.neighbors._compiled import compile_ahead
from aae_sklearn.neighbors._index import Neighbors
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.priors import Prior
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.priors._conditional import conditional_samples
from aae_sklearn.rows._inputs import Features, Inputs, Reader
from aae_sklearn.runtime._interrupt import raising_at_once
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._sorting import picked
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.runtime._threads import begun
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig


class LayoutFeatures(Features):
    """Places among the codes of the nearest references.

    Parameters
    ----------
    search : Search
    table : Tensor of shape (n_references, 2 * n_components)
        Codes of the references in the working space, in units of `scale`, and the push there.
    scale : float
        Of the layout's kernel.
    mode_scale : float
        Of the kernel by which references agree on a group.
    sharpness : float
        Of the weights of references, as `Placing` has it.
    """

    table: Tensor

    def __init__(
        self, search: Search, table: Tensor, scale: float, mode_scale: float, sharpness: float
    ) -> None:
        super().__init__()
        self.search = search
        self.scale = scale
        self.mode_scale = mode_scale
        self.sharpness = sharpness
        self.register_buffer("table", table)

    @classmethod
    def among(
        cls,
        search: Search,
        codes: Tensor,
        scale: float,
        generator: torch.Generator,
        sharpness: float = defaults.WEIGHT_SHARPNESS,
    ) -> LayoutFeatures:
        """Places among references that have these codes, in the working space.

        The generator chooses the codes that the density is estimated from.
        """
        points = codes / scale
        order = torch.randperm(len(points), generator=generator, device=points.device)
        push = density_push(points, points[order[: defaults.PUSHING_ROWS]])
        table = torch.cat([points, push], dim=1)
        return cls(search, table, scale, max(scale, neighbor_distance(codes)), sharpness)

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        packer.array(f"{name}.table", self.table)
        return {
            "search": self.search.pack(packer, name),
            "scale": self.scale,
            "mode_scale": self.mode_scale,
            "sharpness": self.sharpness,
        }

    @classmethod
    def unpack(
        cls, packed: dict[str, Any], unpacker: Unpacker, n_features: int, n_components: int
    ) -> LayoutFeatures:
        """The inverse of `pack`; nothing is laid out."""
        search = unpack_search(packed["search"], unpacker, "layout", n_features)
        shape = (search.n_references, 2 * n_components)
        table = unpacker.tensor("layout.table", shape)
        sharpness = packed.get("sharpness", defaults.WEIGHT_SHARPNESS)  # the first files have none
        scales = float(packed["scale"]), float(packed["mode_scale"])
        return cls(search, table, *scales, float(sharpness))

    @property
    def n_references(self) -> int:
        """How many there are: as many as rows were laid out."""
        return len(self.table)

    @property
    def placing(self) -> Placing:
        """How rows are placed among the references."""
        return Placing(self.n_references, self.sharpness)

    @property
    def compares_rows(self) -> bool:
        """Whether distances are Euclidean ones between the rows as they are."""
        return isinstance(self.search, CoordinateSearch) and self.search.metric.keeps_rows

    def reader(self) -> Reader:
        find = self.search.finder()
        return lambda some: self.place(find(some))

    def read_all(self, rows: Any, device: torch.device) -> Tensor:
        """Places of all rows."""
        read, size = self.reader(), self.block_rows(device)
        return torch.cat([read(rows[at : at + size]) for at in range(0, rows.shape[0], size)])

    @property
    def reads_in_threads(self) -> bool:
        return not self.search.is_own

    @property
    def scored_rows(self) -> int:
        return self.search.scored_rows

    def squared_distance(
        self, rows: Any, own: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        find, size = self.search.finder(), defaults.PLACED_BLOCK_ROWS
        squared = np.empty(rows.shape[0])
        for start in range(0, len(squared), size):
            part = slice(start, start + size)
            near = find(rows[part])
            squared[part] = _nearest_other(near, None if own is None else own[part])
        return squared / self.search.gain**2

    def block_rows(self, device: torch.device) -> int:
        return defaults.PLACED_BLOCK_ROWS

    def place(self, near: Neighbors) -> Tensor:
        """Places of rows whose nearest references are known."""
        whole = (near.index, near.squared_distance)
        if len(near.index) <= defaults.SHIFTED_BLOCK_ROWS:
            return self._shift(*whole)
        parts = zip(*(t.split(defaults.SHIFTED_BLOCK_ROWS) for t in whole), strict=True)
        return torch.cat([self._shift(*part) for part in parts])

    def _shift(self, index: Tensor, squared_distance: Tensor) -> Tensor:
        near, placing = picked(self.table, index), self.placing
        weights = distance_weights(squared_distance, placing.sharpness)
        return balance(near, weights, self.scale, self.mode_scale, placing.damping)

    def fitted_again(
        self, rows: Any, inputs: Inputs, config: LayoutConfig, prior: Prior, run: Run
    ) -> LayoutFeatures:
        """Features of a warm start: rows are laid out from where these place them."""
        start = self.read_all(rows, run.device)
        return lay_out_from(arrange(rows, inputs, config, run), start, config, prior, run)


def _nearest_other(near: Neighbors, own: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Squared distances of the nearest references but a row's own, if that is not the only one.

    To a mean of rows a distance that is no Euclidean one may be below 0.
    """
    squared = to_array(near.squared_distance).astype(np.float64).clip(min=0)
    if own is None or squared.shape[1] == 1:
        return squared[:, 0]
    is_second = to_array(near.index)[:, 0] == own
    other: NDArray[np.float64] = np.where(is_second, squared[:, 1], squared[:, 0])
    return other


def prepare(rows: Any, config: LayoutConfig, run: Run) -> None:
    """Begin what `lay_out_rows` will need, while others read the rows."""
    if resolve_metric(config.metric, config.metric_params).has_coordinates:
        compile_ahead(rows.shape[0], run.device)


def lay_out_rows(
    rows: Any, inputs: Inputs, config: LayoutConfig, prior: Prior, run: Run
) -> LayoutFeatures:
    """Lay the rows out, from where their neighbours suggest to start."""
    arrangement = arrange(rows, inputs, config, run)
    start = arrangement.start()
    by_label = conditional_samples(prior, config.label_weight, config.n_components, run)
    if by_label is not None:  # a class does not cross the map once its rows hold together
        start = by_label.start(start)
    return lay_out_from(arrangement, start, config, prior, run)


def lay_out_from(
    arrangement: Arrangement, start: Tensor, config: LayoutConfig, prior: Prior, run: Run
) -> LayoutFeatures:
    """Lay the rows of an arrangement out from given codes."""
    return_freed_memory()
    config = finer(config, arrangement.sharpness)
    shape, randomness = (config.batch_size, config.n_components), run.randomness
    samples = PriorBatches(prior, shape, randomness.numpy, run.device)
    by_label = conditional_samples(prior, config.label_weight, config.n_components, run)
    landmarks = _landmarks(arrangement, start, config) if by_label is None else None
    partners = both_ways(arrangement.graph, randomness.noise)
    return_freed_memory()
    with begun(arrangement.search, run.device, arrangement.has_coordinates) as search:
        codes = lay_out(start, partners, samples, config, run, by_label, landmarks)
        with raising_at_once(run.interrupted):  # without a search no row can be placed
            found = search()
    return_freed_memory()
    codes, scale = prior.project(codes), config.scale * config.last_share
    return LayoutFeatures.among(found, codes, scale, randomness.noise, arrangement.sharpness)


def _landmarks(arrangement: Arrangement, start: Tensor, config: LayoutConfig) -> Landmarks | None:
    """Distances at large, where they count: not on a line, nor where nothing spreads the rows."""
    if config.n_components == 1 or config.prior_weight == 0:
        return None
    landmarks = arrangement.landmarks()
    return None if landmarks is None else landmarks.for_layout(arrangement.graph, start)
