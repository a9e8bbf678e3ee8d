"""Precision of products: asked for in training, float32 in `transform`."""

import pytest
import torch

from aae_sklearn.runtime._precision import (
    exact_inference,
    own_settings,
    reduced_precision,
    resolve_precision,
)

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capability", "dtype"), [((7, 5), torch.float32), ((8, 0), torch.bfloat16)]
)
def test_auto_precision_on_a_gpu(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert resolve_precision("auto", torch.device("cuda")) is dtype


@pytest.mark.parametrize("supported", [True, False])
def test_auto_precision_on_a_cpu(monkeypatch, supported):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: supported, raising=False)
    expected = torch.bfloat16 if supported else torch.float32
    assert resolve_precision("auto", CPU) is expected


def test_auto_precision_on_a_cpu_without_onednn(monkeypatch):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: True, raising=False)
    with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
        assert resolve_precision("auto", CPU) is torch.float32


def test_auto_precision_where_torch_cannot_tell(monkeypatch):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert resolve_precision("auto", CPU) is torch.float32


def test_auto_precision_elsewhere():
    assert resolve_precision("auto", torch.device("mps")) is torch.float32


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_precision_by_name(name):
    assert resolve_precision(name, CPU) is getattr(torch, name)


def test_a_step_in_reduced_precision_computes_with_the_present_weights():
    layer, x = torch.nn.Linear(3, 2), torch.ones(1, 3)
    with own_settings(CPU):
        for wanted in (1, 2):
            with torch.no_grad():
                layer.weight.fill_(wanted)
                layer.bias.zero_()
            with reduced_precision(torch.bfloat16, CPU):
                y = layer(x)
            assert y.dtype is torch.bfloat16
            assert (y == 3 * wanted).all()


def test_settings_hold_inside_and_come_back():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        with exact_inference(CPU):
            assert torch.get_float32_matmul_precision() == "highest"
            assert not torch.is_grad_enabled()
            assert not torch.is_autocast_enabled("cpu")
        assert torch.get_float32_matmul_precision() == "medium"
        with pytest.raises(ZeroDivisionError), exact_inference(CPU):
            raise ZeroDivisionError
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
