"""From validated rows to a trained model: the pieces of a fit, called in order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aae_sklearn._config import TrainingConfig
from aae_sklearn._device import make_generator, seeded_globally
from aae_sklearn._inference import Model
from aae_sklearn._networks import build_networks
from aae_sklearn._preprocessing import (
    column_moments,
    fit_rotation,
    make_standardizer,
    mean_row_loss,
)
from aae_sklearn._sources import make_source, to_tensor
from aae_sklearn._training import (
    AdversarialTrainer,
    EarlyStopping,
    Observer,
    TrainingResult,
    prior_batches,
    train,
)
from aae_sklearn._validation import n_validation_rows
from aae_sklearn.exceptions import (
    CodesCollapsedWarning,
    DiscriminatorWinsWarning,
    ReconstructionCollapsedWarning,
    TrainingInterruptedWarning,
)
from aae_sklearn.priors import Prior

_CPU = torch.device("cpu")
_N_DIAGNOSED = 2_000
_SMALLEST_EXPLAINED_VARIANCE = 0.01
_LOWEST_DISCRIMINATOR_LOSS = 0.2
_SMALLEST_SPREAD = 0.05


@dataclass(frozen=True)
class FitResult:
    """A trained model and how it came about."""

    model: Model
    config: TrainingConfig
    training: TrainingResult


class Randomness:
    """Independent generators, all from one RandomState.

    Attributes
    ----------
    numpy : RandomState
        For subsets and draws of the prior.
    order : torch.Generator
        On the CPU, for initial weights and the order of the rows.
    noise : torch.Generator
        On the device, for what is drawn in a step.
    global_seed : int
        For modules that know nothing but torch's global generators.
    """

    def __init__(self, random_state: np.random.RandomState, device: torch.device) -> None:
        seeds = [int(seed) for seed in random_state.randint(2**31 - 1, size=4)]
        self.numpy = np.random.RandomState(seeds[0])
        self.order = make_generator(seeds[1], _CPU)
        self.noise = make_generator(seeds[2], device)
        self.global_seed = seeds[3]


def fit_model(
    rows: Any,
    config: TrainingConfig,
    prior: Prior,
    *,
    device: torch.device,
    precision: torch.dtype,
    random_state: np.random.RandomState,
    previous: Model | None,
    observe: Callable[[Model], Sequence[Observer]],
) -> FitResult:
    """Build a model (or go on from `previous`) and train it on the rows."""
    randomness = Randomness(random_state, device)
    own_modules = (
        seeded_globally(randomness.global_seed, device)
        if config.network.has_factories
        else nullcontext()
    )
    with own_modules:
        model = _initial_model(rows, config, prior, device, randomness, previous)
        training = _train_model(model, rows, config, precision, randomness, observe)
    return FitResult(model, config, training)


def _initial_model(
    rows: Any,
    config: TrainingConfig,
    prior: Prior,
    device: torch.device,
    randomness: Randomness,
    previous: Model | None,
) -> Model:
    if previous is not None:
        model = previous.copy().to(device)
        model.prior = prior
        return model
    moments = column_moments(rows)
    standardizer = make_standardizer(moments, config.standardization)
    components = None
    if config.network.n_inputs < config.network.n_features:
        directions = fit_rotation(rows, standardizer, config.network.n_inputs, randomness.numpy)
        components = to_tensor(directions, _CPU)
    networks = build_networks(config.network, components, randomness.order).to(device)
    is_log_loss = config.reconstruction_loss == "log_loss"
    return Model(networks, standardizer, moments, prior, is_log_loss, device)


def _train_model(
    model: Model,
    rows: Any,
    config: TrainingConfig,
    precision: torch.dtype,
    randomness: Randomness,
    observe: Callable[[Model], Sequence[Observer]],
) -> TrainingResult:
    networks, device = model.networks, model.device
    n_inputs = config.network.n_inputs
    source = make_source(rows, model.standardizer, networks.rotation, n_inputs, device)
    chosen, held_out = split_rows(rows.shape[0], config, randomness.numpy)
    baseline = mean_row_loss(model.moments, model.standardizer, config.reconstruction_loss)
    trainer = AdversarialTrainer(
        networks,
        model.prior,
        config,
        baseline=baseline * networks.rotation.gain**2,
        n_steps=config.n_epochs * (len(chosen) // config.batch_size),
        generator=randomness.noise,
        precision=precision,
    )
    shape = (config.batch_size, config.network.n_components)
    draws = prior_batches(model.prior, shape, randomness.numpy, device)
    observers, validate = list(observe(model)), None
    if config.early_stopping:
        stopping = EarlyStopping(networks, config.tol, config.n_iter_no_change)
        observers.append(stopping)
        validate = partial(model.explained_variance, rows[held_out])
    result = train(
        trainer,
        source,
        torch.from_numpy(chosen),
        draws,
        observers,
        validate,
        randomness.order,
    )
    if config.early_stopping:
        stopping.restore()
    return result


def split_rows(
    n_rows: int, config: TrainingConfig, random_state: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the rows to train on, and of those that early stopping holds out."""
    if not config.early_stopping:
        return np.arange(n_rows), np.arange(0)
    order = random_state.permutation(n_rows)
    n_held_out = n_validation_rows(n_rows, config.validation_fraction)
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])


def warn_about(result: FitResult, rows: Any) -> None:
    """Warn of what a user should know of a fit that ended: each case has its own class."""
    if result.training.interrupted:
        n_epochs = len(result.training.records)
        warnings.warn(
            f"Ctrl-C ended the training in epoch {n_epochs} of {result.config.n_epochs}; the "
            "model is usable as it stands, and warm_start=True would go on from it",
            TrainingInterruptedWarning,
            stacklevel=3,
        )
    some = rows[:: max(1, rows.shape[0] // _N_DIAGNOSED)]
    for category, problem in _problems(result, some):
        warnings.warn(problem, category, stacklevel=3)


def _problems(result: FitResult, rows: Any) -> Iterator[tuple[type[Warning], str]]:
    explained = result.model.explained_variance(rows)
    if explained < _SMALLEST_EXPLAINED_VARIANCE:
        yield (
            ReconstructionCollapsedWarning,
            f"the reconstruction explains {explained:.3f} of the variance, no better than the mean "
            "row does; raise max_iter or n_components, or lower adversarial_weight",
        )
    loss = result.training.records[-1].discriminator_loss
    if loss < _LOWEST_DISCRIMINATOR_LOSS:
        yield (
            DiscriminatorWinsWarning,
            f"the discriminator tells nearly all codes from the prior (its loss is {loss:.3f}; a "
            "draw is 1.386); raise adversarial_weight or max_iter, or lower "
            "discriminator_learning_rate_init",
        )
    spread = _spread(result.model.encode_working(rows))
    if spread.min() < _SMALLEST_SPREAD:
        yield (
            CodesCollapsedWarning,
            f"the codes' standard deviations along their {len(spread)} principal directions "
            f"range from {spread.max():.3f} down to {spread.min():.3f}, where the prior's are "
            "near 1; raise adversarial_weight or max_iter, or lower n_components",
        )


def _spread(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Standard deviations of the codes along their principal directions, largest first."""
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    spread: NDArray[np.float64] = np.linalg.svd(centred, compute_uv=False) / np.sqrt(len(codes))
    return spread
