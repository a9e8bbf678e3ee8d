"""One of torch's threads here, as many as before elsewhere."""

import re
import threading

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from aae_sklearn.runtime import _threads
from aae_sklearn.runtime._threads import (
    begun,
    in_threads,
    n_threads_here,
    one_thread,
    one_thread_of_numpys,
    part_size,
    thread_of_its_own,
)
from aae_sklearn.settings._defaults import CHUNK_ROWS

CPU = torch.device("cpu")


@pytest.fixture(autouse=True, params=["OpenMP and MKL are told", "torch is told"])
def way(request, monkeypatch):
    if request.param == "torch is told":
        monkeypatch.setattr(_threads, "_setters_of_thread", lambda: ())


@pytest.fixture
def set_threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def elsewhere():
    """How many threads a thread that begins now has."""
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return seen[0]


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("error", [None, ZeroDivisionError, KeyboardInterrupt])
def test_one_thread_is_here_and_nowhere_else(set_threads, n_threads, error):
    set_threads(n_threads)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
            assert n_threads_here() == elsewhere() == n_threads
            with one_thread():
                assert n_threads_here() == n_threads
            if error is not None:
                raise error
    except (ZeroDivisionError, KeyboardInterrupt):
        pass
    assert torch.get_num_threads() == elsewhere() == n_threads


def threads_of_mkl():
    """How many MKL computes with in this thread, if torch has it."""
    found = re.search(r"mkl_get_max_threads\(\) : (\d+)", torch.__config__.parallel_info())
    return found and int(found[1])


def test_products_have_one_thread_too(set_threads):
    set_threads(2)
    before = threads_of_mkl()
    with one_thread():
        assert threads_of_mkl() in (1, None)
    assert threads_of_mkl() == before


def test_many_at_once_leave_nothing_changed(set_threads):
    set_threads(3)
    left = []

    def use():
        for _ in range(20):
            with one_thread():
                in_threads(lambda part: part, range(3), CPU)
        left.append(torch.get_num_threads())

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert left == [3] * 4
    assert torch.get_num_threads() == elsewhere() == 3


@pytest.mark.parametrize("n_threads", [1, 3])
def test_parts_keep_their_order_and_have_one_thread_each(set_threads, n_threads):
    set_threads(n_threads)
    found = in_threads(lambda part: (part, torch.get_num_threads()), range(7), CPU)
    assert found == [(part, 1) for part in range(7)]
    assert torch.get_num_threads() == elsewhere() == n_threads


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("context", [torch.inference_mode, torch.set_grad_enabled])
def test_parts_run_in_the_mode_of_the_caller(set_threads, mode, context):
    set_threads(2)
    modes = lambda part: (torch.is_inference_mode_enabled(), torch.is_grad_enabled())  # noqa: E731
    with context(mode):
        assert in_threads(modes, range(3), CPU) == [modes(None)] * 3


@pytest.fixture
def two_threads(set_threads, monkeypatch):
    """Two of ours, on a machine with as many cores."""
    set_threads(2)
    monkeypatch.setattr(_threads, "_pool", None)
    monkeypatch.setattr(_threads, "_n_cores", lambda: 2)


@pytest.mark.usefixtures("two_threads")
def test_a_task_that_is_begun_runs_meanwhile():
    meeting, modes = threading.Barrier(2, timeout=60), torch.is_inference_mode_enabled
    with (
        one_thread(),
        torch.inference_mode(),
        begun(lambda: (meeting.wait() >= 0, modes()), CPU) as found,
    ):
        meeting.wait()
        assert found() == (True, True)


@pytest.mark.parametrize(
    ("n_threads", "device", "pays"), [(1, "cpu", True), (2, "meta", True), (2, "cpu", False)]
)
def test_a_task_is_done_here_where_nothing_is_gained(set_threads, n_threads, device, pays):
    set_threads(n_threads)
    began = []
    with begun(lambda: began.append(1) or threading.get_ident(), torch.device(device), pays) as it:
        assert not began
        assert it() == threading.get_ident()


