"""Where and how precisely; generators; global states lent and given back."""

import contextlib
import ctypes
import os
import platform
import random
import sys
import threading
from pathlib import Path

import pytest
import torch

from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.runtime._device import resolve_device
from aae_sklearn.runtime._memory import in_smaller_chunks, return_freed_memory
from aae_sklearn.runtime._precision import resolve_precision
from aae_sklearn.runtime._randomness import make_generator, seeded_globally
from aae_sklearn.runtime._threads import in_threads, part_size, without_a_second_thread

CPU = torch.device("cpu")


@pytest.mark.parametrize("there", [True, False])
def test_auto_takes_a_gpu_where_there_is_one(monkeypatch, there):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert resolve_device("auto").type == ("cuda" if there else "cpu")


def test_device_by_name():
    assert resolve_device("cpu") == CPU


def test_device_whose_error_says_nothing(monkeypatch):
    def fail(*args, **kwargs):
        raise NotImplementedError

    monkeypatch.setattr(torch, "empty", fail)
    with pytest.raises(ValueError, match=r"not available here \(NotImplementedError\)"):
        resolve_device("cpu")


@pytest.mark.parametrize(
    ("capability", "dtype"), [((7, 5), torch.float32), ((8, 0), torch.bfloat16)]
)
def test_auto_precision_on_a_gpu(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert resolve_precision("auto", torch.device("cuda")) is dtype


@pytest.mark.parametrize("supported", [True, False])
def test_auto_precision_on_a_cpu(monkeypatch, supported):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: supported, raising=False)
    expected = torch.bfloat16 if supported else torch.float32
    assert resolve_precision("auto", CPU) is expected


def test_auto_precision_where_torch_cannot_tell(monkeypatch):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert resolve_precision("auto", CPU) is torch.float32


def test_auto_precision_elsewhere():
    assert resolve_precision("auto", torch.device("mps")) is torch.float32


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_precision_by_name(name):
    assert resolve_precision(name, CPU) is getattr(torch, name)


def test_generator_follows_its_seed():
    first, same, other = (torch.rand(3, generator=make_generator(s, CPU)) for s in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_global_generator_is_lent_and_given_back():
    before, python = torch.get_rng_state(), random.getstate()
    with seeded_globally(3, CPU):
        first = torch.rand(4)
    with seeded_globally(3, CPU):
        assert torch.equal(torch.rand(4), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert random.getstate() == python


def test_global_generator_is_given_back_after_a_failure():
    before = torch.get_rng_state()
    with contextlib.suppress(ZeroDivisionError), seeded_globally(4, CPU):
        torch.rand(4)
        1 / 0  # noqa: B018
    assert torch.equal(torch.get_rng_state(), before)


def test_chunks_are_halved_until_they_fit():
    tried = []

    def run(size):
        tried.append(size)
        if size > 30:
            raise torch.cuda.OutOfMemoryError
        return f"done with {size}"

    with pytest.warns(SmallerChunksWarning) as warned:
        assert in_smaller_chunks(run, 200) == "done with 25"
    assert tried == [200, 100, 50, 25]
    assert [str(warning.message).split()[-1] for warning in warned] == ["100", "50", "25"]


def test_a_chunk_of_one_that_does_not_fit_is_an_error():
    def run(size):
        raise torch.cuda.OutOfMemoryError

    with (
        pytest.warns(SmallerChunksWarning),
        pytest.raises(torch.cuda.OutOfMemoryError),
    ):
        in_smaller_chunks(run, 2)


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


def resident_memory():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries keep no memory")
def test_freed_memory_goes_back_to_the_system():
    n_blocks, size = 2_000, 2**16  # small enough to be taken from memory that glibc keeps
    blocks = [torch.ones(size // 4) for _ in range(n_blocks)]
    del blocks[: n_blocks - 1]
    kept = resident_memory()
    return_freed_memory()
    assert kept - resident_memory() > n_blocks * size / 2


@pytest.mark.parametrize("system", ["win32", "linux"])
def test_where_there_is_no_glibc_nothing_is_returned(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    return_freed_memory()


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
