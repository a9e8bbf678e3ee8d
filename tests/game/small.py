"""Small networks and what trains them, always from the same weights."""

import numpy as np
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.game._game import Game
from aae_sklearn.game._losses import squared_error
from aae_sklearn.game._schedules import Clock, PlannedSchedule
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._terms import Batch, Deception, Latent, Reconstruction
from aae_sklearn.networks._build import build_networks
from aae_sklearn.settings._resolve import resolve_config

X = np.random.RandomState(0).uniform(size=(40, 6)).astype(np.float32)
DRAWS = torch.from_numpy(np.random.RandomState(1).standard_normal((8, 2))).float()


def batch_of(x=X[:8], h=None, z_prior=DRAWS):
    """The first rows; the encoder reads what the decoder is to write."""
    x = torch.as_tensor(x)
    return Batch(torch.arange(len(x)), x, x if h is None else h, z_prior)


def small_config(**params):
    """Of networks for rows of 6 numbers."""
    params = {
        "hidden_layer_sizes": 5,
        "discriminator_layer_sizes": 5,
        "neighbor_weight": 0,
    } | params
    aae = AdversarialAutoencoder(**params)
    return resolve_config(aae.get_params(deep=False), X).network


def small_networks(**params):
    """For rows of 6 numbers."""
    return build_networks(small_config(**params), torch.Generator().manual_seed(0))


def whole(z, z_prior):
    """Codes as they are."""
    return z


class Ended:
    """A schedule without noise, at the peak rate."""

    def rate_factor(self, step):
        return 1.0

    def blur(self, step):
        return 0.0


def small_game(networks=None, rate=0.01, schedule=None):
    """A game of a small discriminator."""
    networks = networks or small_networks()
    clock = Clock(schedule or PlannedSchedule(100))
    return Game(networks.discriminators["codes"], rate, clock, torch.Generator().manual_seed(1))


def small_trainer(
    weight=0.5,
    rate=0.01,
    discriminator_rate=0.01,
    terms=(),
    schedule=None,
    precision=torch.float32,
    **params,
):
    """Reconstruction and the game, and more terms if there are some."""
    networks = small_networks(**params)
    game = small_game(networks, discriminator_rate, schedule)
    return Trainer(
        networks,
        lambda h: Latent(networks.encoder(h)),
        [
            Reconstruction(networks.decoder, squared_error, 3.0, whole),
            Deception(game, weight),
            *terms,
        ],
        [game],
        clock=game.clock,
        rate=rate,
        precision=precision,
    )


def weights(module):
    """A copy of them."""
    return [weight.detach().clone() for weight in module.parameters()]


def changed(before, module):
    """Which of the weights are others now."""
    return [not torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True)]
