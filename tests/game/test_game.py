"""The two sides of a game, and the noise on what the discriminator reads."""

import math
from dataclasses import replace

import pytest
import torch

from aae_sklearn.networks._build import build_networks
from tests import core_oracles
from tests.game.small import DRAWS, Ended, changed, small_config, small_game, weights

CODES = DRAWS + 1


def labelled_game(n_labels):
    """A game whose discriminator reads labels as well."""
    config = replace(small_config(), n_labels=n_labels)
    networks = build_networks(config, torch.Generator().manual_seed(0))
    return small_game(networks, schedule=Ended())


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


def test_a_discriminator_that_reads_labels_tells_codes_of_a_class_from_its_samples():
    """Codes and samples are the same numbers, and only their labels tell them apart."""
    labels = torch.eye(2).repeat(4, 1)
    z_prior = labels[:, :1].repeat(1, 2)
    codes = 1 - z_prior
    blind, told = small_game(schedule=Ended()), labelled_game(2)
    for _ in range(300):
        blind.discriminate(z_prior, codes)
        told.discriminate(z_prior, codes, labels)
    assert blind.discriminate(z_prior, codes).item() == pytest.approx(2 * math.log(2), abs=0.1)
    assert told.discriminate(z_prior, codes, labels).item() < 0.3
    assert told.deceive(codes, labels).item() > 2
    assert told.deceive(z_prior, labels).item() < 0.3
