"""Memory that runs out, and memory that is given back."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import TypeVar

import torch

from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.runtime._warnings import warn_user

T = TypeVar("T")


def in_smaller_chunks(run: Callable[[int], T], size: int) -> T:
    """Run with chunks of a size; where the device has no memory for them, with smaller ones.

    Parameters
    ----------
    run : callable
        Given the size of a chunk; called again with half of it when memory runs out.
    size : int
        To begin with.

    Warns
    -----
    SmallerChunksWarning
        Each time.
    """
    while True:
        try:
            return run(size)
        except torch.cuda.OutOfMemoryError:
            if size <= 1:
                raise
            size //= 2
        # Here, not above: what failed is still held there.
        torch.cuda.empty_cache()
        warn_user(
            f"the device is out of memory; going on with chunks of {size}",
            SmallerChunksWarning,
        )


def return_freed_memory() -> None:
    """Give the system back what glibc keeps of freed memory: after a search 30 to 60 MB."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # not glibc
            trim(0)
