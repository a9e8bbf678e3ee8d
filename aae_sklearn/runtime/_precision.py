"""How precisely to compute: in training as asked for, in `transform` always in float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

_BACKENDS: Any = torch.backends

_PRODUCTS = (
    _BACKENDS.cuda.matmul,
    _BACKENDS.cudnn.conv,
    _BACKENDS.cudnn.rnn,
    _BACKENDS.mkldnn.matmul,
    _BACKENDS.mkldnn.conv,
    _BACKENDS.mkldnn.rnn,
)


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
def exact_inference(device: torch.device) -> Iterator[None]:
    """No gradient, and float32 throughout, whatever the caller's torch settings are."""
    with (
        exact_products(),
        torch.inference_mode(),
        torch.autocast(device.type, enabled=False),
    ):
        yield
