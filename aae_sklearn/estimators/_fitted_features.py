"""Features of the rows that are trained on, and the codes that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.game._lessons import move
from aae_sklearn.model._model import Model
from aae_sklearn.neighbors._index import nearest_others
from aae_sklearn.settings import _defaults as defaults


class FittedFeatures(Protocol):
    """What is known of the rows that are trained on."""

    @property
    def places(self) -> Tensor | None:
        """Where they lie on the map, if there is one; shape (n_rows, n_components)."""

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        """Features of the rows of an index, whose inputs are x."""

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        """Codes of all rows that were handed to the fit, as `model.encode` gives them."""

    def kept(self, model: Model) -> Model:
        """What of a trained model is to be kept."""


class FittedInputs:
    """The encoder reads what the decoder is to write."""

    places: None = None

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        return x

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        return model.encode(rows)

    def kept(self, model: Model) -> Model:
        return model


@dataclass(frozen=True)
class FittedPlaces:
    """Places that were read once, and need not be found again.

    Attributes
    ----------
    places : Tensor of shape (n_rows, n_components)
    """

    places: Tensor

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        return self.places.index_select(0, index.to(self.places.device))

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        if rows.shape[0] == len(self.places):  # else these are some of the rows
            return model.encode_features(self.places)
        return model.encode(rows)

    def kept(self, model: Model) -> Model:
        return model


@dataclass(frozen=True)
class FittedLessons:
    """Rows between neighbours and beyond, with noise, and the places that they are to have.

    A lesson is a row moved towards a neighbour and along the difference of two others: where
    new rows lie. Its place moves with the row.

    Attributes
    ----------
    x : Tensor of shape (n_rows, n_inputs)
    places : Tensor of shape (n_rows, n_components)
        In the layout.
    neighbors : Tensor of shape (n_rows, n_neighbors)
    spread : Tensor of shape (n_inputs,)
        Standard deviations of the inputs.
    generator : torch.Generator
    """

    x: Tensor
    places: Tensor
    neighbors: Tensor
    spread: Tensor
    generator: torch.Generator

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        """Lessons and their places side by side."""
        moved = move(x, self.x, self.neighbors, index, self.generator)
        noise = torch.randn(x.shape, generator=self.generator, device=x.device) * self.spread
        places = self.places[index]
        places = places + moved.share * (self.places[moved.neighbor] - places)
        noise *= defaults.LESSON_NOISE * moved.share
        return torch.cat([moved.x + noise, places], dim=1)

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        return model.encode(rows)

    def kept(self, model: Model) -> Model:
        """Without the teacher."""
        return replace(model, features=model.inputs)


def fitted_lessons(
    model: Model, rows: Any, compared: Any, generator: torch.Generator
) -> FittedLessons:
    """Lessons of rows, by the layout of a model whose features are `layout._lessons.Lessons`."""
    lessons: Any = model.features
    places = lessons.places(compared, model.device)
    n_neighbors = min(defaults.MIXED_NEIGHBORS, len(places) - 1)
    neighbors = torch.zeros(1, 1, dtype=torch.int64, device=places.device)  # of a lone row: itself
    if n_neighbors:
        neighbors = nearest_others(places.contiguous(), n_neighbors).index
    x = model.inputs.read_all(rows)
    return FittedLessons(x, places, neighbors, x.std(dim=0, correction=0), generator)
