"""Where and how precisely to compute, and where randomness comes from.

No global seed is read or set: generators are made here from one
``random_state`` and handed down as arguments.
"""

from __future__ import annotations

import ctypes
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

from aae_sklearn.exceptions import SmallerChunksWarning

S = TypeVar("S")
T = TypeVar("T")

_FEWEST_ROWS = 2**11  # that are worth a thread of their own

_BACKENDS: Any = torch.backends
_PRODUCTS = (
    _BACKENDS.cuda.matmul,
    _BACKENDS.cudnn.conv,
    _BACKENDS.cudnn.rnn,
    _BACKENDS.mkldnn.matmul,
    _BACKENDS.mkldnn.conv,
    _BACKENDS.mkldnn.rnn,
)


def resolve_device(device: str) -> torch.device:
    """Turn the user's ``device`` into one that is there.

    Parameters
    ----------
    device : str
        "auto" (a CUDA GPU where there is one, else the CPU) or a torch device string.

    Returns
    -------
    device : torch.device

    Raises
    ------
    ValueError
        If the device is unknown or not there.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.empty(1, device=resolved)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"device={device!r} is not available here ({reason}); use device='auto' or 'cpu'"
        ) from error
    if resolved.type == "meta":
        raise ValueError("device='meta' computes nothing; use device='auto' or 'cpu'")
    return resolved


def resolve_precision(precision: str, device: torch.device) -> torch.dtype:
    """Turn ``precision`` into the type that training multiplies matrices in.

    "auto" is bfloat16 where the hardware multiplies it natively, else float32.
    Codes, losses and weights stay float32 either way, and so does all of ``transform``.
    """
    if precision == "auto":
        return torch.bfloat16 if _multiplies_bfloat16(device) else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
    return False


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
        warnings.warn(
            f"the device is out of memory; going on with chunks of {size}",
            SmallerChunksWarning,
            stacklevel=2,
        )


def part_size(n_rows: int, most: int, device: torch.device) -> int:
    """How many rows to take at a time: on a CPU parts are equal, and as many for each thread."""
    if device.type != "cpu":
        return most
    n_threads = torch.get_num_threads()
    n_parts = n_threads * -(-n_rows // (n_threads * most))
    return max(min(most, _FEWEST_ROWS), -(-n_rows // n_parts))


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


@contextmanager
def without_a_second_thread() -> Iterator[None]:
    """One of torch's threads where there are two, for a loop of operations of some microseconds.

    The second makes them a twentieth faster, and half as fast while its core has other work,
    since each operation waits for both (benchmarks/NOTES.md).
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1 if n_threads == 2 else n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def return_freed_memory() -> None:
    """Give the system back what glibc keeps of freed memory: after a search 30 to 60 MB."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # not glibc
            trim(0)


def make_generator(seed: int, device: torch.device) -> torch.Generator:
    """A torch generator on the device, seeded."""
    return torch.Generator(device=device).manual_seed(seed)


@contextmanager
def own_settings(device: torch.device) -> Iterator[None]:
    """Train alike whatever the caller's torch settings and contexts are."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with (
            exact_products(),
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast(device.type, enabled=False),
        ):
            yield
    finally:
        torch.set_default_dtype(dtype)


@contextmanager
def exact_products() -> Iterator[None]:
    """Products of float32 numbers in float32.

    Each kind of product has a setting, and all products of matrices have one more, which torch
    does not let anybody read where it says something else than theirs.
    """
    precisions = [kind.fp32_precision for kind in _PRODUCTS]
    try:
        of_matrices = torch.get_float32_matmul_precision()
    except RuntimeError:
        of_matrices = "highest"
    torch.set_float32_matmul_precision("highest")
    for kind in _PRODUCTS:
        kind.fp32_precision = "ieee"
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(of_matrices)
        for kind, precision in zip(_PRODUCTS, precisions, strict=True):
            kind.fp32_precision = precision


@contextmanager
def seeded_globally(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators and put them back afterwards.

    Only for modules that users build: their initialisation and dropout have no
    way to take a generator.
    """
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if devices:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
