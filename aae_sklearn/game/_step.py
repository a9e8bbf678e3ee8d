"""One step of training, as the paper writes it.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 2: on each minibatch the
autoencoder reconstructs, the discriminator learns to tell samples of the prior from codes, the
encoder learns to be taken for the prior. Reconstruction and the encoder's side of the game are
one weighted sum under one optimiser: Adam is blind to the scale of a loss, so with separate
optimisers a weight would mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from aae_sklearn.game._adam import ExtrapolatedAdam
from aae_sklearn.game._averages import WeightAverages
from aae_sklearn.game._game import Game
from aae_sklearn.game._schedules import Clock
from aae_sklearn.game._terms import Batch, Latent, Term
from aae_sklearn.networks._build import Networks

_MOMENTUM = 0.9  # of encoder and decoder


class Trainer:
    """Terms, games, optimiser and averages of one training; changes the networks in place.

    Parameters
    ----------
    networks : Networks
        On their device.
    encode : callable
        From a batch's features to codes sampled from q(z|x).
    terms : sequence of Term
        Of the loss of encoder and decoder.
    games : sequence of Game
        Whose discriminators learn beside them.
    clock : Clock
        The one that the games have.
    rate : float
        Peak learning rate of encoder and decoder.
    precision : torch.dtype
        Of the matrix products inside the networks.
    """

    def __init__(
        self,
        networks: Networks,
        encode: Callable[[Tensor], Tensor],
        terms: Sequence[Term],
        games: Sequence[Game],
        *,
        clock: Clock,
        rate: float,
        precision: torch.dtype,
    ) -> None:
        self.networks = networks
        self.encode = encode
        self.terms = terms
        self.games = games
        self.clock = clock
        self.precision = precision
        autoencoder = torch.nn.ModuleList([networks.encoder, networks.decoder])
        self.optimizer = ExtrapolatedAdam(autoencoder, rate, _MOMENTUM)
        self.averages = WeightAverages(autoencoder)

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """One minibatch; returns its losses by name."""
        losses: dict[str, Tensor] = {}
        with self._reduced_precision(batch.x.device):
            latent = Latent(self.encode(batch.h))
            for game in self.games:
                losses[game.name] = game.discriminate(batch.z_prior, latent.z)
            for term in self.terms:
                losses[term.name] = term(batch, latent)
        total = torch.stack([term.weight * losses[term.name] for term in self.terms]).sum()
        self.optimizer.minimize(total, self.clock.rate_factor)
        self.averages.update()
        self.clock.tick()
        return {name: loss.detach() for name, loss in losses.items()}

    def _reduced_precision(self, device: torch.device) -> AbstractContextManager[None]:
        """Matrix products in the precision asked for.

        Without its cache: torch would keep casts of weights that are updated meanwhile.
        """
        reduced = self.precision != torch.float32
        return torch.autocast(device.type, self.precision, reduced, cache_enabled=False)
