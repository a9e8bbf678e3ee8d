"""How many threads compute, and how many afterwards."""

import threading

import pytest
import torch

from aae_sklearn.runtime._threads import in_threads, part_size, without_a_second_thread

CPU = torch.device("cpu")


@pytest.fixture
def set_threads():
    """Set how many threads torch has; it has as many as before afterwards."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_parts_keep_their_order_and_have_one_thread_each(set_threads, n_threads):
    set_threads(n_threads)
    found = in_threads(lambda part: (part, torch.get_num_threads()), range(7), CPU)
    assert found == [(part, 1) for part in range(7)]
    assert torch.get_num_threads() == n_threads


@pytest.mark.parametrize("mode", [True, False])
def test_parts_run_in_the_mode_of_the_caller(set_threads, mode):
    set_threads(2)
    with torch.inference_mode(mode):
        found = in_threads(lambda part: torch.is_inference_mode_enabled(), range(2), CPU)
    assert found == [mode, mode]


def test_parts_run_at_the_same_time(set_threads):
    set_threads(2)
    meeting = threading.Barrier(2, timeout=60)
    in_threads(lambda part: meeting.wait(), range(2), CPU)


def test_a_part_that_fails_says_so_and_later_threads_are_as_before(set_threads):
    set_threads(2)
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda part: 1 / part, range(3), CPU)
    seen = []
    later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert seen == [2]


@pytest.mark.parametrize(("n_threads", "n_inside"), [(1, 1), (2, 1), (3, 3)])
def test_a_second_thread_sits_out_and_comes_back(set_threads, n_threads, n_inside):
    set_threads(n_threads)
    with without_a_second_thread():
        assert torch.get_num_threads() == n_inside
    with pytest.raises(ZeroDivisionError), without_a_second_thread():
        raise ZeroDivisionError
    assert torch.get_num_threads() == n_threads


def test_each_of_three_threads_has_work(set_threads):
    set_threads(3)
    assert [part_size(n, 3000, CPU) for n in (1, 2048, 6000, 9000, 9001)] == [
        2048,
        2048,
        2048,
        3000,
        2048,
    ]
    assert part_size(9001, 3000, torch.device("meta")) == 3000
