"""A row of a product is a function of its row alone, whatever BLAS does."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.runtime import _products
from aae_sklearn.runtime._products import (
    BLOCK_ROWS,
    LOW_BLOCK_ROWS,
    TALL_BLOCK_ROWS,
    each_row_alike,
    exact_product,
    is_ours,
    product,
)
from aae_sklearn.runtime._threads import one_thread

SHAPES = [(1, 1), (2, 100), (50, 256), (256, 2), (100, 3), (64, 33), (784, 50)]
FORMS = [_products._as_they_are, _products._copied, _products._filled_up, _products._exact]


@pytest.fixture(autouse=True)
def as_the_package_calls_it():
    """With one of torch's threads, whatever the process has: several cut tall blocks otherwise."""
    with one_thread():
        yield


@pytest.fixture
def random():
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator)


@pytest.fixture
def no_plans(monkeypatch):
    monkeypatch.setattr(_products, "_plans", {})


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("is_transposed", [False, True])
@pytest.mark.parametrize("has_offset", [False, True])
def test_rows_do_not_depend_on_others(random, shape, is_transposed, has_offset):
    n_inputs, n_outputs = shape
    columns = random(n_outputs, n_inputs).T if is_transposed else random(n_inputs, n_outputs)
    offset = random(n_outputs) if has_offset else None
    x = random(2 * BLOCK_ROWS + 7, n_inputs)
    whole = product(x, columns, offset)
    expected = x.double() @ columns.double() + (0 if offset is None else offset)
    np.testing.assert_allclose(whole, expected, atol=1e-3)
    for part in (
        slice(5, 6),
        slice(0, 20),
        slice(0, max(LOW_BLOCK_ROWS)),
        slice(3, 110),
        slice(None, None, 3),
    ):
        assert torch.equal(product(x[part], columns, offset), whole[part])


@pytest.mark.parametrize("shape", SHAPES)
def test_tall_blocks_have_the_bits_of_others(random, shape, monkeypatch):
    columns, offset, x = (
        random(shape[1], shape[0]).T,
        random(shape[1]),
        random(TALL_BLOCK_ROWS, shape[0]),
    )
    tall, plan = product(x, columns, offset), _products._plan_of(columns, offset)
    assert torch.equal(tall[70:80], product(x[70:80], columns, offset))
    monkeypatch.setattr(_products, "_plan_of", lambda *key: replace(plan, tall=False))
    assert torch.equal(tall, product(x, columns, offset))


@pytest.mark.parametrize("offset", range(0, 16, 3))
def test_rows_do_not_depend_on_their_address(random, offset):
    x, columns = random(BLOCK_ROWS, 100), random(100, 1)
    memory = torch.empty(x.numel() + 16)
    moved = memory[offset : offset + x.numel()].view(x.shape).copy_(x)
    assert torch.equal(product(moved, columns), product(x, columns))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_form_is_the_product(random, form, shape):
    x, columns, offset = random(BLOCK_ROWS, shape[0]), random(*shape), random(shape[1])
    for some, add in ((None, 0), (offset, offset)):
        found = torch.empty(BLOCK_ROWS, shape[1])
        form(x, columns, some, found)
        np.testing.assert_allclose(found, x.double() @ columns.double() + add, atol=1e-3)


def test_memory_for_the_result_is_written_to(random):
    x, columns = random(BLOCK_ROWS + 3, 5), random(5, 4)
    memory = torch.full((len(x), 4), torch.nan)
    assert product(x, columns, out=memory) is memory
    assert torch.equal(memory, product(x, columns))


def test_an_exact_product_has_no_order(random):
    x, columns = random(40, 300) * 10 ** random(40, 1), random(300, 5)
    order = torch.randperm(300, generator=torch.Generator().manual_seed(1))
    assert torch.equal(exact_product(x[:, order], columns[order]), exact_product(x, columns))


def test_an_exact_product_is_as_accurate_as_float32(random):
    x, columns = random(100, 784), random(784, 50)
    true = x.double() @ columns.double()
    error = (exact_product(x, columns) - true).abs().max()
    assert error < 4 * (x @ columns - true).abs().max()


def test_an_exact_product_of_zeros_and_infinite_offsets():
    offset = torch.tensor([torch.inf, 1.0])
    found = exact_product(torch.zeros(3, 4), torch.zeros(4, 2), offset)
    assert torch.equal(found, offset.expand(3, 2))


def edges_differ(x, columns, offset, out):
    """A BLAS that adds up the last eight rows of a block in another order."""
    for rows, order in ((slice(0, -8), slice(None)), (slice(-8, None), slice(None, None, 1))):
        _products._as_they_are(x[rows][:, order], columns[order], offset, out[rows])
    out[-8:] *= 1 + 2**-22


