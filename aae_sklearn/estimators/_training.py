"""What trains a model, put together from its config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aae_sklearn.estimators._fitted_features import FittedFeatures, FittedInputs, FittedPlaces
from aae_sklearn.game._feed import Feed
from aae_sklearn.game._game import Game
from aae_sklearn.game._losses import log_loss, squared_error
from aae_sklearn.game._noise import InputNoise, input_noise_spread
from aae_sklearn.game._schedules import Clock, Schedule
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._terms import Deception, KernelDistance, Reconstruction, Splice, Term
from aae_sklearn.model._model import Model
from aae_sklearn.priors._batches import prior_batches
from aae_sklearn.rows._scaling import mean_row_loss
from aae_sklearn.rows._sources import make_source
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults

_RECONSTRUCTION_LOSSES = {"squared_error": squared_error, "log_loss": log_loss}

_FITTED: dict[str, Callable[[Model, Any], FittedFeatures]] = {
    "inputs": lambda model, rows: FittedInputs(),
    "layout": lambda model, rows: FittedPlaces(model.read_features(rows)),
}


def fitted_features(model: Model, rows: Any) -> FittedFeatures:
    """Features of the rows to train on."""
    return _FITTED[model.config.features.kind](model, rows)


def make_feed(model: Model, rows: Any, features: FittedFeatures, run: Run, n_passes: int) -> Feed:
    """Batches of the rows, their features and samples of the prior."""
    config = model.config
    source = make_source(rows, model.inputs, n_passes)
    shape = (config.batch_size, config.network.n_components)
    samples = prior_batches(model.prior, shape, run.randomness.numpy, run.device)
    return Feed(source, features, samples, config.batch_size)


def make_trainer(model: Model, n_rows: int, schedule: Schedule, run: Run) -> Trainer:
    """The paper's training of a model.

    Parameters
    ----------
    model : Model
    n_rows : int
        Rows to train on: the fewer, the more noise.
    schedule : Schedule
    run : Run
    """
    config, clock, generator = model.config, Clock(schedule), run.randomness.noise
    games = []
    if config.adversarial_weight > 0:
        discriminator = model.networks.discriminators["codes"]
        games = [Game(discriminator, config.discriminator_learning_rate, clock, generator)]
    return Trainer(
        model.networks,
        _noisy_encoder(model, n_rows, generator),
        [
            _reconstruction(model, generator),
            *(term for game in games for term in _match(model, game)),
        ],
        games,
        clock=clock,
        rate=config.learning_rate,
        precision=run.precision,
    )


def _noisy_encoder(
    model: Model, n_rows: int, generator: torch.Generator
) -> Callable[[Tensor], Tensor]:
    """From a batch's features to codes in training."""
    standardizer, n_components = model.inputs.standardizer, model.n_components
    variance = model.moments.variance / standardizer.scale**2
    scale = float(np.sqrt(variance.mean())) * float(not model.config.network.refines)
    noise = InputNoise(input_noise_spread(n_rows, n_components, scale), generator)

    def encode(h: Tensor) -> Tensor:
        return model.prior.project(model.networks.encoder.draw(noise(h), generator).float())

    return encode


def _reconstruction(model: Model, generator: torch.Generator) -> Term:
    config = model.config
    baseline = mean_row_loss(model.moments, model.inputs.standardizer, config.reconstruction_loss)
    unordered = 1 - defaults.UNORDERED_COMPONENTS / model.n_components
    share = defaults.SPLICED_SHARE * max(0.0, unordered) * (config.adversarial_weight > 0)
    return Reconstruction(
        model.networks.decoder,
        _RECONSTRUCTION_LOSSES[config.reconstruction_loss],
        baseline * model.inputs.rotation.gain**2,
        Splice(share, generator),
    )


def _match(model: Model, game: Game) -> list[Term]:
    """Terms that bring the codes to the prior.

    From a batch of wide codes a discriminator does not learn all the ways in which they can
    differ from the prior; there a kernel distance joins it.
    """
    weight = model.config.adversarial_weight
    beyond = max(0.0, model.n_components - defaults.NARROW_COMPONENTS)
    terms: list[Term] = [Deception(game, weight)]
    return terms + [KernelDistance(weight * beyond)] * (beyond > 0)
