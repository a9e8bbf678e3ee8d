"""Training on chunks of rows that come one after another: what `partial_fit` does."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.estimators._fitting import Job
from aae_sklearn.estimators._training import (
    fitted_features,
    make_feed,
    make_recipe,
    make_trainer,
    reconstruction,
)
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._loop import check_finite, run_epoch
from aae_sklearn.model._model import Model
from aae_sklearn.model._typical import find_typical
from aae_sklearn.runtime._precision import own_settings
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import TrainingConfig


@dataclass(frozen=True)
class ChunkResult:
    """A model with averaged weights, what the pass over a chunk amounted to, and its codes."""

    model: Model
    record: EpochRecord
    codes: NDArray[np.float64]


class Stream:
    """What one chunk leaves to the next: weights as they are, optimisers, random numbers.

    Parameters
    ----------
    model : Model
        To train on.
    run : Run
    """

    def __init__(self, model: Model, run: Run) -> None:
        self.model = model
        self.run = run
        self.n_chunks = 0
        self.recipe = make_recipe(model, defaults.NOISE_REFERENCE_ROWS)
        self.trainer = make_trainer(model, self.recipe, self.recipe.endless_schedule(), run)

    def train_on(self, rows: Any, config: TrainingConfig) -> ChunkResult:
        """One pass over a chunk."""
        model = replace(self.model, config=config)
        randomness = self.run.randomness
        with own_settings(self.run.device), randomness.for_modules(config, self.run.device):
            # The first term, which looks at known cells, knows those of a chunk.
            term = reconstruction(model, self.recipe, randomness.noise, rows)
            self.trainer.terms = [term, *self.trainer.terms[1:]]
            features = fitted_features(model, rows, self.run)
            feed = make_feed(model, rows, features, self.run, n_passes=1)
            record = run_epoch(self.trainer, feed, self.run)
            check_finite(record, self.n_chunks)
            self.n_chunks += 1
            with self.trainer.averages.applied():
                averaged = model.copy()
                self.recipe.finish(self.trainer, averaged, feed, self.run)
            averaged = features.kept(averaged)
            averaged = replace(averaged, typical=find_typical(averaged, rows))
        return ChunkResult(averaged, record, features.codes(averaged, rows))


def open_stream(rows: Any, job: Job) -> Stream:
    """A stream that begins with the features of its first chunk, or goes on from a model."""
    randomness = Randomness(job.random_state, job.device)
    signal = threading.Event()
    run = Run(job.device, job.precision, randomness, signal, names=job.names, targets=job.targets)
    with own_settings(job.device), randomness.for_modules(job.config, job.device):
        return Stream(job.start.model(rows, job.config, job.prior, run), run)
