"""From validated rows to a trained model that knows classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aae_sklearn.estimators._fitted_features import FittedInputs
from aae_sklearn.estimators._fitting import FitResult
from aae_sklearn.estimators._labelled_training import make_labelled_trainer
from aae_sklearn.estimators._starting import FreshStart
from aae_sklearn.estimators._teachers import ClassTeacher, Lesson, TaughtRows
from aae_sklearn.game._early_stopping import NeverStops
from aae_sklearn.game._feed import Feed
from aae_sklearn.game._loop import Observer, check_codes, train
from aae_sklearn.layout._arrangement import arrange
from aae_sklearn.model._model import Model
from aae_sklearn.model._typical import find_typical
from aae_sklearn.networks._build import build_networks
from aae_sklearn.networks._encoders import Encoder
from aae_sklearn.priors import NormalPrior
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.priors._labelled import LabelledPrior
from aae_sklearn.rows._rows import select_rows
from aae_sklearn.rows._sources import ResidentSource
from aae_sklearn.runtime._interrupt import interruptible, raising_at_once
from aae_sklearn.runtime._memory import return_freed_memory
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._precision import own_settings
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._labelled import LabelledConfig


@dataclass(frozen=True)
class LabelledJob:
    """What is to be fitted, resolved.

    Attributes
    ----------
    config : LabelledConfig
    teacher : ClassTeacher
    device : torch.device
    precision : torch.dtype
    random_state : RandomState
    names : Names
        Of the columns.
    """

    config: LabelledConfig
    teacher: ClassTeacher
    device: torch.device
    precision: torch.dtype
    random_state: np.random.RandomState
    names: Names


def fit_labelled(
    rows: Any,
    job: LabelledJob,
    observe: Callable[[Model, Mapping[str, Any]], Sequence[Observer]],
    report: Callable[[int, int], None],
) -> tuple[FitResult, Lesson]:
    """Find the neighbours of the rows, what classes they are to have, and train on both."""
    config, randomness = job.config.training, Randomness(job.random_state, job.device)
    with own_settings(job.device), interruptible() as interrupted:
        chosen = job.teacher.choose(config.n_rows, randomness.numpy)
        names = job.names.of_rows(chosen)
        run = Run(job.device, job.precision, randomness, interrupted, report, names)
        training_rows = select_rows(rows, chosen)
        model = FreshStart().model(training_rows, config, NormalPrior(), run)
        x = model.inputs.read_all(training_rows)
        with raising_at_once(interrupted):  # without classes a model is of no use
            graph = arrange(training_rows, model.inputs, job.config.layout, run).graph
            lesson = job.teacher.teach(TaughtRows(x, graph, chosen, job.config.n_lessons), run)
        model = _with_classes(model, lesson, run)
        if job.config.goes_on and lesson.learner is not None:
            _go_on(model.networks.encoder, lesson.learner, x)
        shape = (config.batch_size, model.n_components)
        samples = PriorBatches(model.prior, shape, randomness.numpy, run.device)
        feed = Feed(ResidentSource(x), FittedInputs(), samples, config.batch_size)
        n_steps = config.n_epochs * feed.n_batches()
        trainer = make_labelled_trainer(model, x, lesson, graph, n_steps, run)
        training = train(
            trainer, feed, config.n_epochs, observe(model, lesson.found), NeverStops(), run
        )
        model = replace(model, typical=find_typical(model, training_rows))
    return_freed_memory()
    codes = model.encode(rows)
    check_codes(codes)
    return FitResult(model, training, codes), lesson


def _with_classes(model: Model, lesson: Lesson, run: Run) -> Model:
    """Classes by their shares among the rows, a normal style, and networks for so many classes."""
    shares = lesson.probabilities.mean(axis=0, dtype=np.float64)
    model = replace(model, prior=LabelledPrior(shares / shares.sum(), NormalPrior()))
    network = model.config.network
    assert network.heads is not None
    if len(shares) == network.heads.n_classes:
        return model
    heads = replace(network.heads, n_classes=len(shares))
    network = replace(network, heads=heads, n_components=network.n_seen + len(shares))
    networks = build_networks(network, run.randomness.order).to(run.device)
    return replace(model, config=replace(model.config, network=network), networks=networks)


@torch.no_grad()
def _go_on(encoder: Encoder, learner: nn.Sequential, x: Tensor) -> None:
    """Begin as the network that learnt classes last; styles have mean 0, and spread 1 at most."""
    for own, learnt in zip(encoder.parameters(), learner.parameters(), strict=True):
        own[: len(learnt)] = learnt
    n_classes = len(learnt)
    *_, weight, bias = encoder.parameters()
    some = x[:: max(1, len(x) // defaults.TYPICAL_ROWS)]
    styles = encoder(some)[:, n_classes:]
    spread = styles.std(dim=0, correction=0).clamp(min=1)
    weight[n_classes:] /= spread[:, None]
    bias[n_classes:] = -styles.mean(dim=0) / spread
