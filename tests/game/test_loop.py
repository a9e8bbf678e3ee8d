"""Epochs of steps: their mean losses, who sees them, and when they end."""

import contextlib
import dataclasses
import itertools
import math
import threading

import numpy as np
import pytest
import torch

from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.game._early_stopping import NeverStops
from aae_sklearn.game._feed import Feed
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._loop import check_finite, run_epoch, train
from aae_sklearn.rows._sources import ResidentSource
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from tests.game.small import DRAWS, X, changed, small_trainer, weights

CPU = torch.device("cpu")


class Same:
    def batch(self, index, x):
        return x


@pytest.fixture
def feed():
    """Of 40 rows in batches of 8."""
    return Feed(ResidentSource(torch.from_numpy(X)), Same(), itertools.repeat(DRAWS), 8)


@pytest.fixture
def run():
    return Run(CPU, torch.float32, Randomness(np.random.RandomState(0), CPU), threading.Event())


class Recorder:
    """Notes what it is told; asks to stop after some epochs."""

    def __init__(self, networks, stop_after=None):
        self.networks = networks
        self.stop_after = stop_after
        self.events = []
        self.weights = []

    def begin(self, epoch):
        self.events.append(("begin", epoch))

    def end(self, epoch, record):
        self.events.append(("end", epoch))
        self.weights.append(weights(self.networks.encoder))
        return epoch + 1 == self.stop_after


def test_an_epoch_records_the_mean_of_each_loss(feed, run, monkeypatch):
    trainer, losses = small_trainer(), []
    step = trainer.step

    def noted(batch):
        losses.append(step(batch))
        return losses[-1]

    monkeypatch.setattr(trainer, "step", noted)
    record = run_epoch(trainer, feed, run)
    assert len(losses) == 5
    assert record.losses.keys() == losses[0].keys()
    for name, mean in record.losses.items():
        assert mean == pytest.approx(np.mean([loss[name].item() for loss in losses]))


def test_an_interrupted_epoch_ends_after_its_step(feed, run):
    trainer = small_trainer()
    run.interrupted.set()
    run_epoch(trainer, feed, run)
    assert trainer.clock.n_done == 1


def test_observers_see_each_epoch_with_averaged_weights(feed, run):
    trainer = small_trainer()
    observer = Recorder(trainer.networks)
    result = train(trainer, feed, 3, [observer], NeverStops(), run)
    assert observer.events == [(word, epoch) for epoch in range(3) for word in ("begin", "end")]
    assert len(result.records) == 3
    assert not result.interrupted
    assert not any(changed(observer.weights[-1], trainer.networks.encoder))
    assert any(map(torch.equal, observer.weights[-1], trainer.averages.averages))


def test_an_observer_may_stop_the_training(feed, run):
    trainer = small_trainer()
    result = train(trainer, feed, 9, [Recorder(trainer.networks, 2)], NeverStops(), run)
    assert len(result.records) == 2


def test_an_interrupted_training_says_so(feed, run):
    run.interrupted.set()
    result = train(small_trainer(), feed, 9, [], NeverStops(), run)
    assert len(result.records) == 1
    assert result.interrupted


class Kept:
    """A checkpoint that notes in which state it was offered which is the last."""

    def __init__(self):
        self.last = []

    def resume(self, stage, loop): ...
    def before_exit(self):
        return contextlib.nullcontext()

    def offer(self, stage, loop, *, is_last=False):
        if is_last:
            self.last.append((len(loop.records), len(loop.losses)))


def test_ctrl_c_after_the_last_step_of_an_epoch_keeps_the_checkpoint(feed, run):
    class Presses(Recorder):
        def end(self, epoch, record):
            run.interrupted.set()
            return super().end(epoch, record)

    trainer, kept = small_trainer(), Kept()
    with_checkpoint = dataclasses.replace(run, checkpoint=kept)
    train(trainer, feed, 9, [Presses(trainer.networks)], NeverStops(), with_checkpoint)
    assert kept.last == [(1, 0)]


def test_weights_must_be_finite_in_the_end(feed, run):
    trainer = small_trainer()
    far = torch.nn.Parameter(torch.tensor(math.inf))
    trainer.networks.encoder.register_parameter("far", far)
    with pytest.raises(NonFiniteLossError, match="weights are not finite after the last step"):
        train(trainer, feed, 1, [], NeverStops(), run)


def record(**losses):
    known = {"reconstruction_loss": 1.0, "discriminator_loss": 1.4, "encoder_loss": 0.7}
    return EpochRecord({**known, **losses})


def test_finite_losses_pass():
    check_finite(record(), 0)


@pytest.mark.parametrize("name", ["reconstruction_loss", "discriminator_loss", "encoder_loss"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_each_loss_is_watched(name, value):
    with pytest.raises(NonFiniteLossError, match=f"in epoch 8: .*{name}={value}"):
        check_finite(record(**{name: value}), 7)
