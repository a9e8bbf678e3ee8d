"""Ctrl-C under a callable metric: while neighbours are sought, and while rows are placed."""

import os
import signal
import threading

import numpy as np
import pytest

from aae_sklearn.runtime._interrupt import interruptible, raising_at_once

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# In the search for neighbours, at the landmarks, among the references' members, and in placing.
@pytest.mark.parametrize("pressed_after", [500, 7_000, 9_000, 12_000])
def test_one_press_ends_a_fit_that_has_nothing_usable(make_aae, train, pressed_after):
    calls = 0

    def metric(a, b):
        nonlocal calls
        calls += 1
        if calls == pressed_after:
            os.kill(os.getpid(), signal.SIGINT)
        return float(np.abs(a - b).sum())

    aae = make_aae(neighbor_weight=1, metric=metric, layout_max_iter=2)
    with pytest.raises(KeyboardInterrupt):
        aae.fit(train[:100])
    assert calls < pressed_after + 1_000
    assert not hasattr(aae, "embedding_")


def test_a_request_that_was_made_before_stays_one():
    with interruptible() as interrupted:
        interrupted.set()
        with raising_at_once(interrupted):
            os.kill(os.getpid(), 0)
    assert signal.getsignal(signal.SIGINT) is not None
    with raising_at_once(threading.Event()):
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
