"""From validated rows to a trained model: the pieces of a fit, called in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.game._early_stopping import EarlyStopping
from aae_sklearn.game._loop import Observer, TrainingResult, train
from aae_sklearn.game._step import AdversarialTrainer
from aae_sklearn.layout._graph import build_graph, coordinate_weights
from aae_sklearn.layout._layout import lay_out, starting_codes
from aae_sklearn.layout._placing import ReferenceEncoder, average_neighbors, neighbor_distance
from aae_sklearn.model._model import Model
from aae_sklearn.networks._build import build_networks
from aae_sklearn.priors import Prior
from aae_sklearn.priors._batches import prior_batches
from aae_sklearn.rows._rotation import Rotation, fit_rotation
from aae_sklearn.rows._rows import select_rows
from aae_sklearn.rows._scaling import column_moments, make_standardizer, mean_row_loss
from aae_sklearn.rows._sources import Source, all_inputs, make_source
from aae_sklearn.runtime._interrupt import interruptible
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._precision import own_settings
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig, TrainingConfig
from aae_sklearn.settings._resolve import n_validation_rows

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class FitResult:
    """A trained model and how its training went."""

    model: Model
    training: TrainingResult


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
    report_layout: Callable[[int, int], None] | None,
) -> FitResult:
    """Build a model (or go on from `previous`), lay its codes out if asked, and train it."""
    randomness = Randomness(random_state, device)
    with (
        own_settings(device),
        randomness.for_modules(config, device),
        interruptible() as interrupted,
    ):
        chosen, held_out = split_rows(rows.shape[0], config, randomness.numpy)
        training_rows = select_rows(rows, chosen)
        model = initial_model(training_rows, config, prior, device, randomness, previous)
        codes = None
        if config.layout is not None:
            codes = lay_out_rows(
                model, training_rows, config.layout, randomness, interrupted, report_layout
            )
            return_freed_memory()
        # Only now: the rows are read once more, but the layout has the memory of its inputs.
        steps = model.standardizer, model.networks.rotation
        source = make_source(training_rows, *steps, device, config.n_epochs)
        trainer = make_trainer(model, source, codes, config, precision, randomness)
        observers, validate = list(observe(model)), None
        if config.early_stopping:
            stopping = EarlyStopping(model.networks, config.tol, config.n_iter_no_change)
            observers.append(stopping)
            validate = partial(model.explained_variance, select_rows(rows, held_out))
        training = train(trainer, observers, validate, randomness.order, interrupted)
        if config.early_stopping:
            stopping.restore()
    return_freed_memory()
    return FitResult(model, training)


def initial_model(
    rows: Any,
    config: TrainingConfig,
    prior: Prior,
    device: torch.device,
    randomness: Randomness,
    previous: Model | None,
) -> Model:
    """A model with networks to train, on the device."""
    if previous is not None:
        model = previous.copy().to(device)
        model.prior = prior
        return model
    moments = column_moments(rows)
    standardizer = make_standardizer(moments, config.standardization)
    components = None
    if config.network.rotates:
        directions = fit_rotation(rows, standardizer, config.network.n_inputs, randomness.numpy)
        components = to_tensor(directions, _CPU)
    networks = build_networks(config.network, components, randomness.order).to(device)
    is_log_loss = config.reconstruction_loss == "log_loss"
    n_components = config.network.n_components
    return Model(networks, standardizer, moments, prior, n_components, is_log_loss, device)


def lay_out_rows(
    model: Model,
    rows: Any,
    config: LayoutConfig,
    randomness: Randomness,
    interrupted: threading.Event,
    report: Callable[[int, int], None] | None,
) -> Tensor:
    """Give the model an encoder of laid out references; returns the codes of the rows."""
    networks = model.networks

    def coordinates_of(rotation: Rotation) -> Tensor:
        whole = rotation.after(networks.rotation)
        return all_inputs(rows, model.standardizer, whole, model.device)

    if isinstance(networks.encoder, ReferenceEncoder):  # a warm start
        coordinates = networks.encoder.coordinates
        start = to_tensor(model.encode_working(rows), model.device)
        x = coordinates_of(coordinates)
    else:
        coordinates = _coordinates(model, rows, randomness)
        x = coordinates_of(coordinates)
        weights = coordinate_weights(x)
        coordinates, x = Rotation(weights.diag()).after(coordinates), x.mul_(weights)
        start = starting_codes(x, model.n_components, randomness.noise)
    graph = build_graph(x, rows, config.n_neighbors, config.metric)
    return_freed_memory()
    draws = prior_batches(
        model.prior, (config.batch_size, model.n_components), randomness.numpy, model.device
    )
    codes = lay_out(start, graph, draws, config, randomness.noise, interrupted, report)
    codes = model.prior.project(codes)
    scale = max(config.scale, neighbor_distance(codes))
    references = average_neighbors(x, graph.index)
    del x, graph  # 20 MB of 60,000 rows
    return_freed_memory()
    networks.encoder = ReferenceEncoder(coordinates, references, codes, scale)
    return codes


def _coordinates(model: Model, rows: Any, randomness: Randomness) -> Rotation:
    """Principal components of the encoder's inputs, in which distances are taken."""
    n_rows, n_inputs = rows.shape[0], model.networks.rotation.n_outputs(rows.shape[1])
    n_coordinates = min(defaults.COORDINATES_MAX, n_inputs, n_rows - 1)
    if model.networks.rotation.components is not None:
        components = torch.eye(n_coordinates, n_inputs)
    else:
        directions = fit_rotation(rows, model.standardizer, n_coordinates, randomness.numpy)
        components = to_tensor(directions, _CPU)
    return Rotation(components).to(model.device)


def make_trainer(
    model: Model,
    source: Source,
    codes: Tensor | None,
    config: TrainingConfig,
    precision: torch.dtype,
    randomness: Randomness,
    *,
    endless: bool = False,
) -> AdversarialTrainer:
    """The trainer of a fit, or of a stream that nobody knows the end of."""
    baseline = mean_row_loss(model.moments, model.standardizer, config.reconstruction_loss)
    variance = model.moments.variance / model.standardizer.scale**2
    shape = (config.batch_size, config.network.n_components)
    return AdversarialTrainer(
        model.networks,
        model.prior,
        source,
        prior_batches(model.prior, shape, randomness.numpy, model.device),
        config,
        codes=codes,
        baseline=baseline * model.networks.rotation.gain**2,
        input_scale=float(np.sqrt(variance.mean())),
        generator=randomness.noise,
        precision=precision,
        endless=endless,
    )


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
