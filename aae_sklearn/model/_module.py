"""A model as a module of torch, through which gradients pass where they exist."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from aae_sklearn.model._formulas import Reading, Restoring
from aae_sklearn.model._model import OUTPUTS, Model
from aae_sklearn.priors._formulas import closed_form
from aae_sklearn.runtime._algebra import TorchAlgebra
from aae_sklearn.runtime._tensors import to_array


def make_module(model: Model, what: str) -> nn.Module:
    """A module that computes what a method of the estimator does; its weights are copies."""
    if what not in _MODULES:
        raise ValueError(f"what must be one of {', '.join(map(repr, _MODULES))}, got {what!r}")
    return _MODULES[what](model).eval()


class TransformModule(nn.Module):
    """Rows to codes, float32.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    encoder : Module
        A copy of the model's.
    differentiable : bool
        Whether gradients reach the rows. They do not on a map, where the place of a row among
        the references is a constant.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.encoder = deepcopy(model.networks.encoder)
        self.differentiable, self._read = _READERS[model.config.features.kind](model)
        self._prior = model.prior
        self._form = closed_form(model.prior, model.n_components)

    def forward(self, rows: Tensor) -> Tensor:
        m = TorchAlgebra(rows.device)
        working = self._prior.project(self.encoder(self._read(m, rows)))
        codes: Tensor = self._form.from_working(m, working)
        return codes


class InverseTransformModule(nn.Module):
    """Codes to rows, float32.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    decoder : Module
        A copy of the model's.
    differentiable : bool
        Whether gradients reach the codes: always.
    """

    differentiable = True

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.decoder = deepcopy(model.networks.decoder)
        self._output = OUTPUTS[model.config.reconstruction_loss]
        self._form = closed_form(model.prior, model.n_components)
        self._restore = Restoring.of(model.inputs)

    def forward(self, codes: Tensor) -> Tensor:
        m = TorchAlgebra(codes.device)
        x = self._output(self.decoder(self._form.to_working(m, codes)))
        rows: Tensor = self._restore(m, x)
        return rows


_Read = Callable[[TorchAlgebra, Tensor], Tensor]


def _read_inputs(model: Model) -> tuple[bool, _Read]:
    reading: _Read = Reading.of(model.inputs)
    return True, reading


def _read_places(model: Model) -> tuple[bool, _Read]:
    features = deepcopy(model.features)

    @torch.no_grad()
    def places(m: TorchAlgebra, rows: Tensor) -> Tensor:
        some = to_array(rows)
        return features.reader(some)(some).to(m.device)

    return False, places


# By `config.features.kind`: whether gradients pass, and how rows are read.
_READERS: dict[str, Callable[[Model], tuple[bool, _Read]]] = {
    "inputs": _read_inputs,
    "layout": _read_places,
}
_MODULES: dict[str, Callable[[Any], nn.Module]] = {
    "transform": TransformModule,
    "inverse_transform": InverseTransformModule,
}
