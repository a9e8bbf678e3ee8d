"""From validated rows to a trained model: the pieces of a fit, called in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aae_sklearn.estimators._fitted_features import FittedFeatures
from aae_sklearn.estimators._starting import Start
from aae_sklearn.estimators._training import (
    fitted_features,
    make_feed,
    make_recipe,
    make_trainer,
    spread_of,
)
from aae_sklearn.game._early_stopping import EarlyStopping, NeverStops, Stopping
from aae_sklearn.game._loop import Observer, TrainingResult, check_codes, train
from aae_sklearn.model._model import Model
from aae_sklearn.model._typical import find_typical
from aae_sklearn.priors import Prior
from aae_sklearn.rows._rows import select_rows
from aae_sklearn.runtime._checkpoint import NO_CHECKPOINT, Checkpoint
from aae_sklearn.runtime._interrupt import interruptible, raising_at_once
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._precision import own_settings
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run, Targets
from aae_sklearn.settings._config import TrainingConfig
from aae_sklearn.settings._resolve import n_validation_rows


@dataclass(frozen=True)
class Job:
    """What is to be fitted, resolved.

    Attributes
    ----------
    config : TrainingConfig
    prior : Prior
    start : Start
    device : torch.device
    precision : torch.dtype
    random_state : RandomState
    names : Names
        Of the columns.
    checkpoint : Checkpoint
    targets : Targets or None
        Labels of the rows, where they count.
    """

    config: TrainingConfig
    prior: Prior
    start: Start
    device: torch.device
    precision: torch.dtype
    random_state: np.random.RandomState
    names: Names
    checkpoint: Checkpoint = NO_CHECKPOINT
    targets: Targets | None = None


@dataclass(frozen=True)
class FitResult:
    """A trained model, how its training went, and the codes of all rows."""

    model: Model
    training: TrainingResult
    codes: NDArray[np.float64]


def fit_model(
    rows: Any,
    job: Job,
    observe: Callable[[Model], Sequence[Observer]],
    report: Callable[[int, int], None],
) -> FitResult:
    """Find the features of the rows, train the networks on them, encode all rows."""
    config, randomness = job.config, Randomness(job.random_state, job.device)
    with (
        own_settings(job.device),
        randomness.for_modules(config, job.device),
        interruptible() as interrupted,
    ):
        chosen, held_out = split_rows(rows.shape[0], config, randomness.numpy)
        targets = None if job.targets is None else job.targets.take(chosen)
        names = job.names.of_rows(chosen if len(chosen) < rows.shape[0] else None)
        signals = interrupted, report, names, job.checkpoint
        run = Run(job.device, job.precision, randomness, *signals, targets)
        training_rows = select_rows(rows, chosen)
        model = job.start.model(training_rows, config, job.prior, run)
        with raising_at_once(interrupted):  # a map whose rows have no places yet is of no use
            features = fitted_features(model, training_rows, run)
        stopping = _stopping(model, rows, held_out)
        training = _train(model, training_rows, features, observe(model), stopping, run)
        return_freed_memory()
        model = features.kept(model)
        model = replace(model, typical=find_typical(model, training_rows))
    return_freed_memory()
    codes = features.codes(model, rows)
    check_codes(codes)
    return FitResult(model, training, codes)


def _train(
    model: Model,
    rows: Any,
    features: FittedFeatures,
    observers: Sequence[Observer],
    stopping: Stopping,
    run: Run,
) -> TrainingResult:
    """Change the model's networks; what that takes, and holds of the rows, ends with it."""
    return_freed_memory()
    n_epochs = model.config.n_epochs
    feed = make_feed(model, rows, features, run, n_epochs)
    recipe = make_recipe(model, feed.source.n_rows, spread_of(features, feed))
    schedule = recipe.schedule(n_epochs * feed.n_batches())
    trainer = make_trainer(model, recipe, schedule, run, rows)
    training = train(trainer, feed, n_epochs, observers, stopping, run)
    return_freed_memory()
    recipe.finish(trainer, model, feed, run)
    return training


def _stopping(model: Model, rows: Any, held_out: NDArray[np.int64]) -> Stopping:
    config = model.config
    if not config.early_stopping:
        return NeverStops()
    score = partial(model.explained_variance, select_rows(rows, held_out))
    return EarlyStopping(model.networks, score, config.tol, config.n_iter_no_change)


def split_rows(
    n_rows: int, config: TrainingConfig, random_state: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the rows to train on, and of those that early stopping holds out."""
    order = random_state.permutation(n_rows)
    n_held_out = 0
    if config.early_stopping:
        n_held_out = n_validation_rows(n_rows, config.validation_fraction)
    chosen = order[n_held_out : n_held_out + config.n_rows]
    return np.sort(chosen), np.sort(order[:n_held_out])
