"""Losses over known cells, against the sums written out."""

import numpy as np
import pytest
import torch

from aae_sklearn.game._losses import log_loss, squared_error
from aae_sklearn.game._masked import KnownReconstruction, known_log_loss, known_squared_error
from aae_sklearn.game._terms import Latent
from tests.game.small import X, batch_of, small_networks, whole


def test_with_all_cells_known_they_are_the_usual_losses():
    x, other = torch.rand(2, 7, 3)
    known = torch.ones(7, 3, dtype=torch.bool)
    torch.testing.assert_close(known_squared_error(x - other, known), squared_error(x, other))
    torch.testing.assert_close(known_log_loss(x, other, known), log_loss(x, other))


def test_missing_cells_have_no_gradient():
    x, known = torch.rand(5, 4), torch.rand(5, 4) < 0.5
    known[:, 0] = True
    for loss in (
        lambda guess: known_squared_error(x - guess, known),
        lambda guess: known_log_loss(x, guess, known),
    ):
        guess = torch.rand(5, 4, requires_grad=True)
        loss(guess).backward()
        assert torch.equal(guess.grad == 0, ~known)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("gain", [1.0, 0.4])
def test_the_term_is_over_known_cells_in_units_of_the_baseline(loss, gain):
    """Components turn what the decoder writes into cells; the twin does it row by row."""
    batch, decoder = batch_of(), small_networks().decoder
    generator = torch.Generator().manual_seed(0)
    z, width = torch.randn(8, 2, generator=generator), batch.x.shape[1]
    known = torch.rand(len(X), width, generator=generator) < 0.6
    known[:, 0] = True
    turn = torch.linalg.qr(torch.randn(width, width, generator=generator)).Q
    rotates = loss == "squared_error"
    components = turn if rotates else None
    by_index = known.__getitem__
    term = KnownReconstruction(decoder, loss, 3.0, whole, by_index, components, gain)
    found = term(batch, Latent(z)).item()
    written, cells = decoder(z).detach().double(), known[batch.index].numpy()
    if rotates:
        error = ((batch.x - written) @ turn.double()).numpy() / gain
        rows = [(e[k] ** 2).sum() / k.mean() for e, k in zip(error, cells, strict=True)]
        expected = np.mean(rows) / 3
    else:
        x, p = batch.x.numpy(), 1 / (1 + np.exp(-written.numpy()))
        expected = -(x * np.log(p) + (1 - x) * np.log(1 - p))[cells].mean() / 3
    assert found == pytest.approx(expected, rel=1e-4)
