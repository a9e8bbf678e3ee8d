"""A network that learns classes from lessons alone, and what it then sees of rows."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aae_sklearn.game._adam import ExtrapolatedAdam
from aae_sklearn.game._averages import WeightAverages
from aae_sklearn.game._lessons import ClassLessons
from aae_sklearn.game._losses import soft_cross_entropy
from aae_sklearn.game._schedules import PlannedSchedule
from aae_sklearn.networks._layers import ACTIVATIONS, mlp
from aae_sklearn.runtime._eigenvectors import eigenvectors
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults

_MOMENTUM = 0.9


def learn_view(
    lessons: ClassLessons,
    layers: tuple[int, ...],
    n_steps: int,
    run: Run,
    report: Callable[[int], None],
) -> Tensor:
    """Train a network on lessons, and return its last hidden layer of all rows.

    Rows of one class are near each other there, more than they were among the inputs.

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
    view : Tensor of shape (n_rows, n_units)
    """
    x, n_classes = lessons.x, lessons.probabilities.shape[1]
    sizes = (x.shape[1], *layers, n_classes)
    network = mlp(sizes, ACTIVATIONS["silu"], run.randomness.order).to(x.device)
    optimizer = ExtrapolatedAdam(network, defaults.LABELLED_RATE, _MOMENTUM)
    averages, schedule = WeightAverages(network), PlannedSchedule(n_steps)
    size = min(defaults.BATCH_ROWS, len(x))
    for step in range(n_steps):
        if run.interrupted.is_set():
            break
        lesson = lessons.draw(size)
        with torch.autocast(x.device.type, run.precision, run.precision != torch.float32):
            logits = network(lesson.x)
        loss = soft_cross_entropy(logits.float(), lesson.probabilities, lesson.weights)
        optimizer.minimize(loss, schedule.rate_factor(step))
        averages.update()
        report(step + 1)
    averages.adopt()
    return _hidden(network, x)


@torch.no_grad()
def _hidden(network: nn.Sequential, x: Tensor) -> Tensor:
    """The leading components of the last hidden layer, with a variance of 1 in all."""
    before_last = network[:-1]
    hidden = torch.cat([before_last(rows) for rows in x.split(defaults.SCORED_BLOCK_ROWS)])
    hidden -= hidden.mean(dim=0)
    vectors = eigenvectors(hidden.T @ hidden / len(hidden))
    return unit_variance(hidden @ vectors[:, -defaults.VIEW_COMPONENTS :])


def unit_variance(x: Tensor) -> Tensor:
    """Rows around their mean, with a variance of 1 in all columns together."""
    centred = x - x.mean(dim=0)
    tiny = defaults.SMALLEST_VARIANCE
    return centred / centred.square().sum(dim=1).mean().clamp(min=tiny).sqrt()
