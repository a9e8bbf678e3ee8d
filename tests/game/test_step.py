"""One step: a weighted sum of terms for encoder and decoder, and the discriminator's own."""

from dataclasses import dataclass

import pytest
import torch

from aae_sklearn.game._terms import Latent
from tests.game.small import DRAWS, Ended, batch_of, changed, small_trainer, weights


@dataclass(frozen=True)
class Pull:
    """A term that draws codes to 3."""

    weight: float
    name: str = "pull"

    def __call__(self, batch, latent):
        return (latent.z - 3).square().mean()


def after_a_step(part, **params):
    """Weights of a part of the networks after one step."""
    trainer = small_trainer(**params)
    trainer.step(batch_of())
    return weights(part(trainer.networks))


def discriminator(networks):
    return networks.discriminators["codes"]


def test_each_step_moves_all_networks():
    trainer = small_trainer()
    networks = trainer.networks
    parts = (networks.encoder, networks.decoder, networks.discriminators)
    for _ in range(5):
        before = [weights(part) for part in parts]
        trainer.step(batch_of())
        assert all(all(changed(old, part)) for old, part in zip(before, parts, strict=True))


def test_losses_have_the_names_of_games_and_terms_and_carry_no_graph():
    losses = small_trainer(terms=[Pull(1.0)]).step(batch_of())
    assert list(losses) == ["discriminator_loss", "reconstruction_loss", "encoder_loss", "pull"]
    assert not any(loss.requires_grad for loss in losses.values())


def test_the_encoders_side_of_the_game_does_not_train_the_discriminator():
    trained = [after_a_step(discriminator, weight=weight) for weight in (0.0, 50.0)]
    assert all(map(torch.equal, *trained))


def test_the_discriminators_side_does_not_train_the_encoder():
    trained = [
        after_a_step(lambda networks: networks.encoder, weight=0.0, discriminator_rate=rate)
        for rate in (1e-4, 1e-1)
    ]
    assert all(map(torch.equal, *trained))


def test_the_decoder_learns_from_reconstruction_only():
    trained = [
        after_a_step(lambda networks: networks.decoder, weight=weight) for weight in (0.0, 50.0)
    ]
    for first, second in zip(*trained, strict=True):
        torch.testing.assert_close(first, second, atol=1e-6, rtol=0)


def gradients_of(trainer, monkeypatch):
    """Those that the optimiser of encoder and decoder gets in a step."""
    found = []

    def minimize(loss, rate_factor):
        found.extend(
            torch.autograd.grad(loss, trainer.optimizer.weights, materialize_grads=True,
                                allow_unused=True)
        )  # fmt: skip

    monkeypatch.setattr(trainer.optimizer, "minimize", minimize)
    trainer.step(batch_of())
    return found


def test_a_weight_multiplies_the_gradient_of_its_term(monkeypatch):
    none, one, three = (
        gradients_of(small_trainer(terms=[Pull(weight)]), monkeypatch)
        for weight in (0.0, 1.0, 3.0)
    )
    for at_0, at_1, at_3 in zip(none, one, three, strict=True):
        torch.testing.assert_close(at_3 - at_0, 3 * (at_1 - at_0), rtol=1e-3, atol=1e-6)
    assert any(not torch.equal(at_0, at_1) for at_0, at_1 in zip(none, one, strict=True))


def test_the_weight_of_the_game_pulls_the_encoder():
    trained = [
        after_a_step(lambda networks: networks.encoder, weight=weight) for weight in (0.0, 50.0)
    ]
    assert not any(map(torch.equal, *trained))


def test_the_discriminator_learns_to_tell_codes_from_samples_of_the_prior():
    trainer = small_trainer(weight=0.0, rate=1e-6, discriminator_rate=0.05, schedule=Ended())
    batch = batch_of(z_prior=DRAWS + 10)
    losses = [trainer.step(batch)["discriminator_loss"].item() for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]


def test_codes_are_what_encode_gives():
    trainer = small_trainer()
    trainer.encode = lambda h: Latent(torch.zeros(len(h), 2, requires_grad=True))
    with torch.no_grad():
        decoded = trainer.networks.decoder(torch.zeros(8, 2))
    loss = trainer.step(batch_of())["reconstruction_loss"]
    expected = (batch_of().x - decoded).square().sum(dim=1).mean() / 3
    torch.testing.assert_close(loss, expected)


def test_a_step_is_counted():
    trainer = small_trainer()
    for _ in range(3):
        trainer.step(batch_of())
    assert trainer.clock.n_done == trainer.averages.n_updates == 3


def test_averaged_weights_are_there_for_a_while():
    trainer = small_trainer()
    for _ in range(15):
        trainer.step(batch_of())
    before = weights(trainer.networks.encoder)
    with trainer.averages.applied():
        assert any(changed(before, trainer.networks.encoder))
    assert not any(changed(before, trainer.networks.encoder))


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_products_have_the_precision_asked_for(precision):
    trainer, seen = small_trainer(precision=precision, hidden_layer_sizes=(64, 64)), []
    trainer.networks.encoder.body[2].register_forward_hook(
        lambda layer, inputs, output: seen.append(output.dtype)
    )
    losses = trainer.step(batch_of())
    assert seen == [precision]
    assert {loss.dtype for loss in losses.values()} == {torch.float32}
