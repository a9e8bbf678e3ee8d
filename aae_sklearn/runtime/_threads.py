"""Threads: how many torch computes with, and ours, each with one of torch's.

Torch's threads share out single operations and wait for each other by spinning. That pays for
large operations on a quiet machine. Steps of some microseconds gain little from it, and lose
everything where a core has other work, since each operation waits for its slowest thread
(benchmarks/notes/speed.md). So fits run with one of torch's threads. What can be cut in parts
runs in threads of ours, whose parts are large and do not wait for each other. Long work may have
one of them for a task beside it.

Which number torch takes is a matter of each thread (OpenMP's, and MKL's), but
`torch.set_num_threads` also sets what threads to come begin with. Nothing here leaves that
changed. Where OpenMP and MKL are found, they are told themselves, which changes this thread's
number alone; where they are not, torch's number for threads to come is put back at once.

Numpy's and scipy's algebra has threads of its own, which spin as well, and whose number changes
the last bits of what they compute. That number is the whole process's.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from threadpoolctl import LibController, ThreadpoolController

from aae_sklearn.runtime._borrowed import Borrowed
from aae_sklearn.settings import _defaults as defaults

S = TypeVar("S")
T = TypeVar("T")


class _OfThread(threading.local):
    """What this thread may use of the machine; None: as many as torch says."""

    n_threads: int | None = None


_of_thread = _OfThread()
_setting = threading.Lock()
_pool_making = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def n_threads_here() -> int:
    """How many threads work that is started here may take."""
    return _of_thread.n_threads or _n_torch_threads()


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one of torch's threads, here and in no other thread.

    `in_threads` still takes as many of ours as the thread had of torch's.
    """
    outer, before = _of_thread.n_threads, _n_torch_threads()
    try:
        _of_thread.n_threads = n_threads_here()
        _set_here(1)
        yield
    finally:
        _of_thread.n_threads = outer
        _set_here(before)


def one_thread_of_numpys() -> AbstractContextManager[None]:
    """Let numpy's and scipy's algebra compute with one thread, in the whole process; a context."""
    return _of_numpys.inside(lambda: all(n == 1 for _, n in _read_numpys()))


def _read_numpys() -> list[tuple[LibController, int]]:
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    return [(library, library.num_threads) for library in libraries]


def _write_numpys(numbers: list[tuple[LibController, int]]) -> None:
    for library, n_threads in numbers:
        library.set_num_threads(n_threads)


_of_numpys = Borrowed(
    _read_numpys,
    _write_numpys,
    lambda: _write_numpys([(library, 1) for library, _ in _read_numpys()]),
)


@contextmanager
def on_one_core() -> Iterator[None]:
    """Compute with one thread, of torch's and of ours: for one of many that do so."""
    with one_thread():
        _of_thread.n_threads = 1
        yield


def in_threads(function: Callable[[S], T], parts: Sequence[S], device: torch.device) -> list[T]:
    """Apply a function to parts, on a CPU in as many threads as this one may take.

    Each has one of torch's. So has a single part, so that no result depends on how many threads
    there are. Modes of autograd are the caller's. If a part fails, those that have begun come to
    their end first.
    """
    if device.type != "cpu" or len(parts) == 1 or n_threads_here() == 1:
        return in_one_thread(function, parts, device)
    results: dict[int, T] = {}
    waiting = iter(enumerate(parts))
    taking = threading.Lock()
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            with taking:
                number, part = next(waiting, (-1, None))
            if number < 0:
                return
            try:
                results[number] = function(part)  # type: ignore[arg-type]
            except BaseException:
                stopped.set()
                raise

    n_workers = min(n_threads_here(), len(parts), _n_cores())
    workers: list[Future[None]] = []
    try:
        task = _in_modes_of_here(work)
        workers.extend(_threads().submit(task) for _ in range(n_workers))
        for worker in workers:
            worker.result()
    finally:
        stopped.set()
        wait(workers)
    return [results[number] for number in range(len(parts))]


