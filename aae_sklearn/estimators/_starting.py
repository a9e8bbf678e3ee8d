"""The model that a fit begins with: a new one, or the one of the last fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.layout._features import lay_out_rows, prepare
from aae_sklearn.layout._lessons import Lessons, take_lessons, take_more_lessons
from aae_sklearn.model._model import Model
from aae_sklearn.networks._beginning import begin_as_components
from aae_sklearn.networks._build import build_networks
from aae_sklearn.priors import Prior
from aae_sklearn.rows._dominance import warn_of_dominance
from aae_sklearn.rows._fill_values import warn_of_fill_values
from aae_sklearn.rows._inputs import Features, Inputs
from aae_sklearn.rows._rotation import Rotation, fit_rotation, n_lasting
from aae_sklearn.rows._rows import evenly_spaced, select_rows
from aae_sklearn.rows._scaling import Standardizer, fit_standardizer, warn_beyond_bounds
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import TaughtConfig, TrainingConfig


def _the_inputs(rows: Any, inputs: Inputs, config: Any, prior: Prior, run: Run) -> Features:
    return inputs


_FEATURES: dict[str, Callable[[Any, Inputs, Any, Prior, Run], Features]] = {
    "inputs": _the_inputs,
    "layout": lay_out_rows,
    "taught": take_lessons,
}


_PREPARE: dict[str, Callable[[Any, Any, Run], None]] = {
    "inputs": lambda rows, config, run: None,
    "layout": prepare,
    "taught": lambda rows, config, run: prepare(rows, config.layout, run),
}


class Start(Protocol):
    """Where the weights of a fit begin."""

    @property
    def before(self) -> Model | None:
        """The model that is there, if it goes on."""

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        """A model with networks to train, on the device of the run."""

    def weights(self) -> dict[str, Tensor]:
        """Those that are not drawn."""


class FreshStart:
    """Features are found in the rows, weights are random."""

    before = None

    def weights(self) -> dict[str, Tensor]:
        return {}

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        kind = config.standardization
        scaling = fit_standardizer(rows, kind, run.names)
        _PREPARE[config.features.kind](rows, config.features, run)
        standardizer = scaling.standardizer
        if not warn_of_fill_values(rows, scaling.extremes, run.names):
            warn_of_dominance(rows, scaling, kind, run.names)
        compared = inputs = Inputs(standardizer, Rotation(None)).to(run.device)
        has_classes = config.network.heads is not None
        if config.network.rotates:
            n_inputs = config.network.n_inputs
            directions = fit_rotation(rows, standardizer, n_inputs, run.randomness.numpy)
            if not has_classes:  # what says little of a row may tell them apart
                n_inputs = n_lasting(rows, standardizer, n_inputs, config.network.n_components)
            config = replace(config, network=replace(config.network, n_inputs=n_inputs))
            compared = inputs = _rotated(standardizer, directions[:n_inputs], run)
            if config.features.kind == "layout" and n_inputs < len(directions):
                # Neighbours are sought along all: that rows agree in little says something, too.
                compared = _rotated(standardizer, directions, run)
        features = _FEATURES[config.features.kind](rows, compared, config.features, prior, run)
        return_freed_memory()
        networks = build_networks(config.network, run.randomness.order)
        if config.network.rotates and config.features.kind == "inputs" and not has_classes:
            deviations = _deviations(rows, inputs)
            begin_as_components(networks, config.network, deviations, run.randomness.order)
        networks = networks.to(run.device)
        return Model(config, inputs, features, networks, scaling.moments, prior, run.device)


def _deviations(rows: Any, inputs: Inputs) -> Tensor:
    """Standard deviations of inputs, on the CPU, by some of the rows."""
    some = evenly_spaced(rows.shape[0], defaults.MEASURED_ROWS)
    return inputs.read_all(select_rows(rows, some)).std(dim=0, correction=0).cpu()


def _rotated(standardizer: Standardizer, directions: NDArray[np.float32], run: Run) -> Inputs:
    rotation = Rotation(to_tensor(directions, torch.device("cpu")))
    return Inputs(standardizer, rotation).to(run.device)


@dataclass(frozen=True)
class WarmStart:
    """Weights go on from those of a model.

    Attributes
    ----------
    before : Model
    keeps_layout : bool, default=False
        Whether a layout stays as it is; else its rows are laid out from where it places them.
    """

    before: Model
    keeps_layout: bool = False

    def weights(self) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = self.before.networks.state_dict()
        return weights

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        model = self.before.copy().to(run.device)
        warn_beyond_bounds(rows, model.inputs.standardizer, run.names)
        fitted, usual = model.config, _kept if self.keeps_layout else _fitted_again
        config = replace(config, network=fitted.network)
        if self.keeps_layout:
            config = replace(config, features=fitted.features, n_rows=fitted.n_rows)
        go_on = _GOING_ON.get((config.features.kind, self.keeps_layout), usual)
        features = go_on(model, rows, config.features, prior, run)
        return replace(model, config=config, prior=prior, features=features)


_GoOn = Callable[[Model, Any, Any, Prior, Run], Features]


def _kept(model: Model, rows: Any, config: Any, prior: Prior, run: Run) -> Features:
    return model.features


def _fitted_again(model: Model, rows: Any, config: Any, prior: Prior, run: Run) -> Features:
    return model.features.fitted_again(rows, model.inputs, config, prior, run)


def _taught_again(
    model: Model, rows: Any, config: TaughtConfig, prior: Prior, run: Run
) -> Features:
    """The rows are laid out from where the network puts them."""
    start = to_tensor(model.encode_working(rows), run.device)
    return take_more_lessons(rows, start, model.inputs, config, prior, run)


class FormerEncoder:
    """A teacher of a parametric map that has kept no layout: the map as it was.

    Parameters
    ----------
    model : Model
    scale : float
        Of the kernel of the layout that it has learnt.
    """

    compares_rows = False  # what is to be kept is the arrangement of the map

    def __init__(self, model: Model, scale: float) -> None:
        self.model = model
        self.n_references = model.config.n_rows
        self.mode_scale = scale

    def read_all(self, rows: Any, device: torch.device) -> Tensor:
        """Where its network puts rows."""
        return to_tensor(self.model.encode_working(rows), device)


def _taught_by_itself(
    model: Model, rows: Any, config: TaughtConfig, prior: Prior, run: Run
) -> Features:
    return Lessons(model.inputs, FormerEncoder(model.copy(), config.layout.scale))


# By kind, and whether the layout stays; where that says more than the features that there are.
_GOING_ON: dict[tuple[str, bool], _GoOn] = {
    ("taught", False): _taught_again,
    ("taught", True): _taught_by_itself,
}
