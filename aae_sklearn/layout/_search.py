"""How the nearest references of a row are found, under any metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from aae_sklearn.layout._coordinates import Coordinates, unpack_coordinates
from aae_sklearn.layout._placing import Placing
from aae_sklearn.neighbors._index import NeighborIndex, Neighbors
from aae_sklearn.neighbors._metric import CoordinateMetric, RowIndex
from aae_sklearn.neighbors._packing import pack_metric, unpack_metric
from aae_sklearn.neighbors._ranking import within_float32
from aae_sklearn.neighbors._row_packing import pack_row_index, unpack_row_index
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.settings import _defaults as defaults

Finder = Callable[[Any], Neighbors]


class Search(Protocol):
    """Finds the nearest references of rows."""

    @property
    def n_references(self) -> int:
        """How many there are."""

    @property
    def gain(self) -> float:
        """Factor of its distances, compared with those of standardised rows."""

    @property
    def is_own(self) -> bool:
        """Whether it calls a function of the user's."""

    @property
    def scored_rows(self) -> int:
        """Fitted rows that say which outlier scores are usual."""

    def finder(self) -> Finder:
        """A function that finds the nearest references of some rows, each by itself."""

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        """This search as JSON; arrays are kept under names that begin so.

        Raises
        ------
        NotPlain
            If it holds what neither JSON nor an array can.
        """


class CoordinateSearch(nn.Module):
    """Nearest references by the Euclidean distance of coordinates.

    Parameters
    ----------
    metric : CoordinateMetric
        From rows to those whose Euclidean distance is the metric's.
    coordinates : Coordinates
        From these to the vectors between which distances are taken.
    index : NeighborIndex
        Of the references' coordinates.
    """

    def __init__(
        self, metric: CoordinateMetric, coordinates: Coordinates, index: NeighborIndex
    ) -> None:
        super().__init__()
        self.metric = metric
        self.coordinates = coordinates
        self.index = index

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        self.index.pack(packer, f"{name}.references")
        return {
            "metric": pack_metric(self.metric, packer, f"{name}.metric"),
            "n_read": len(self.coordinates.inputs.standardizer.mean),
            "coordinates": self.coordinates.pack(packer, f"{name}.coordinates"),
        }

    @property
    def n_references(self) -> int:
        """How many there are."""
        return len(self.index.points)

    @property
    def gain(self) -> float:
        """Of the coordinates."""
        return self.coordinates.gain

    @property
    def is_own(self) -> bool:
        """No metric of the user's has coordinates."""
        return False

    @property
    def scored_rows(self) -> int:
        """Many: searching is quick."""
        return defaults.TYPICAL_SCORED_ROWS

    def finder(self) -> Finder:
        n_nearest = Placing(self.n_references).n_nearest

        def find(some: Any) -> Neighbors:
            x = self.coordinates.read(self.metric.coordinates(some))
            return self.index.query(x, n_nearest)

        return find


class ComparedSearch(nn.Module):
    """Nearest references by comparing a row with all of them.

    A distance stands where a squared one stands otherwise: for most metrics without coordinates
    it is one, in a space of many dimensions (`neighbors/_ranking.MeanReferences`).

    Parameters
    ----------
    index : RowIndex
        Holds the references: rows, or means of rows.
    n_references : int
    device : torch.device
        Where places are computed.
    """

    place: Tensor  # without numbers: tells the device

    def __init__(self, index: RowIndex, n_references: int, device: torch.device) -> None:
        super().__init__()
        self.index = index
        self.n_references = n_references
        self.register_buffer("place", torch.empty(0, device=device), persistent=False)

    @property
    def gain(self) -> float:
        """Distances are the metric's own."""
        return 1.0

    @property
    def is_own(self) -> bool:
        """As the metric is."""
        return self.index.is_own

    @property
    def scored_rows(self) -> int:
        """Few: each is compared with all references."""
        return defaults.COMPARED_SCORED_ROWS

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        packed = pack_row_index(self.index, packer, f"{name}.references")
        return {"kind": "compared", "n_references": self.n_references, "index": packed}

    def finder(self) -> Finder:
        n_nearest = Placing(self.n_references).n_nearest
        device = self.place.device

        def find(some: Any) -> Neighbors:
            found = self.index.query(some, n_nearest)
            index = torch.from_numpy(found.index).to(device)
            distance = within_float32(found.distance)
            return Neighbors(index, torch.from_numpy(distance).float().to(device))

        return find


