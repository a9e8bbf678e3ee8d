"""The two sides of a game, and the noise on what the discriminator reads."""

import pytest
import torch

from tests import core_oracles
from tests.game.small import DRAWS, Ended, changed, small_game, weights

CODES = DRAWS + 1


class Blurred(Ended):
    def blur(self, step):
        return 2.0


def test_both_sides_equal_their_slow_twins():
    game = small_game(schedule=Ended())
    of_prior, of_codes = (game.discriminator(z).detach().numpy() for z in (DRAWS, CODES))
    assert game.deceive(CODES).item() == pytest.approx(
        core_oracles.encoder_loss(of_codes), rel=1e-5
    )
    expected = core_oracles.discriminator_loss(of_prior, of_codes)
    assert game.discriminate(DRAWS, CODES).item() == pytest.approx(expected, rel=1e-5)


def test_a_step_of_the_discriminator_lowers_its_loss():
    game = small_game(schedule=Ended())
    losses = [game.discriminate(DRAWS, CODES).item() for _ in range(20)]
    assert losses[-1] < losses[0]


def test_a_step_of_the_discriminator_leaves_codes_without_a_gradient():
    codes = CODES.clone().requires_grad_()
    game = small_game()
    before = weights(game.discriminator)
    game.discriminate(DRAWS, codes)
    assert codes.grad is None
    assert all(changed(before, game.discriminator))


def test_deceiving_changes_no_weight_and_has_a_gradient_for_codes():
    codes = CODES.clone().requires_grad_()
    game = small_game()
    before = weights(game.discriminator)
    (gradient,) = torch.autograd.grad(game.deceive(codes), codes)
    assert gradient.abs().sum() > 0
    assert not any(changed(before, game.discriminator))


def test_what_the_discriminator_reads_is_blurred_as_the_clock_says():
    game, read = small_game(schedule=Blurred()), []
    game.discriminator.register_forward_hook(lambda module, inputs, _: read.append(*inputs))
    far = torch.full((4000, 2), 5.0)
    game.deceive(far)
    game.discriminate(far, far)
    assert [len(z) for z in read] == [4000, 8000]
    for z in read:
        torch.testing.assert_close(z.mean(dim=0), torch.full((2,), 5.0), atol=0.15, rtol=0)
        torch.testing.assert_close(z.std(dim=0), torch.full((2,), 2.0), atol=0.1, rtol=0)


def test_without_blur_codes_are_read_as_they_are():
    game, read = small_game(schedule=Ended()), []
    game.discriminator.register_forward_hook(lambda module, inputs, _: read.append(*inputs))
    game.deceive(CODES)
    assert torch.equal(read[0], CODES)
