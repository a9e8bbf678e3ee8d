"""Terms of the loss of encoder and decoder."""

import numpy as np
import pytest
import torch

from aae_sklearn.game import _losses, _terms
from aae_sklearn.game._terms import (
    Batch,
    Deception,
    Disarrangement,
    Imitation,
    Jitter,
    KernelDistance,
    Latent,
    RadialDistance,
    Reconstruction,
    Shear,
    SlicedDistance,
    Splice,
)
from tests import core_oracles
from tests.game.small import DRAWS, Ended, X, batch_of, small_game, small_networks, whole


def latent():
    return Latent(torch.from_numpy(np.random.RandomState(2).standard_normal((8, 2))).float())


@pytest.mark.parametrize("name", ["squared_error", "log_loss"])
def test_reconstruction_is_in_units_of_the_baseline(name):
    decoder = small_networks().decoder
    term = Reconstruction(decoder, getattr(_losses, name), 3.0, whole)
    output = decoder(latent().z).detach().numpy()
    expected = getattr(core_oracles, name)(X[:8], output) / 3
    assert term(batch_of(), latent()).item() == pytest.approx(expected, rel=1e-4)
    assert (term.name, term.weight) == ("reconstruction_loss", 1)


def test_the_decoder_reads_what_the_splice_gives():
    decoder = small_networks().decoder
    term = Reconstruction(decoder, _losses.squared_error, 1.0, lambda z, z_prior: z_prior)
    expected = core_oracles.squared_error(X[:8], decoder(batch_of().z_prior).detach().numpy())
    assert term(batch_of(), latent()).item() == pytest.approx(expected, rel=1e-4)


def test_deception_is_the_encoders_side_of_the_game():
    game = small_game(schedule=Ended())
    logits = game.discriminator(latent().z).detach().numpy()
    found = Deception(game, 0.5)(batch_of(), latent()).item()
    assert found == pytest.approx(core_oracles.encoder_loss(logits), rel=1e-5)


def test_kernel_distance_is_that_of_codes_to_samples_of_the_prior():
    scales = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    batch = batch_of()
    expected = core_oracles.kernel_distance(latent().z.numpy(), batch.z_prior.numpy(), scales)
    found = KernelDistance(3.0)(batch, latent()).item()
    assert found == pytest.approx(expected, rel=1e-4)


def test_radial_distance_is_that_of_codes_to_samples_of_the_prior():
    batch = batch_of()
    expected = _losses.radial_distance(latent().z, batch.z_prior).item()
    assert RadialDistance(3.0)(batch, latent()).item() == expected


def test_distances_to_the_prior_are_by_label_where_labels_count():
    """Swapping the samples of two labels changes nothing without labels, and costs with them."""
    labels = torch.eye(2).repeat(4, 1)
    z_prior = DRAWS + 5 * labels
    swapped = z_prior.view(4, 2, 2).flip(1).reshape(8, 2)
    for term in (KernelDistance(1.0), SlicedDistance(1.0, 64, torch.Generator().manual_seed(0))):
        blind, told = (
            [term(Batch(None, None, None, z, shown), Latent(z_prior)).item() for z in pair]
            for pair, shown in (((z_prior, swapped), None), ((z_prior, swapped), labels))
        )
        assert blind[0] == pytest.approx(blind[1], abs=1e-5)
        assert told[0] < told[1] - 0.01


def test_some_codes_get_the_end_of_a_sample():
    splice = Splice(0.21, torch.Generator().manual_seed(1))
    spliced = splice(torch.zeros(20_000, 200), torch.ones(20_000, 200))
    n_kept = (spliced == 0).sum(dim=1)
    beginnings = torch.arange(200) >= n_kept[:, None]
    assert torch.equal(spliced, beginnings.float())
    cut = n_kept[n_kept < 200]
    # Half the cuts lie before the root of 200.
    assert len(cut) / 20_000 == pytest.approx(0.21, abs=0.015)
    assert (cut <= 14).float().mean().item() == pytest.approx(0.5, abs=0.03)
    assert cut.min() >= 1


def test_without_a_share_codes_stay_whole():
    codes = torch.zeros(8, 200)
    assert Splice(0.0, torch.Generator())(codes, torch.ones(8, 200)) is codes


def test_sliced_distance_is_taken_along_random_unit_vectors(monkeypatch):
    seen = []
    monkeypatch.setattr(
        _terms, "sliced_distance", lambda z, z_prior, axes, labels: seen.append((z, z_prior, axes))
    )
    term = SlicedDistance(1.0, 8, torch.Generator().manual_seed(0))
    for _ in range(2):
        term(batch_of(), latent())
    (z, z_prior, axes), (*_, others) = seen
    assert torch.equal(z, latent().z)
    assert torch.equal(z_prior, batch_of().z_prior)
    torch.testing.assert_close(axes.norm(dim=1), torch.ones(8))
    assert not torch.equal(axes, others)


def test_shear_is_of_what_the_encoder_adds_to_places():
    batch = batch_of(h=batch_of().z_prior)
    expected = _losses.shear(batch.h, latent().z - batch.h, 0.3)
    torch.testing.assert_close(Shear(5.0, 0.3)(batch, latent()), expected)


def test_jitter_moves_some_codes_more_than_others():
    jitter = Jitter(0.5, torch.Generator().manual_seed(0))
    moves = jitter(torch.ones(20_000, 2), torch.zeros(20_000, 2)) - 1
    # A uniform share of 0.5, squared: a third of 0.5 squared.
    np.testing.assert_allclose(moves.square().mean(dim=0), 0.25 / 3, rtol=0.05)
    np.testing.assert_allclose(moves.mean(dim=0), 0, atol=0.01)
    lengths = moves.norm(dim=1)
    assert (lengths < 0.05).float().mean() > 0.1
    assert not torch.equal(jitter(torch.ones(9, 2), torch.zeros(9, 2)) - 1, moves[:9])


def test_imitation_is_the_log_of_the_cauchy_kernel_at_the_places_at_the_end():
    z, places = latent().z, torch.from_numpy(np.random.RandomState(3).normal(size=(8, 2)))
    batch = batch_of(h=torch.cat([torch.full((8, 5), 9.0), places.float()], dim=1))
    squared = ((z.numpy() - places.numpy()) ** 2).sum(axis=1)
    expected = np.log(1 + squared / 0.3**2).mean()
    assert Imitation(1.0, 0.3)(batch, latent()).item() == pytest.approx(expected, rel=1e-5)


def test_disarrangement_is_of_the_first_rows_and_of_what_the_recipe_says(monkeypatch):
    monkeypatch.setattr(_terms.defaults, "ARRANGED_ROWS", 5)
    batch, codes = batch_of(), latent().z
    expected = _losses.disarrangement(codes[:5], batch.h[:5]).item()
    found = Disarrangement(2.0, lambda batch: batch.h)(batch, latent())
    assert found.item() == pytest.approx(expected, rel=1e-6)
