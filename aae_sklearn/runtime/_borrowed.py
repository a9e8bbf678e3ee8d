"""Settings of the whole process, borrowed by whoever needs others.

Several threads may be inside at once: the first that changes a setting keeps what it was, the
last one out puts it back. Where a setting is as it is needed, nobody writes to it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Borrowed(Generic[T]):
    """A setting of the process that is another while somebody is inside.

    Parameters
    ----------
    read : callable
        Returns the setting.
    write : callable
        Called with what `read` returned, to put it back.
    change : callable
        Sets what is needed.
    """

    def __init__(
        self, read: Callable[[], T], write: Callable[[T], None], change: Callable[[], None]
    ) -> None:
        self._read = read
        self._write = write
        self._change = change
        self._lock = threading.Lock()
        self._inside: set[object] = set()
        self._kept: list[T] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget_threads)

    @contextmanager
    def inside(self, is_as_needed: Callable[[], bool]) -> Iterator[None]:
        """Have the setting as it is needed."""
        me = object()
        try:
            with self._lock:
                self._inside.add(me)
                if not is_as_needed():
                    if not self._kept:
                        self._kept.append(self._read())
                    self._change()
            yield
        finally:
            with self._lock:
                self._inside.discard(me)
                if not self._inside and self._kept:
                    self._write(self._kept[0])
                    self._kept.clear()

    def _forget_threads(self) -> None:
        """In a forked child, where other threads are gone, with what they held."""
        self._lock, self._inside = threading.Lock(), set()
        if self._kept:
            self._write(self._kept.pop())
