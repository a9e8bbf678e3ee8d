"""Ctrl-C as a request that can be answered between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def raising_at_once(interrupted: threading.Event) -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt inside of `interruptible`, where nothing is usable yet.

    A request that was made before stays one.
    """
    if not _can_be_handled() or interrupted.is_set():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set the event and a second one interrupt as ever.

    Signals reach the main thread only; in other threads nothing changes, nor where a program that
    Python is a part of handles Ctrl-C.

    Yields
    ------
    interrupted : threading.Event
    """
    event = threading.Event()
    if not _can_be_handled():
        yield event
        return
    previous = signal.getsignal(signal.SIGINT)

    def request_stop(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, previous)  # first: setting the event has a lock
        event.set()

    signal.signal(signal.SIGINT, request_stop)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, previous)


def _can_be_handled() -> bool:
    """Python cannot put back a handler that is not its own."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    return in_main_thread and signal.getsignal(signal.SIGINT) is not None
