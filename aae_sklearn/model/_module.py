"""A model as a module of torch, through which gradients pass where they exist."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from aae_sklearn.model._formulas import Reading, Restoring
from aae_sklearn.model._graph_networks import refuse_classes
from aae_sklearn.model._model import OUTPUTS, Model
from aae_sklearn.priors._formulas import closed_form
from aae_sklearn.rows._inputs import Features
from aae_sklearn.runtime._algebra import TorchAlgebra
from aae_sklearn.runtime._tensors import to_array


def make_module(model: Model, what: str) -> nn.Module:
    """A module that computes what a method of the estimator does; its weights are copies."""
    if what not in _MODULES:
        raise ValueError(f"what must be one of {', '.join(map(repr, _MODULES))}, got {what!r}")
    refuse_classes(model)
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
        self.differentiable, make = _READERS[model.config.features.kind]
        self.read = make(model)
        self._prior, self._n_components = model.prior, model.n_components
        self._may_have_gaps = model.filler is not None
        closed_form(self._prior, self._n_components)  # refuses here what it cannot do

    def forward(self, rows: Tensor) -> Tensor:
        if self._may_have_gaps and rows.isnan().any():
            raise ValueError(
                "the module fills no missing cells in, as transform does; fill NaN in before"
            )
        m = TorchAlgebra(rows.device)
        working = self._prior.project(self.encoder(self.read(m, rows.float())))
        codes: Tensor = closed_form(self._prior, self._n_components).from_working(m, working)
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
        self._prior, self._n_components = model.prior, model.n_components
        closed_form(self._prior, self._n_components)  # refuses here what it cannot do
        self._restore = Restoring.of(model.inputs)

    def forward(self, codes: Tensor) -> Tensor:
        m = TorchAlgebra(codes.device)
        working = closed_form(self._prior, self._n_components).to_working(m, codes)
        x = self._output(self.decoder(working))
        rows: Tensor = self._restore(m, x)
        return rows


class Places(nn.Module):
    """Places of rows on a map, without gradients.

    Parameters
    ----------
    features : Features
        Of a map.
    n_components : int
    """

    def __init__(self, features: Features, n_components: int) -> None:
        super().__init__()
        self.features = features
        self.n_components = n_components

    @torch.no_grad()
    def forward(self, m: TorchAlgebra, rows: Tensor) -> Tensor:
        if not len(rows):
            return rows.new_empty(0, self.n_components)
        some = to_array(rows)
        return self.features.reader()(some).to(m.device)


# By `config.features.kind`: whether gradients pass, and what reads the rows.
_READERS: dict[str, tuple[bool, Callable[[Model], Any]]] = {
    "inputs": (True, lambda model: Reading.of(model.inputs)),
    "layout": (False, lambda model: Places(deepcopy(model.features), model.n_components)),
    "taught": (True, lambda model: Reading.of(model.inputs)),
}
_MODULES: dict[str, Callable[[Any], nn.Module]] = {
    "transform": TransformModule,
    "inverse_transform": InverseTransformModule,
}