@pytest.mark.usefixtures("two_threads")
def test_a_task_is_done_here_where_all_threads_are_busy():
    leave = threading.Event()
    busy = [_threads._threads().submit(leave.wait, 60) for _ in range(2)]
    try:
        with begun(threading.get_ident, CPU) as found:
            assert found() == threading.get_ident()
        with begun(threading.get_ident, CPU):
            pass
    finally:
        leave.set()
    assert all(worker.result() for worker in busy)


@pytest.mark.usefixtures("two_threads")
def test_a_task_ends_with_its_context_also_after_an_error():
    begins, ended = threading.Event(), []

    def task():
        begins.set()
        ended.append(threading.get_ident())
        return 1 / 0

    def fail(task):
        with begun(task, CPU):
            assert begins.wait(60)
            raise KeyError

    with pytest.raises(KeyError):
        fail(task)
    assert ended != [threading.get_ident()]
    with pytest.raises(ZeroDivisionError), begun(task, CPU) as found:
        found()


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("context", [one_thread, torch.no_grad], ids=["in a fit", "outside"])
def test_parts_run_at_the_same_time(context):
    meeting = threading.Barrier(2, timeout=60)
    with context():
        in_threads(lambda part: meeting.wait(), range(2), CPU)


def test_parts_of_parts_do_not_wait_for_threads(set_threads):
    set_threads(2)
    nested = in_threads(lambda i: in_threads(lambda j: (i, j), range(3), CPU), range(5), CPU)
    assert nested == [[(i, j) for j in range(3)] for i in range(5)]


def test_a_part_that_fails_says_so_and_ends_the_others(set_threads):
    set_threads(2)
    done = []
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda part: done.append(1 / part), [0] + [1] * 10_000, CPU)
    n_done = len(done)
    assert n_done < 10_000
    assert elsewhere() == torch.get_num_threads() == 2
    assert len(done) == n_done
    assert in_threads(lambda part: part, range(3), CPU) == [0, 1, 2]


def test_a_number_that_a_library_raised_is_one_again(set_threads):
    set_threads(2)
    in_threads(lambda part: torch.set_num_threads(2), range(2), CPU)
    torch.set_num_threads(2)
    assert in_threads(lambda part: torch.get_num_threads(), range(4), CPU) == [1] * 4


def test_each_of_three_threads_has_whole_blocks(set_threads):
    set_threads(3)
    sizes = {n: part_size(n, 3000, CPU) for n in (1, 2048, 6000, 9000, 9001)}
    assert all(size % CHUNK_ROWS == 0 for size in sizes.values())
    n_parts = {n: -(-n // size) for n, size in sizes.items()}
    assert n_parts == {1: 1, 2048: 2, 6000: 3, 9000: 3, 9001: 5}
    assert part_size(9001, 3000, torch.device("meta")) == 3000


def test_a_thread_of_its_own_has_one_of_torchs(set_threads):
    set_threads(3)
    with thread_of_its_own() as beside:
        assert beside.submit(torch.get_num_threads).result() == 1
        assert beside.submit(in_threads, lambda i: i, range(3), CPU).result() == [0, 1, 2]
    assert torch.get_num_threads() == elsewhere() == 3


def test_a_single_part_that_fails_says_so(set_threads):
    set_threads(2)
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda part: 1 / part, [0], CPU)
    assert in_threads(lambda part: 1 / part, [2], CPU) == [0.5]


def test_numpys_algebra_has_one_thread_inside():
    def numbers():
        return [
            library["num_threads"]
            for library in threadpool_info()
            if library["user_api"] == "blas"
        ]

    with threadpool_limits(2, user_api="blas"):
        before = numbers()
        with one_thread_of_numpys():
            assert numbers() == [1] * len(before)
        assert numbers() == before
