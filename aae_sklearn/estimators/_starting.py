"""The model that a fit begins with: a new one, or the one of the last fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch

from aae_sklearn.layout._features import lay_out_rows, prepare
from aae_sklearn.layout._lessons import take_lessons, take_more_lessons
from aae_sklearn.model._model import Model
from aae_sklearn.networks._build import build_networks
from aae_sklearn.priors import Prior
from aae_sklearn.rows._dominance import warn_of_dominance
from aae_sklearn.rows._inputs import Features, Inputs
from aae_sklearn.rows._rotation import Rotation, fit_rotation
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_tensor
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

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        """A model with networks to train, on the device of the run."""


class FreshStart:
    """Features are found in the rows, weights are drawn."""

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        _PREPARE[config.features.kind](rows, config.features, run)
        kind = config.standardization
        scaling = fit_standardizer(rows, kind, run.row_numbers)
        standardizer = scaling.standardizer
        warn_of_dominance(rows, scaling, kind, run.row_numbers)
        rotation = Rotation(None)
        if config.network.rotates:
            n_inputs = config.network.n_inputs
            directions = fit_rotation(rows, standardizer, n_inputs, run.randomness.numpy)
            rotation = Rotation(to_tensor(directions, torch.device("cpu")))
        inputs = Inputs(standardizer, rotation).to(run.device)
        find_features = _FEATURES[config.features.kind]
        features = find_features(rows, inputs, config.features, prior, run)
        return_freed_memory()
        networks = build_networks(config.network, run.randomness.order).to(run.device)
        return Model(config, inputs, features, networks, scaling.moments, prior, run.device)


@dataclass(frozen=True)
class WarmStart:
    """Weights go on from those of a model.

    Attributes
    ----------
    previous : Model
    """

    previous: Model

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        model = self.previous.copy().to(run.device)
        if isinstance(config.features, TaughtConfig):
            return _taught_again(model, rows, config, prior, run)
        features = model.features.fitted_again(rows, model.inputs, config.features, prior, run)
        return replace(model, config=config, prior=prior, features=features)


@dataclass(frozen=True)
class Continuation:
    """Weights go on from those of a model, and features stay as they are.

    Attributes
    ----------
    previous : Model
    """

    previous: Model

    def model(self, rows: Any, config: TrainingConfig, prior: Prior, run: Run) -> Model:
        model = self.previous.copy().to(run.device)
        if isinstance(config.features, TaughtConfig):
            return _taught_again(model, rows, config, prior, run)
        return replace(model, config=config, prior=prior)


def _taught_again(
    model: Model, rows: Any, config: TrainingConfig, prior: Prior, run: Run
) -> Model:
    """A network that keeps no layout: the rows are laid out from where it puts them."""
    assert isinstance(config.features, TaughtConfig)
    start = to_tensor(model.encode_working(rows), run.device)
    features = take_more_lessons(rows, start, model.inputs, config.features, prior, run)
    return replace(model, config=config, prior=prior, features=features)