class KnownSearch(nn.Module):
    """Nearest references that the user knows; of rows that come without them, by coordinates.

    Parameters
    ----------
    known : Search
        For rows given as (indices, distances).
    others : Search
        For rows given as rows.
    """

    def __init__(self, known: Search, others: Search) -> None:
        super().__init__()
        self.known = known
        self.others = others

    @property
    def n_references(self) -> int:
        """How many there are."""
        return self.known.n_references

    @property
    def gain(self) -> float:
        """Rows come without known neighbours when they are scored."""
        return self.others.gain

    @property
    def is_own(self) -> bool:
        """As of rows that come without known neighbours."""
        return self.others.is_own

    @property
    def scored_rows(self) -> int:
        """As of rows that come without known neighbours."""
        return self.others.scored_rows

    def pack(self, packer: Packer, name: str) -> dict[str, Any]:
        known, others = self.known.pack(packer, name), self.others.pack(packer, f"{name}.others")
        return {"kind": "known", "known": known, "others": others}

    def finder(self) -> Finder:
        by_pairs, by_rows = self.known.finder(), self.others.finder()
        return lambda some: (by_pairs if isinstance(some, tuple) else by_rows)(some)


def unpack_search(
    packed: dict[str, Any], unpacker: Unpacker, name: str, n_features: int
) -> Search:
    """The inverse of `Search.pack`; nothing is searched.

    Raises
    ------
    ValueError
        If the metric does not give what the coordinates are made of.
    """
    unpack = _UNPACK[packed.get("kind", "coordinates")]  # the first files have one kind
    return unpack(packed, unpacker, name, n_features)


def _unpack_coordinates(
    packed: dict[str, Any], unpacker: Unpacker, name: str, n_features: int
) -> Search:
    metric = unpack_metric(packed["metric"], unpacker)
    n_read = int(packed["n_read"])
    if metric.coordinates(np.zeros((1, n_features))).shape[1] != n_read:
        raise ValueError(f"rows of {n_features} columns have other coordinates than {n_read}")
    coordinates = unpack_coordinates(
        packed["coordinates"], unpacker, f"{name}.coordinates", n_read
    )
    n_coordinates = coordinates.inputs.rotation.n_outputs(n_read)
    index = NeighborIndex.unpack(unpacker, f"{name}.references", n_coordinates)
    return CoordinateSearch(metric, coordinates, index)


def _unpack_compared(
    packed: dict[str, Any], unpacker: Unpacker, name: str, n_features: int
) -> Search:
    n_references = int(packed["n_references"])
    shape = n_references, n_features
    index = unpack_row_index(packed["index"], unpacker, f"{name}.references", shape)
    return ComparedSearch(index, n_references, torch.device("cpu"))


def _unpack_known(
    packed: dict[str, Any], unpacker: Unpacker, name: str, n_features: int
) -> Search:
    known = _unpack_compared(packed["known"], unpacker, name, n_features)
    others = _unpack_coordinates(packed["others"], unpacker, f"{name}.others", n_features)
    if others.n_references != known.n_references:
        raise ValueError(
            f"{others.n_references} references, and {known.n_references} that are known"
        )
    return KnownSearch(known, others)


_UNPACK: dict[str, Callable[[dict[str, Any], Unpacker, str, int], Search]] = {
    "coordinates": _unpack_coordinates,
    "compared": _unpack_compared,
    "known": _unpack_known,
}
