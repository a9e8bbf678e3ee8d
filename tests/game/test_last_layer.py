"""The last layer of a decoder, solved: against numpy's least squares."""

import numpy as np
import pytest
import torch

from aae_sklearn.game._last_layer import solve_last_layer
from tests.game.small import small_networks


@pytest.fixture
def decoder():
    return small_networks(hidden_layer_sizes=(7, 9)).decoder


@pytest.fixture
def batches():
    generator = torch.Generator().manual_seed(3)
    pairs = [torch.randn(40, 8, generator=generator).split([2, 6], dim=1) for _ in range(3)]
    return [(z, x + 2) for z, x in pairs]


def test_it_is_the_best_linear_layer_for_what_comes_before_it(decoder, batches):
    z, x = (torch.cat(parts) for parts in zip(*batches, strict=True))
    with torch.no_grad():
        hidden = decoder[:-1](z).double().numpy()
    best, residual, *_ = np.linalg.lstsq(
        np.column_stack([hidden, np.ones(120)]), x.double(), rcond=None
    )
    before = [weight.clone() for weight in decoder[:-1].parameters()]
    solve_last_layer(decoder, [(3.0, batches)], 1e-9)
    assert all(map(torch.equal, before, decoder[:-1].parameters()))
    found = (decoder(z) - x).square().sum(dim=0).detach()
    np.testing.assert_allclose(found, residual, rtol=1e-3)
    np.testing.assert_allclose(decoder[-1].bias.detach(), best[-1], atol=0.05)


def test_a_strong_ridge_keeps_it_as_it_was(decoder, batches):
    before = decoder[-1].weight.clone()
    solve_last_layer(decoder, [(1.0, batches)], 1e9)
    torch.testing.assert_close(decoder[-1].weight, before, atol=1e-5, rtol=0)


def test_a_ridge_is_in_units_of_what_the_layer_reads(decoder, batches):
    """Of rows ten times as many, and of numbers ten times as large, it means the same."""
    many = small_networks(hidden_layer_sizes=(7, 9)).decoder
    solve_last_layer(decoder, [(1.0, batches)], 0.5)
    solve_last_layer(many, [(0.2, batches * 10)], 0.5)
    torch.testing.assert_close(decoder[-1].weight, many[-1].weight, atol=1e-4, rtol=1e-3)


def test_parts_count_by_their_weights_however_many_rows_they_have(decoder, batches):
    twin = small_networks(hidden_layer_sizes=(7, 9)).decoder
    first, *others = batches
    solve_last_layer(decoder, [(2.0, [first] * 5), (4.0, others)], 0.1)
    solve_last_layer(twin, [(1.0, batches)], 0.1)
    torch.testing.assert_close(decoder[-1].weight, twin[-1].weight, atol=1e-4, rtol=1e-3)
    solve_last_layer(decoder, [(9.0, [first]), (1.0, others)], 0.1)
    assert (decoder[-1].weight - twin[-1].weight).abs().max() > 0.01
