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


@pytest.mark.parametrize("handler", [None, signal.SIG_IGN], ids=["of another program", "ignored"])
def test_handlers_that_are_not_of_python_are_left_alone(monkeypatch, handler):
    """None is what Python says of a handler that a program set of which it is a part."""
    if handler is not None:
        signal.signal(signal.SIGINT, handler)
    monkeypatch.setattr(signal, "getsignal", lambda number: handler)
    monkeypatch.setattr(signal, "signal", lambda *_: pytest.fail("a handler was set"))
    with interruptible() as interrupted, raising_at_once(interrupted):
        if handler is not None:
            signal.raise_signal(signal.SIGINT)
    assert not interrupted.is_set()
