"""Ctrl-C stops after the step it meets and leaves a model that works."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from torch import nn

from aae_sklearn.exceptions import TrainingInterruptedWarning
from aae_sklearn.priors import CallablePrior
from aae_sklearn.settings import _defaults as defaults
from tests.conftest import MAP

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process on Windows"),
]


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """Python's own handler, which a process started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class PressesCtrlC(nn.Linear):
    """An encoder that sends a real SIGINT to this process at one of its training steps."""

    n_steps = 0

    def __init__(self, n_features, n_components, at_step):
        super().__init__(n_features, n_components)
        self.at_step = at_step

    def forward(self, x):
        if self.training:
            type(self).n_steps += 1
            if type(self).n_steps == self.at_step:
                os.kill(os.getpid(), signal.SIGINT)
        return super().forward(x)


@pytest.fixture
def interrupted_at(make_aae):
    """A small estimator that meets a Ctrl-C at a step; the rows make three steps an epoch."""

    def make(at_step, **params):
        PressesCtrlC.n_steps = 0

        def factory(n_features, n_components):
            return PressesCtrlC(n_features, n_components, at_step)

        params = {"batch_size": 100, "max_iter": 50, **params}
        return make_aae(encoder_factory=factory, **params)

    return make


@pytest.mark.parametrize(("at_step", "n_epochs"), [(1, 1), (2, 1), (3, 1), (5, 2)])
def test_stops_after_the_current_step(interrupted_at, train, at_step, n_epochs):
    aae = interrupted_at(at_step)
    with pytest.warns(TrainingInterruptedWarning, match=f"in epoch {n_epochs} of 50.*usable"):
        aae.fit(train)
    assert PressesCtrlC.n_steps == at_step
    assert aae.n_iter_ == n_epochs
    assert len(aae.history_["reconstruction_loss"]) == n_epochs


def test_leaves_a_model_that_works(interrupted_at, train, held_out):
    aae = interrupted_at(4)
    with pytest.warns(TrainingInterruptedWarning):
        codes = aae.fit_transform(train)
    np.testing.assert_array_equal(aae.transform(train), codes)
    assert np.isfinite(codes).all()
    assert np.isfinite(aae.inverse_transform(codes)).all()
    assert aae.sample(3).shape == (3, 64)
    assert np.isfinite(aae.score(held_out))


class PressesCtrlCWhenDrawn:
    """A law that sends a SIGINT at one of its draws."""

    def __init__(self, at_draw):
        self.at_draw = at_draw
        self.n_draws = 0

    def __call__(self, n_samples, n_components, random_state):
        self.n_draws += 1
        if self.n_draws == self.at_draw:
            os.kill(os.getpid(), signal.SIGINT)
        return random_state.standard_normal((n_samples, n_components))


@pytest.mark.parametrize("at_draw", [2, 3])
def test_stops_the_layout_too(make_aae, train, monkeypatch, at_draw):
    monkeypatch.setattr(defaults, "PRIOR_BLOCK_ELEMENTS", 1)  # a draw for each step
    law = CallablePrior(PressesCtrlCWhenDrawn(at_draw))
    aae = make_aae(prior=law, max_iter=50, **MAP)
    with pytest.warns(TrainingInterruptedWarning, match="usable"):
        codes = aae.fit_transform(train)
    np.testing.assert_array_equal(aae.transform(train), codes)
    assert aae.n_iter_ == 1


def test_keeps_the_best_weights_with_early_stopping(interrupted_at, train):
    aae = interrupted_at(6, early_stopping=True, batch_size=90)
    with pytest.warns(TrainingInterruptedWarning):
        aae.fit(train)
    assert len(aae.history_["validation_score"]) == aae.n_iter_ == 2


def test_warm_start_goes_on_from_it(interrupted_at, train):
    aae = interrupted_at(4, warm_start=True, max_iter=20)
    with pytest.warns(TrainingInterruptedWarning):
        aae.fit(train)
    reached = aae.history_["reconstruction_loss"][-1]
    assert aae.fit(train).history_["reconstruction_loss"][-1] < reached


def test_handler_is_restored(interrupted_at, train):
    before = signal.getsignal(signal.SIGINT)
    with pytest.warns(TrainingInterruptedWarning):
        interrupted_at(2).fit(train)
    assert signal.getsignal(signal.SIGINT) is before


def test_handler_is_restored_after_a_failure(make_aae, train):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ArithmeticError):
        make_aae(learning_rate_init=1e30).fit(train)
    assert signal.getsignal(signal.SIGINT) is before


def test_fit_in_another_thread(make_aae, train):
    handler, codes = signal.getsignal(signal.SIGINT), []
    thread = threading.Thread(target=lambda: codes.append(make_aae().fit_transform(train)))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(codes[0], make_aae().fit_transform(train))
    assert signal.getsignal(signal.SIGINT) is handler


SCRIPT = """
import warnings
import numpy as np
from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import TrainingInterruptedWarning

X = np.random.RandomState(0).uniform(size=(300, 20))
aae = AdversarialAutoencoder(max_iter=10**6, hidden_layer_sizes=8, verbose=1)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    aae.fit(X)
assert any(issubclass(w.category, TrainingInterruptedWarning) for w in caught)
assert (aae.transform(X) == aae.embedding_).all()
print("epochs", aae.n_iter_)
"""


def test_ctrl_c_from_outside():
    command = [sys.executable, "-u", "-c", SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            if line.startswith("epoch "):
                break
        child.send_signal(signal.SIGINT)
        rest = child.stdout.read()
    assert child.returncode == 0
    assert 1 <= int(rest.split()[-1]) < 10**6
