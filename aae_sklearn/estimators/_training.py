"""What trains a model, put together from its config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.estimators._fitted_features import (
    FittedFeatures,
    FittedInputs,
    FittedPlaces,
    fitted_lessons,
)
from aae_sklearn.estimators._recipes import RECIPES, Recipe
from aae_sklearn.estimators._taught_recipe import TaughtRecipe
from aae_sklearn.game._feed import Feed
from aae_sklearn.game._game import Game
from aae_sklearn.game._losses import log_loss, squared_error
from aae_sklearn.game._masked import KnownReconstruction
from aae_sklearn.game._schedules import Clock, Schedule
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._terms import Reconstruction, Term
from aae_sklearn.model._model import Model
from aae_sklearn.priors._batches import prior_batches
from aae_sklearn.rows._rows import KnownPairs
from aae_sklearn.rows._scaling import mean_row_loss
from aae_sklearn.rows._sources import make_source
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings._config import TaughtConfig

_RECONSTRUCTION_LOSSES = {"squared_error": squared_error, "log_loss": log_loss}


def _places(model: Model, rows: Any, run: Run) -> FittedFeatures:
    return FittedPlaces(model.read_features(_as_compared(model.config.features.metric, rows)))


def _lessons(model: Model, rows: Any, run: Run) -> FittedFeatures:
    assert isinstance(model.config.features, TaughtConfig)
    compared = _as_compared(model.config.features.layout.metric, rows)
    return fitted_lessons(model, rows, compared, run.randomness.noise)


_FITTED: dict[str, Callable[[Model, Any, Run], FittedFeatures]] = {
    "inputs": lambda model, rows, run: FittedInputs(),
    "layout": _places,
    "taught": _lessons,
}


def _as_compared(metric: Any, rows: Any) -> Any:
    """The rows that were laid out, as their metric knows them."""
    return KnownPairs(*metric) if isinstance(metric, tuple) else rows


def fitted_features(model: Model, rows: Any, run: Run) -> FittedFeatures:
    """Features of the rows to train on."""
    return _FITTED[model.config.features.kind](model, rows, run)


def make_recipe(model: Model, n_rows: int) -> Recipe:
    """How the model is trained on so many rows."""
    return (RECIPES | {"taught": TaughtRecipe})[model.config.features.kind](model, n_rows)


def make_feed(model: Model, rows: Any, features: FittedFeatures, run: Run, n_passes: int) -> Feed:
    """Batches of the rows, their features and samples of the prior."""
    config = model.config
    source = make_source(rows, model.inputs, n_passes)
    shape = (config.batch_size, config.network.n_components)
    samples = prior_batches(model.prior, shape, run.randomness.numpy, run.device)
    return Feed(source, features, samples, config.batch_size)


def make_trainer(
    model: Model,
    recipe: Recipe,
    schedule: Schedule,
    run: Run,
    known: NDArray[np.bool_] | None = None,
) -> Trainer:
    """The paper's training of a model, by the recipe for its features; on known cells, if some."""
    config, clock, generator = model.config, Clock(schedule), run.randomness.noise
    games: list[Game] = []
    terms = [_reconstruction(model, recipe, generator, known), *recipe.keep()]
    if config.adversarial_weight > 0:
        rate = config.discriminator_learning_rate
        games = [Game(model.networks.discriminators["codes"], rate, clock, generator)]
        terms += recipe.match(games[0], generator)
    return Trainer(
        model.networks,
        _encoder(model, recipe, generator),
        terms,
        games,
        clock=clock,
        rate=config.learning_rate,
        precision=run.precision,
    )


def _encoder(
    model: Model, recipe: Recipe, generator: torch.Generator
) -> Callable[[Tensor], Tensor]:
    """From a batch's features to codes in training."""
    noise, encoder = recipe.noise(generator), model.networks.encoder

    def encode(h: Tensor) -> Tensor:
        return model.prior.project(encoder.draw(noise(h), generator).float())

    return encode


def _reconstruction(
    model: Model, recipe: Recipe, generator: torch.Generator, known: NDArray[np.bool_] | None
) -> Term:
    loss, decoder = model.config.reconstruction_loss, model.networks.decoder
    rotation, read = model.inputs.rotation, recipe.read(generator)
    baseline = mean_row_loss(model.moments, model.inputs.standardizer, loss)
    if known is not None:
        cells = torch.from_numpy(known).to(model.device)
        written = rotation.components, rotation.gain
        return KnownReconstruction(decoder, loss, baseline, read, cells, *written)
    baseline *= rotation.gain**2
    return Reconstruction(decoder, _RECONSTRUCTION_LOSSES[loss], baseline, read)
