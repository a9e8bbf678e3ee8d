"""How precisely to compute: in training as asked for, in `transform` always in float32.

Some of torch's settings count for the whole process; they are borrowed by whoever needs others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from aae_sklearn.runtime._borrowed import Borrowed
from aae_sklearn.runtime._threads import one_thread

_BACKENDS: Any = torch.backends
_OF_CPU = _BACKENDS.mkldnn.matmul, _BACKENDS.mkldnn.conv, _BACKENDS.mkldnn.rnn
_OF_GPU = _BACKENDS.cuda.matmul, _BACKENDS.cudnn.conv, _BACKENDS.cudnn.rnn
_PRODUCTS = (*_OF_GPU, *_OF_CPU)
_UNREADABLE = "mixed"


def exact_products(device: torch.device) -> Any:
    """Products of float32 numbers in float32, on the device; a context.

    Each kind of product has a setting, and all products of matrices have one more, which torch
    does not let anybody read where it says something else than theirs.
    """
    kinds = _OF_CPU if device.type == "cpu" else _PRODUCTS
    return _precisions.inside(lambda: _are_exact(kinds))


def float32_by_default() -> Any:
    """New tensors are float32 if nobody says otherwise; a context."""
    return _default_dtype.inside(lambda: torch.get_default_dtype() == torch.float32)


@contextmanager
def torch_defaults() -> Iterator[None]:
    """New tensors are float32 and on the processor, whatever the caller's defaults are.

    A context of torch's for the device slows all of its operations, so it is entered at need.
    """
    elsewhere = torch.get_default_device().type != "cpu"
    with float32_by_default(), torch.device("cpu") if elsewhere else nullcontext():
        yield


def _are_exact(kinds: tuple[Any, ...]) -> bool:
    exact = ("ieee", "none") if kinds is _OF_CPU else ("ieee",)
    return _of_matrices() == "highest" and all(kind.fp32_precision in exact for kind in kinds)


def _of_matrices() -> str:
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:
        return _UNREADABLE


def _read_precisions() -> tuple[str, list[str]]:
    return _of_matrices(), [kind.fp32_precision for kind in _PRODUCTS]


def _write_precisions(precisions: tuple[str, list[str]]) -> None:
    of_matrices, of_kinds = precisions
    torch.set_float32_matmul_precision("highest" if of_matrices == _UNREADABLE else of_matrices)
    for kind, precision in zip(_PRODUCTS, of_kinds, strict=True):
        kind.fp32_precision = "none"  # inherits
        if kind.fp32_precision != precision:
            kind.fp32_precision = precision


def _make_exact() -> None:
    torch.set_float32_matmul_precision("highest")
    for kind in _PRODUCTS:
        kind.fp32_precision = "ieee"


_precisions = Borrowed(_read_precisions, _write_precisions, _make_exact)
_default_dtype = Borrowed(
    torch.get_default_dtype,
    torch.set_default_dtype,
    lambda: torch.set_default_dtype(torch.float32),
)


def resolve_precision(precision: str, device: torch.device) -> torch.dtype:
    """Turn ``precision`` into the type that training multiplies matrices in.

    "auto" is bfloat16 where the hardware multiplies it natively, else float32. On a CPU torch uses
    that hardware by way of oneDNN, without which such a product takes hundreds of times as long.
    Codes, losses and weights stay float32 either way, and so does all of ``transform``.
    """
    if precision == "auto":
        return torch.bfloat16 if _multiplies_bfloat16(device) else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        if not (_BACKENDS.mkldnn.is_available() and _BACKENDS.mkldnn.enabled):
            return False
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
    return False


def reduced_precision(
    precision: torch.dtype, device: torch.device
) -> AbstractContextManager[None]:
    """Multiply matrices of a training step in the precision asked for.

    Without autocast's cache: it keeps casts of weights until the outermost context ends. A fit is
    inside one, so that every step would compute with the first step's weights.
    """
    reduced = precision != torch.float32
    return torch.autocast(device.type, precision, reduced, cache_enabled=False)


@contextmanager
def own_settings(device: torch.device) -> Iterator[None]:
    """Train alike whatever the caller's torch settings and contexts are."""
    with (
        torch_defaults(),
        exact_products(device),
        one_thread(),
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast(device.type, enabled=False),
    ):
        yield


@contextmanager
def exact_inference(device: torch.device) -> Iterator[None]:
    """No gradient, and float32 throughout, whatever the caller's torch settings are."""
    with exact_products(device), torch.inference_mode(), _no_autocast(device.type):
        yield


def _no_autocast(device_type: str) -> AbstractContextManager[Any]:
    """To enter torch's context takes as long as a product for a row; mostly there is no need."""
    if torch.is_autocast_enabled(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()
