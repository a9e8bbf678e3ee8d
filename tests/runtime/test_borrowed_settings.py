"""Settings of the process are lent, and given back by the last who has them."""

import threading

import pytest
import torch

from aae_sklearn.runtime._borrowed import Borrowed
from aae_sklearn.runtime._precision import exact_products, float32_by_default

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def settings():
    yield
    torch.set_default_dtype(torch.float32)
    torch.backends.fp32_precision = "none"
    torch.set_float32_matmul_precision("highest")
    for kind in (torch.backends.mkldnn.matmul, torch.backends.cuda.matmul):
        kind.fp32_precision = "none"


@pytest.fixture
def lent():
    """A setting that is 5 and has to be 1, and a list of what was written."""
    written = [5]
    setting = Borrowed(lambda: written[-1], written.append, lambda: written.append(1))
    return (lambda: setting.inside(lambda: written[-1] == 1)), written


def test_the_first_changes_and_the_last_restores(lent):
    inside, written = lent
    first, second = inside(), inside()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert written == [5, 1]
    second.__exit__(None, None, None)
    assert written == [5, 1, 5]


def test_nobody_writes_what_is_right_already(lent):
    inside, written = lent
    written.append(1)
    with inside():
        pass
    assert written == [5, 1]


def test_an_error_restores(lent):
    inside, written = lent
    with pytest.raises(KeyboardInterrupt), inside():
        raise KeyboardInterrupt
    assert written == [5, 1, 5]


@pytest.mark.parametrize("device", [CPU, torch.device("cuda")])
def test_products_are_exact_inside(device):
    torch.set_float32_matmul_precision("medium")
    with exact_products(device), exact_products(CPU):
        assert torch.get_float32_matmul_precision() == "highest"
    assert torch.get_float32_matmul_precision() == "medium"


def test_what_inherits_goes_on_inheriting():
    with exact_products(CPU):
        pass
    torch.backends.fp32_precision = "bf16"
    assert torch.backends.mkldnn.matmul.fp32_precision == "bf16"


def test_default_type():
    torch.set_default_dtype(torch.float64)
    with float32_by_default():
        assert torch.empty(1).dtype == torch.float32
    assert torch.empty(1).dtype == torch.float64


def test_threads_leave_the_settings_of_the_user():
    torch.set_float32_matmul_precision("medium")

    def use():
        for _ in range(200):
            with exact_products(CPU):
                assert torch.get_float32_matmul_precision() == "highest"

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert torch.get_float32_matmul_precision() == "medium"


def test_what_inherits_another_precision_goes_on_inheriting():
    torch.backends.fp32_precision = "tf32"
    with exact_products(torch.device("cuda")):
        assert torch.backends.cuda.matmul.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    torch.backends.fp32_precision = "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"


def test_a_forked_child_has_the_settings_of_the_user(lent):
    inside, written = lent
    with inside():
        inside.__closure__[0].cell_contents._forget_threads()  # as after a fork
        assert written == [5, 1, 5]
        with inside():
            assert written[-1] == 1
        assert written[-1] == 5
    assert written == [5, 1, 5, 1, 5]
