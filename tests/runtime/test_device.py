"""Where and how precisely; generators; global states lent and given back."""

import pytest
import torch

from aae_sklearn.runtime._device import resolve_device

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
