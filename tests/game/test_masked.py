"""Losses over known cells, against the sums written out."""

import torch

from aae_sklearn.game._losses import log_loss, squared_error
from aae_sklearn.game._masked import known_log_loss, known_squared_error


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
