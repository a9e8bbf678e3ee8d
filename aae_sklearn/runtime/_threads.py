"""How many threads compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from aae_sklearn.settings import _defaults as defaults

S = TypeVar("S")

T = TypeVar("T")


def part_size(n_rows: int, most: int, device: torch.device) -> int:
    """How many rows to take at a time: on a CPU parts are equal, and as many for each thread."""
    if device.type != "cpu":
        return most
    n_threads = torch.get_num_threads()
    n_parts = n_threads * -(-n_rows // (n_threads * most))
    return max(min(most, defaults.THREAD_MIN_ROWS), -(-n_rows // n_parts))


def in_threads(function: Callable[[S], T], parts: Sequence[S], device: torch.device) -> list[T]:
    """Apply a function of many short operations to parts, on a CPU at the same time.

    There are as many threads as torch has, and each has one of torch's: short operations gain
    little from torch's own, and no result depends on how many threads there are. So has a single
    part: eight of torch's share out the sums of a product. Torch's number is set for the whole
    process meanwhile.
    """
    n_threads = torch.get_num_threads()
    if device.type != "cpu" or n_threads == 1:
        return [function(part) for part in parts]
    mode = torch.is_inference_mode_enabled()  # threads have their own

    def run(part: S) -> T:
        with torch.inference_mode(mode):
            return function(part)

    try:
        with ThreadPoolExecutor(
            n_threads, initializer=torch.set_num_threads, initargs=(1,)
        ) as pool:
            return list(pool.map(run, parts))
    finally:
        torch.set_num_threads(n_threads)  # the initializer has set it for threads to come, too


def in_order(function: Callable[[S], T], parts: Sequence[S], device: torch.device) -> list[T]:
    """Apply a function to parts one after another: for one that draws random numbers."""
    return [function(part) for part in parts]


@contextmanager
def without_a_second_thread() -> Iterator[None]:
    """One of torch's threads where there are two, for a loop of operations of some microseconds.

    The second makes them a twentieth faster, and half as fast while its core has other work,
    since each operation waits for both (benchmarks/notes/falls_short.md).
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1 if n_threads == 2 else n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
