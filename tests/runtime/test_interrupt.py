"""Ctrl-C as a request that can be answered between two steps."""

import signal
import sys

import pytest

from aae_sklearn.runtime._interrupt import interruptible, raising_at_once

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals end the process on Windows"
)


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """Python's own handler, which a process started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_second_ctrl_c_interrupts_as_ever():
    with interruptible() as interrupted:
        assert not interrupted.is_set()
        signal.raise_signal(signal.SIGINT)
        assert interrupted.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_of_another_library_is_put_back():
    heard = []
    before = signal.signal(signal.SIGINT, lambda signum, frame: heard.append(signum))
    try:
        with interruptible() as interrupted:
            signal.raise_signal(signal.SIGINT)
        assert interrupted.is_set()
        assert heard == []
        signal.raise_signal(signal.SIGINT)
        assert heard == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_that_is_not_of_python_is_left_alone(monkeypatch):
    """Of one that was set by a program of which Python is a part, it says None."""
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    monkeypatch.setattr(signal, "signal", lambda *_: pytest.fail("a handler was set"))
    with interruptible() as interrupted, raising_at_once(interrupted):
        assert not interrupted.is_set()