@contextmanager
def begun(
    task: Callable[[], T], device: torch.device, pays: bool = True
) -> Iterator[Callable[[], T]]:
    """What gives a task's result, which on a CPU is computed in a thread of ours meanwhile.

    If that pays, this thread may take two, and one of ours is free before the result is asked for;
    else it is computed then, and here. The task has come to its end when the context does.
    """
    if device.type != "cpu" or not pays or n_threads_here() == 1:
        yield task
        return
    beside = _threads().submit(_in_modes_of_here(task))
    try:
        yield lambda: task() if beside.cancel() else beside.result()
    finally:
        if not beside.cancel():
            wait([beside])


def _in_modes_of_here(task: Callable[[], T]) -> Callable[[], T]:
    """The task for a thread of ours, in this thread's modes of autograd."""
    inference, gradients = torch.is_inference_mode_enabled(), torch.is_grad_enabled()

    def in_modes() -> T:
        _set_here(1)  # a library may have raised it
        with torch.inference_mode(inference), torch.set_grad_enabled(gradients):
            return task()

    return in_modes


def in_one_thread(function: Callable[[S], T], parts: Sequence[S], device: torch.device) -> list[T]:
    """The same in this thread, with one of torch's.

    For what may keep something from call to call, or takes random numbers.
    """
    with one_thread():
        return [function(part) for part in parts]


def part_size(n_rows: int, most: int, device: torch.device) -> int:
    """How many rows to take at a time: on a CPU parts are equal, and as many for each thread.

    There they are whole blocks, as others would be filled up.
    """
    if device.type != "cpu":
        return most
    n_threads = n_threads_here()
    n_parts = n_threads * -(-n_rows // (n_threads * most))
    size = max(min(most, defaults.THREAD_MIN_ROWS), -(-n_rows // n_parts))
    return -(-size // defaults.CHUNK_ROWS) * defaults.CHUNK_ROWS


def _n_torch_threads() -> int:
    """Torch's number for this thread; one that asks for the first time waits till it is right."""
    with _setting:
        return torch.get_num_threads()


def _set_here(n_threads: int) -> None:
    """Set torch's number for this thread, and none for others, those to come included."""
    if _n_torch_threads() == n_threads:
        return
    for set_number in _setters_of_thread():
        set_number(n_threads)
    if _n_torch_threads() != n_threads:
        _set_and_keep(n_threads)


@cache
def _setters_of_thread() -> tuple[Callable[[int], object], ...]:
    """What tells OpenMP, and MKL if torch has it, this thread's number; nothing if not found.

    Both are looked for in torch's own library and in what that has loaded.
    """
    try:
        path = next((Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"))
        library = ctypes.CDLL(str(path))
        of_mkl = [library.MKL_Set_Num_Threads_Local] if torch.backends.mkl.is_available() else []
        return library.omp_set_num_threads, *of_mkl
    except (AttributeError, OSError, StopIteration):
        return ()


def _set_and_keep(n_threads: int) -> None:
    """The same by torch's own function.

    A new thread knows what new threads begin with, and is the only one that does. The lock also
    holds while a thread of ours asks torch for the first time: that writes what it reads.
    """
    with _setting:
        read, written = threading.Event(), threading.Event()

        def keep() -> None:
            for_new_threads = torch.get_num_threads()
            read.set()
            written.wait()
            torch.set_num_threads(for_new_threads)

        keeper = threading.Thread(target=keep, name="aae_sklearn-keeper", daemon=True)
        keeper.start()
        try:
            read.wait()
            torch.set_num_threads(n_threads)
        finally:
            written.set()
            keeper.join()


def _threads() -> ThreadPoolExecutor:
    """Threads of ours, kept for the next call: to start one takes longer than to place a row."""
    global _pool
    with _pool_making:
        if _pool is None:
            _pool = ThreadPoolExecutor(_n_cores(), "aae_sklearn", _begin)
        return _pool


def thread_of_its_own() -> ThreadPoolExecutor:
    """A thread for what runs during the caller's work, with one of torch's; a context.

    A new one would begin with as many as torch says, which spin.
    """
    return ThreadPoolExecutor(1, "aae_sklearn-beside", _begin)


def _begin() -> None:
    _of_thread.n_threads = 1
    _set_here(1)


def _n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _forget_threads() -> None:
    """A forked child has none of its parent's threads, and perhaps locks that they held."""
    global _pool, _setting, _pool_making
    _pool, _setting, _pool_making = None, threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
