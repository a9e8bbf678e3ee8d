"""Training on chunks of rows that come one after another: what `partial_fit` does."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aae_sklearn.estimators._fitting import initial_model, lay_out_rows, make_trainer
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._loop import check_finite, run_epoch
from aae_sklearn.game._step import AdversarialTrainer
from aae_sklearn.layout._placing import ReferenceEncoder
from aae_sklearn.model._model import Model
from aae_sklearn.priors import Prior
from aae_sklearn.priors._batches import prior_batches
from aae_sklearn.rows._sources import make_source
from aae_sklearn.runtime._precision import own_settings
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings._config import TrainingConfig


@dataclass
class Stream:
    """What one chunk leaves to the next: weights as they are, optimisers, random numbers."""

    model: Model
    randomness: Randomness
    precision: torch.dtype
    trainer: AdversarialTrainer | None = None
    n_chunks: int = 0


def open_stream(
    rows: Any,
    config: TrainingConfig,
    prior: Prior,
    *,
    device: torch.device,
    precision: torch.dtype,
    random_state: np.random.RandomState,
    previous: Model | None,
) -> Stream:
    """Build a model (or go on from `previous`) and, for a map, lay the first chunk out."""
    randomness = Randomness(random_state, device)
    with own_settings(device), randomness.for_modules(config, device):
        model = initial_model(rows, config, prior, device, randomness, previous)
        if config.layout is not None and previous is None:
            nobody = threading.Event()
            lay_out_rows(model, rows, config.layout, randomness, nobody, None)
    return Stream(model, randomness, precision)


def train_on_chunk(stream: Stream, rows: Any, config: TrainingConfig) -> tuple[Model, EpochRecord]:
    """One pass over a chunk; returns a model with averaged weights and what happened."""
    model, randomness = stream.model, stream.randomness
    with own_settings(model.device):
        source = make_source(rows, model.standardizer, model.networks.rotation, model.device, 1)
        codes = _codes_on_map(model, rows)
        if stream.trainer is None:
            stream.trainer = make_trainer(
                model, source, codes, config, stream.precision, randomness, endless=True
            )
        trainer = stream.trainer
        trainer.config, trainer.source, trainer.codes = config, source, codes
        shape = (config.batch_size, model.n_components)
        trainer.draws = prior_batches(model.prior, shape, randomness.numpy, model.device)
        record = run_epoch(trainer, randomness.order, threading.Event())
        check_finite(record, stream.n_chunks)
        stream.n_chunks += 1
        with trainer.averaged():
            return model.copy(), record


def _codes_on_map(model: Model, rows: Any) -> Tensor | None:
    """Where a map that is laid out places the rows; None for an encoder network."""
    if not isinstance(model.networks.encoder, ReferenceEncoder):
        return None
    return to_tensor(model.encode_working(rows), model.device)
