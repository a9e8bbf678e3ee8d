"""Features of the rows that are trained on, and the codes that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.model._model import Model


class FittedFeatures(Protocol):
    """What is known of the rows that are trained on."""

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        """Features of the rows of an index, whose inputs are x."""

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        """Codes of all rows that were handed to the fit, as `model.encode` gives them."""


class FittedInputs:
    """The encoder reads what the decoder is to write."""

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        return x

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        return model.encode(rows)


@dataclass(frozen=True)
class FittedPlaces:
    """Places that were read once, and need not be found again.

    Attributes
    ----------
    h : Tensor of shape (n_rows, n_components)
    """

    h: Tensor

    def batch(self, index: Tensor, x: Tensor) -> Tensor:
        return self.h.index_select(0, index.to(self.h.device))

    def codes(self, model: Model, rows: Any) -> NDArray[np.float64]:
        if rows.shape[0] == len(self.h):  # else these are some of the rows
            return model.encode_features(self.h)
        return model.encode(rows)
