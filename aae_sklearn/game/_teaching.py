"""A network that learns classes from lessons alone, and what it then sees of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from aae_sklearn.game._adam import ExtrapolatedAdam
from aae_sklearn.game._averages import WeightAverages
from aae_sklearn.game._lessons import ClassLessons
from aae_sklearn.game._losses import soft_cross_entropy
from aae_sklearn.game._schedules import PlannedSchedule
from aae_sklearn.networks._layers import ACTIVATIONS, mlp
from aae_sklearn.runtime._eigenvectors import eigenvectors
from aae_sklearn.runtime._precision import reduced_precision
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._threads import in_threads
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._labelled import LEARNERS_ACTIVATION


class View(NamedTuple):
    """What a network sees of rows.

    Attributes
    ----------
    hidden : Tensor of shape (n_rows, n_view_components)
        The leading components of its last hidden layer, `defaults.VIEW_COMPONENTS` at most, with
        a variance of 1 in all: rows of one class are nearer to each other than their inputs are.
    probabilities : Tensor of shape (n_rows, n_classes)
    network : Sequential
        Whose view it is.
    """

    hidden: Tensor
    probabilities: Tensor
    network: nn.Sequential


def learn_view(
    lessons: ClassLessons,
    layers: tuple[int, ...],
    n_steps: int,
    run: Run,
    report: Callable[[int], None],
) -> View:
    """Train a network on lessons, and look at all rows with it.

    Parameters
    ----------
    lessons : ClassLessons
    layers : tuple of int
        Units of the hidden layers.
    n_steps : int
    run : Run
        Its signal ends the training after the present step.
    report : callable
        Called with the number of steps that are done, after each.

    Returns
    -------
    view : View
    """
    x, n_classes = lessons.x, lessons.probabilities.shape[1]
    sizes = (x.shape[1], *layers, n_classes)
    network = mlp(sizes, ACTIVATIONS[LEARNERS_ACTIVATION], run.randomness.order).to(x.device)
    optimizer = ExtrapolatedAdam(network, defaults.LABELLED_RATE, defaults.MOMENTUM)
    averages, schedule = WeightAverages(network), PlannedSchedule(n_steps)
    size = min(defaults.BATCH_ROWS, len(x))
    for step in range(n_steps):
        if run.interrupted.is_set():
            break
        lesson = lessons.draw(size)
        with reduced_precision(run.precision, x.device):
            logits = network(lesson.x)
        loss = soft_cross_entropy(logits.float(), lesson.probabilities, lesson.weights)
        optimizer.minimize(loss, schedule.rate_factor(step))
        averages.update()
        report(step + 1)
    averages.adopt()
    return _look_at(network, x)


@torch.no_grad()
def _look_at(network: nn.Sequential, x: Tensor) -> View:
    """The leading components of the last hidden layer, with a variance of 1 in all."""
    blocks = x.split(defaults.PLACED_BLOCK_ROWS)
    hidden = torch.cat(in_threads(network[:-1], blocks, x.device))
    probabilities = network[-1](hidden).softmax(dim=1)
    hidden -= hidden.mean(dim=0)
    vectors = eigenvectors(hidden.T @ hidden / len(hidden))
    leading = unit_variance(hidden @ vectors[:, -defaults.VIEW_COMPONENTS :])
    return View(leading, probabilities, network)


def unit_variance(x: Tensor) -> Tensor:
    """Rows around their mean, with a variance of 1 in all columns together."""
    centred = x - x.mean(dim=0)
    tiny = defaults.SMALLEST_VARIANCE
    return centred / centred.square().sum(dim=1).mean().clamp(min=tiny).sqrt()