def test_a_form_that_fails_the_trial_is_not_used(no_plans, monkeypatch, random):
    x, columns = random(BLOCK_ROWS, 30), random(30, 20)
    monkeypatch.setattr(_products, "_FORMS", (edges_differ, _products._copied))
    assert _products._plan_of(columns, None).form is _products._copied
    monkeypatch.setattr(_products, "_FORMS", (edges_differ,))
    assert _products._plan_of(columns[:, :9], None).form is _products._exact
    assert torch.equal(product(x, columns[:, :9]), exact_product(x, columns[:, :9]))


@pytest.mark.parametrize("error", [0, 2**-20])
def test_rows_are_copied_only_where_their_address_changes_sums(
    no_plans, monkeypatch, random, error
):
    places = []

    def by_address(x, columns, offset, out):
        places.append(x.data_ptr() % 64)
        _products._as_they_are(x, columns, offset, out)
        out *= 1 + error * (places[-1] > 0)

    monkeypatch.setattr(_products, "_FORMS", (by_address,))
    x, columns = random(2 * BLOCK_ROWS, 30), random(30, 20)
    wanted = product(x, columns)
    memory = torch.empty(x.numel() + 16)
    moved = memory[3 : 3 + x.numel()].view(x.shape).copy_(x)
    product(moved, columns)  # tries the address
    places.clear()
    assert torch.equal(product(moved, columns), wanted)
    assert set(places) == ({0} if error else {12})


def test_few_rows_get_a_small_block_only_where_it_gives_the_same(no_plans, monkeypatch, random):
    def small_blocks_differ(x, columns, offset, out):
        _products._as_they_are(x, columns, offset, out)
        out *= 1 + (len(x) == LOW_BLOCK_ROWS[0]) * 2**-20

    monkeypatch.setattr(_products, "_FORMS", (small_blocks_differ,))
    x, columns = random(BLOCK_ROWS, 30), random(30, 20)
    heights = _products._plan_of(columns, None).heights
    assert LOW_BLOCK_ROWS[0] not in heights
    assert heights[-1] == BLOCK_ROWS
    assert torch.equal(product(x[:2], columns), product(x, columns)[:2])


@pytest.mark.parametrize("shape", [(2, 100), (64, 33)])
def test_small_blocks_that_differ_in_a_quarter_of_the_last_column_are_found(
    no_plans, monkeypatch, random, shape
):
    """As of AVX2 kernels, which fuse a multiplication and an addition there in some heights."""

    def last_column_differs(x, columns, offset, out):
        _products._as_they_are(x, columns, offset, out)
        if len(x) == LOW_BLOCK_ROWS[0]:
            bits = out[:, -1].view(torch.int32)
            bits += bits % 4 == 0

    monkeypatch.setattr(_products, "_FORMS", (last_column_differs,))
    assert LOW_BLOCK_ROWS[0] not in _products._plan_of(random(*shape), None).heights


class Ordered(nn.Module):
    """A module in which the place of a row matters."""

    def forward(self, x):
        return x + torch.arange(len(x))[:, None]


@pytest.mark.parametrize("module", [Ordered(), nn.Sequential(nn.Linear(6, 3), nn.Dropout(0.5))])
def test_users_modules_see_each_row_alike(random, module):
    module.eval()
    x = random(BLOCK_ROWS + 50, 6)
    with torch.no_grad():
        whole = each_row_alike(module, x)
        assert torch.equal(each_row_alike(module, x[40:43]), whole[40:43])
        if isinstance(module, Ordered):
            assert torch.equal(whole, x)


class Multiplies(nn.Module):
    """A module that multiplies itself, and has a part that does not."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(6, 2))
        self.activation = nn.Tanh()

    def forward(self, x):
        return self.activation(x @ self.weight)


class Shifted(nn.Tanh):
    def forward(self, x):
        return super().forward(x) + torch.arange(len(x))[:, None]


@pytest.mark.parametrize("module", [Multiplies(), nn.Sequential(Multiplies()), Shifted()])
def test_a_users_module_is_no_sum_of_its_parts(random, module):
    assert not is_ours(module)
    x = random(50, 6)
    with torch.no_grad():
        whole = each_row_alike(module, x)
        assert torch.equal(each_row_alike(module, x[40:43]), whole[40:43])


@pytest.mark.parametrize("params", [{}, {"encoder": "universal"}, {"n_components": 5}])
def test_networks_of_a_model_are_ours(params):
    rows = np.random.RandomState(0).standard_normal((60, 7))
    networks = AdversarialAutoencoder(max_iter=30, **params).fit(rows)._model.networks
    assert is_ours(networks.encoder)
    assert is_ours(networks.decoder)


def test_modules_that_are_trained_are_left_alone(random):
    x = random(3, 6)
    assert torch.equal(each_row_alike(Ordered(), x), Ordered()(x))
