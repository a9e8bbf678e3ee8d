"""Training on chunks of rows that come one after another: what `partial_fit` does."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.estimators._fitting import Job, split_rows
from aae_sklearn.estimators._training import (
    fitted_features,
    make_feed,
    make_recipe,
    make_trainer,
    reconstruction,
    spread_of,
)
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._loop import check_codes, check_finite, check_weights, run_epoch
from aae_sklearn.model._model import Model
from aae_sklearn.model._typical import Typical, find_typical
from aae_sklearn.rows._rows import select_rows
from aae_sklearn.rows._scaling import warn_beyond_bounds
from aae_sklearn.runtime._precision import own_settings
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import TrainingConfig

Settings = dict[str, Any]
_N_ROWS = defaults.NOISE_REFERENCE_ROWS  # nobody knows how many there will be
_READ_ONCE = (
    "prior",
    "adversarial_weight",
    "learning_rate_init",
    "discriminator_learning_rate_init",
    "device",
    "precision",
)


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
    before : Model or None
        What was there before the next chunk.
    settings : dict
        Parameters that it was opened with.
    """

    def __init__(self, model: Model, run: Run, before: Model | None, settings: Settings) -> None:
        self.model = model
        self.run = run
        self.before = before
        self.settings = settings
        self.n_chunks = 0
        self.recipe = make_recipe(model, _N_ROWS)
        self.trainer = make_trainer(model, self.recipe, self.recipe.endless_schedule(), run)

    def goes_on(self, settings: Settings) -> bool:
        """Whether these are the parameters that it was opened with."""
        old = self.settings
        return old.keys() == settings.keys() and all(
            value is old[name] or (isinstance(value, (str, float, int)) and value == old[name])
            for name, value in settings.items()
        )

    def train_on(self, rows: Any, config: TrainingConfig) -> ChunkResult:
        """One pass over a chunk."""
        model, randomness, before = self.model, self.run.randomness, self.before
        model = replace(model, config=replace(model.config, batch_size=config.batch_size))
        if self.n_chunks:  # the first was looked at when the stream was opened
            warn_beyond_bounds(rows, model.inputs.standardizer, self.run.names)
        with own_settings(self.run.device), randomness.for_modules(config, self.run.device):
            # Neighbours may be known of this chunk alone.
            features = fitted_features(replace(model, config=config), rows, self.run)
            feed = make_feed(model, rows, features, self.run, n_passes=1)
            if before is None:  # rows that are laid out say how much they are smoothed
                self.recipe = make_recipe(model, _N_ROWS, spread_of(features, feed))
            # The first term, which looks at known cells, knows those of a chunk.
            term = reconstruction(model, self.recipe, randomness.noise, rows)
            self.trainer.terms = [term, *self.trainer.terms[1:]]
            record = run_epoch(self.trainer, feed, self.run)
            check_finite(record, self.n_chunks, "chunk")
            check_weights(self.trainer.networks)
            self.n_chunks += 1
            with self.trainer.averages.applied():
                averaged = model.copy()
                self.recipe.finish(self.trainer, averaged, feed, self.run, before)
            averaged = features.kept(averaged)
            averaged = replace(averaged, typical=_typical(averaged, rows, before))
        codes = features.codes(averaged, rows)
        check_codes(codes)
        self.before = averaged
        return ChunkResult(averaged, record, codes)


def settings_of(params: Settings) -> Settings:
    """Parameters that are read when a stream is opened, with those of a prior."""
    return {name: value for name, value in params.items() if name.split("__")[0] in _READ_ONCE}


def open_stream(rows: Any, job: Job, settings: Settings) -> Stream:
    """A stream that begins with the features of its first chunk, or goes on from a model."""
    config, names, targets = job.config, job.names, job.targets
    randomness = Randomness(job.random_state, job.device)
    if config.features.lays_out and config.n_rows < rows.shape[0]:
        chosen, _ = split_rows(rows.shape[0], config, randomness.numpy)
        rows, names = select_rows(rows, chosen), names.of_rows(chosen)
        targets = None if targets is None else targets.take(chosen)
    signal = threading.Event()
    run = Run(job.device, job.precision, randomness, signal, names=names, targets=targets)
    with own_settings(job.device), randomness.for_modules(config, job.device):
        model, before = job.start.model(rows, config, job.prior, run), job.start.before
        before = None if before is None else before.to(job.device)
        return Stream(model, run, before, settings)


def _typical(model: Model, rows: Any, before: Model | None) -> Typical:
    """Of a chunk; of an earlier one that says more, as it has more rows."""
    found = None if before is None else before.typical
    if found is not None and rows.shape[0] < len(found.codes):
        return found
    are_references = before is None and rows.shape[0] <= model.config.n_rows
    return find_typical(model, rows, are_references)
