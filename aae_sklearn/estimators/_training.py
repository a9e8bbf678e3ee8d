"""What trains a model, put together from its config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aae_sklearn.estimators._fitted_features import (
    FittedFeatures,
    FittedInputs,
    FittedPlaces,
    fitted_lessons,
)
from aae_sklearn.estimators._recipes import MapRecipe, PaperRecipe, Recipe
from aae_sklearn.estimators._taught_recipe import TaughtRecipe
from aae_sklearn.game._feed import Feed
from aae_sklearn.game._game import Game
from aae_sklearn.game._losses import log_loss, squared_error
from aae_sklearn.game._masked import KnownReconstruction
from aae_sklearn.game._schedules import Clock, Schedule
from aae_sklearn.game._smoothing import best_spread
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._terms import Latent, Reconstruction, Term
from aae_sklearn.model._model import Model
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.priors._conditional import conditional_samples
from aae_sklearn.rows._filled import known_by_index
from aae_sklearn.rows._rows import KnownPairs
from aae_sklearn.rows._scaling import mean_row_loss
from aae_sklearn.rows._sources import make_source
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults

_RECONSTRUCTION_LOSSES = {"squared_error": squared_error, "log_loss": log_loss}


def _places(model: Model, rows: Any, run: Run) -> FittedFeatures:
    return FittedPlaces(model.read_features(_as_compared(model.config.features.metric, rows)))


def _lessons(model: Model, rows: Any, run: Run) -> FittedFeatures:
    config: Any = model.config.features
    compared = _as_compared(config.layout.metric, rows)
    return fitted_lessons(model, rows, compared, run.randomness.noise)


_FITTED: dict[str, Callable[[Model, Any, Run], FittedFeatures]] = {
    "inputs": lambda model, rows, run: FittedInputs(),
    "layout": _places,
    "taught": _lessons,
}


def _as_compared(metric: Any, rows: Any) -> Any:
    """The rows that were laid out, as their metric knows them."""
    if not isinstance(metric, tuple):
        return rows
    pairs = KnownPairs(*metric)
    if pairs.shape[0] != rows.shape[0]:  # of a chunk that is not the first
        raise ValueError(
            f"metric=(indices, distances) is of {pairs.shape[0]} rows and the chunk has "
            f"{rows.shape[0]}; give each chunk its own neighbours among the rows of the first, by "
            "set_params(metric=...)"
        )
    return pairs


def fitted_features(model: Model, rows: Any, run: Run) -> FittedFeatures:
    """Features of the rows to train on."""
    return _FITTED[model.config.features.kind](model, rows, run)


# By kind, of a model, its features, the number of rows, and how much they are smoothed.
_RECIPES: dict[str, Callable[[Model, Any, int, float], Recipe]] = {
    "inputs": lambda model, inputs, n_rows, spread: PaperRecipe(model, n_rows),
    "layout": lambda model, layout, n_rows, spread: MapRecipe(model, layout, spread),
    "taught": lambda model, lessons, n_rows, spread: TaughtRecipe(model, lessons.teacher, spread),
}


def make_recipe(model: Model, n_rows: int, spread: float = 0.0) -> Recipe:
    """How the model is trained on so many rows; noise on codes of maps has at least the spread."""
    return _RECIPES[model.config.features.kind](model, model.features, n_rows, spread)


def spread_of(features: FittedFeatures, feed: Feed) -> float:
    """Of noise on the codes of few rows, by what these say of each other; else 0."""
    places, (fewest, most) = features.places, defaults.SMOOTHED_ROWS
    if places is None or not fewest <= len(places) <= most:
        return 0.0
    return best_spread(places, feed.source.batch(torch.arange(len(places))))


def make_feed(model: Model, rows: Any, features: FittedFeatures, run: Run, n_passes: int) -> Feed:
    """Batches of the rows, their features and samples of the prior."""
    config = model.config
    source = make_source(rows, model.inputs, n_passes)
    shape = (config.batch_size, config.network.n_components)
    samples = PriorBatches(model.prior, shape, run.randomness.numpy, run.device)
    by_label = conditional_samples(model.prior, config.label_weight, shape[1], run)
    return Feed(source, features, samples, config.batch_size, by_label)


def make_trainer(
    model: Model,
    recipe: Recipe,
    schedule: Schedule,
    run: Run,
    rows: Any = None,
) -> Trainer:
    """The paper's training of a model, by the recipe for its features; on known cells of rows."""
    config, clock, generator = model.config, Clock(schedule), run.randomness.noise
    games: list[Game] = []
    terms = [reconstruction(model, recipe, generator, rows), *recipe.keep()]
    if config.adversarial_weight > 0:
        rate = config.discriminator_learning_rate
        games = [Game(model.networks.discriminators["codes"], rate, clock, generator)]
        terms += recipe.match(games[0], generator)
    return Trainer(
        model.networks,
        encoding(model, recipe.noise(generator), generator),
        terms,
        games,
        clock=clock,
        rate=config.learning_rate,
        precision=run.precision,
        generator=generator,
    )


def encoding(
    model: Model, noise: Callable[[Tensor], Tensor], generator: torch.Generator
) -> Callable[[Tensor], Latent]:
    """From a batch's features, to which noise is added, to codes in training."""
    encoder = model.networks.encoder

    def encode(h: Tensor) -> Latent:
        codes, divergence = encoder.draw_measured(noise(h), generator)
        return Latent(model.prior.project(codes.float()), divergence)

    return encode


def reconstruction(model: Model, recipe: Recipe, generator: torch.Generator, rows: Any) -> Term:
    """The reconstruction of some rows: of their known cells, where some are missing."""
    loss, decoder = model.config.reconstruction_loss, model.networks.decoder
    rotation, read = model.inputs.rotation, recipe.read(generator)
    baseline = mean_row_loss(model.moments, model.inputs.standardizer, loss)
    known = known_by_index(rows, model.device)
    if known is not None:
        written = rotation.components, rotation.gain
        return KnownReconstruction(decoder, loss, baseline, read, known, *written)
    baseline *= rotation.gain**2
    return Reconstruction(decoder, _RECONSTRUCTION_LOSSES[loss], baseline, read)
