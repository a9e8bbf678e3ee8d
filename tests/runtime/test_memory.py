"""Where memory runs out, and what glibc keeps."""

import ctypes
import os
import platform
import sys
from pathlib import Path

import pytest
import torch

from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.runtime._memory import in_smaller_chunks, return_freed_memory


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
