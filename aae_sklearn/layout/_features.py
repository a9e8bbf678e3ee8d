"""A row's place in a layout: the features that the encoder of a map reads.

A perceptron that learns a map of neighbourhoods generalises it poorly: on MNIST it kept a
trustworthiness of .93 on held-out rows where UMAP keeps .945 (benchmarks/notes/layout.md). So
these features are a memory: references with known codes, and a place for any row that fits the
codes of the nearest of them. Rows that were laid out are placed in the same way as new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from aae_sklearn.layout._forces import density_push
from aae_sklearn.layout._graph import build_graph, coordinate_weights
from aae_sklearn.layout._layout import lay_out, principal_start
from aae_sklearn.layout._placing import (
    Placing,
    average_neighbors,
    balance,
    distance_weights,
    neighbor_distance,
)
from aae_sklearn.neighbors._index import NeighborIndex, Neighbors
from aae_sklearn.priors import Prior
from aae_sklearn.priors._batches import prior_batches
from aae_sklearn.rows._inputs import Features, Inputs, Reader
from aae_sklearn.rows._rotation import Rotation, fit_rotation
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._sorting import picked
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig


class CoordinateSearch(nn.Module):
    """Nearest references by the Euclidean distance of principal components.

    Parameters
    ----------
    coordinates : Inputs
        From rows to the coordinates in which distances are taken.
    index : NeighborIndex
        Of the references' coordinates.
    """

    def __init__(self, coordinates: Inputs, index: NeighborIndex) -> None:
        super().__init__()
        self.coordinates = coordinates
        self.index = index

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        """This search as JSON; arrays are kept under names that begin so."""
        self.index.pack(packer, f"{name}.references")
        return {
            "kind": "coordinates",
            "coordinates": self.coordinates.pack(packer, f"{name}.coordinates"),
        }

    @classmethod
    def unpack(
        cls, packed: dict[str, Any], unpacker: Unpacker, name: str, n_features: int
    ) -> CoordinateSearch:
        """The inverse of `pack`."""
        coordinates = Inputs.unpack(
            packed["coordinates"], unpacker, f"{name}.coordinates", n_features, None
        )
        n_coordinates = coordinates.rotation.n_outputs(n_features)
        index = NeighborIndex.unpack(unpacker, f"{name}.references", n_coordinates)
        return cls(coordinates, index)

    def reader(self, rows: Any) -> Callable[[Any], Neighbors]:
        """A function that finds the nearest references of some of these rows."""
        read = self.coordinates.reader(rows)
        n_nearest = Placing(len(self.index.points)).n_nearest
        return lambda some: self.index.query(read(some), n_nearest)


_SEARCHES = {"coordinates": CoordinateSearch}


class LayoutFeatures(Features):
    """Places among the codes of the nearest references.

    Parameters
    ----------
    search : CoordinateSearch
    table : Tensor of shape (n_references, 2 * n_components)
        Codes of the references in the working space, in units of `scale`, and the push there.
    scale : float
        Of the layout's kernel.
    mode_scale : float
        Of the kernel by which references agree on a group.
    """

    table: Tensor

    def __init__(
        self,
        search: CoordinateSearch,
        table: Tensor,
        scale: float,
        mode_scale: float,
    ) -> None:
        super().__init__()
        self.search = search
        self.scale = scale
        self.mode_scale = mode_scale
        self.register_buffer("table", table)

    @classmethod
    def among(
        cls,
        search: CoordinateSearch,
        codes: Tensor,
        scale: float,
        generator: torch.Generator,
    ) -> LayoutFeatures:
        """Places among references that have these codes, in the working space.

        The generator chooses the codes that the density is estimated from.
        """
        points = codes / scale
        order = torch.randperm(len(points), generator=generator, device=points.device)
        push = density_push(points, points[order[: defaults.PUSHING_ROWS]])
        table = torch.cat([points, push], dim=1)
        return cls(search, table, scale, max(scale, neighbor_distance(codes)))

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        packer.array(f"{name}.table", self.table)
        return {
            "search": self.search.pack(packer, name),
            "scale": self.scale,
            "mode_scale": self.mode_scale,
        }

    @classmethod
    def unpack(
        cls, packed: dict[str, Any], unpacker: Unpacker, n_features: int, n_components: int
    ) -> LayoutFeatures:
        """The inverse of `pack`; nothing is laid out."""
        kind = _SEARCHES[packed["search"]["kind"]]
        search = kind.unpack(packed["search"], unpacker, "layout", n_features)
        shape = (len(search.index.points), 2 * n_components)
        table = unpacker.tensor("layout.table", shape)
        return cls(search, table, float(packed["scale"]), float(packed["mode_scale"]))

    @property
    def n_references(self) -> int:
        """How many there are: as many as rows were laid out."""
        return len(self.table)

    @property
    def codes(self) -> Tensor:
        """Codes of the references, in the working space."""
        return self.scale * self.table.chunk(2, dim=1)[0]

    def reader(self, rows: Any) -> Reader:
        find = self.search.reader(rows)
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
        self, rows: Any, layout: LayoutConfig, prior: Prior, run: Run
    ) -> LayoutFeatures:
        """Features of a warm start: rows are laid out from where these place them."""
        coordinates, read = self.search.coordinates, self.reader(rows)
        n_rows, size = rows.shape[0], self.block_rows(run.device)
        blocks = [slice(first, first + size) for first in range(0, n_rows, size)]
        start = torch.cat([read(rows[block]) for block in blocks])
        x = coordinates.read_all(rows)
        return _laid_out(rows, coordinates, x, start, layout, prior, run)


def lay_out_rows(
    rows: Any, inputs: Inputs, layout: LayoutConfig, prior: Prior, run: Run
) -> LayoutFeatures:
    """Lay the rows out, starting from their principal components."""
    coordinates = _coordinates(rows, inputs, run)
    x = coordinates.read_all(rows)
    weights = coordinate_weights(x)
    weighted = Rotation(weights.diag()).after(coordinates.rotation)
    coordinates, x = Inputs(inputs.standardizer, weighted), x.mul_(weights)
    start = principal_start(x, layout.n_components, run.randomness.noise)
    return _laid_out(rows, coordinates, x, start, layout, prior, run)


def _coordinates(rows: Any, inputs: Inputs, run: Run) -> Inputs:
    """Leading principal components, in which distances are taken."""
    n_rows, n_features = rows.shape
    n_inputs = inputs.rotation.n_outputs(n_features)
    n_coordinates = min(defaults.COORDINATES_MAX, n_inputs, n_rows - 1)
    if inputs.rotation.components is not None:
        leading = Rotation(torch.eye(n_coordinates, n_inputs)).to(run.device)
        return Inputs(inputs.standardizer, leading.after(inputs.rotation))
    directions = fit_rotation(rows, inputs.standardizer, n_coordinates, run.randomness.numpy)
    return Inputs(inputs.standardizer, Rotation(to_tensor(directions, run.device)))


def _laid_out(
    rows: Any,
    coordinates: Inputs,
    x: Tensor,
    start: Tensor,
    layout: LayoutConfig,
    prior: Prior,
    run: Run,
) -> LayoutFeatures:
    graph = build_graph(x, rows, layout.n_neighbors, layout.metric)
    return_freed_memory()
    shape, randomness = (layout.batch_size, layout.n_components), run.randomness
    samples = prior_batches(prior, shape, randomness.numpy, run.device)
    codes = lay_out(
        start, graph, samples, layout, randomness.noise, run.interrupted, run.report_layout
    )
    codes = prior.project(codes)
    references = average_neighbors(x, graph)
    del x, graph  # 20 MB of 60,000 rows
    return_freed_memory()
    search = CoordinateSearch(coordinates, NeighborIndex(references))
    return LayoutFeatures.among(search, codes, layout.scale, randomness.noise)
