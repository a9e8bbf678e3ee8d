"""One step of training, as the paper writes it.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 2: on each minibatch the
autoencoder reconstructs, the discriminator learns to tell samples of the prior from codes, the
encoder learns to be taken for the prior. Reconstruction and the encoder's side of the game are
one weighted sum under one optimiser: Adam is blind to the scale of a loss, so with separate
optimisers a weight would mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aae_sklearn.game._adam import ExtrapolatedAdam
from aae_sklearn.game._averages import WeightAverages
from aae_sklearn.game._game import Game
from aae_sklearn.game._pieces import Pieces
from aae_sklearn.game._schedules import Clock
from aae_sklearn.game._terms import Batch, Latent, Term
from aae_sklearn.networks._build import Networks
from aae_sklearn.runtime._precision import reduced_precision
from aae_sklearn.settings import _defaults as defaults


class Trainer:
    """Terms, games, optimiser and averages of one training; changes the networks in place.

    Parameters
    ----------
    networks : Networks
        On their device.
    encode : callable
        From a batch's features to what the encoder gives.
    terms : sequence of Term
        Of the loss of encoder and decoder.
    games : sequence of Game
        Whose discriminators learn in the same steps.
    clock : Clock
        The one that the games have.
    rate : float
        Peak learning rate of encoder and decoder.
    precision : torch.dtype
        Of the matrix products inside the networks.
    generator : torch.Generator or None
        What a step draws from, so that it can be begun again where memory has run out.
    """

    def __init__(
        self,
        networks: Networks,
        encode: Callable[[Tensor], Latent],
        terms: Sequence[Term],
        games: Sequence[Game],
        *,
        clock: Clock,
        rate: float,
        precision: torch.dtype,
        generator: torch.Generator | None = None,
    ) -> None:
        self.networks = networks
        self.encode = encode
        self.terms = list(terms)
        self.games = games
        self.clock = clock
        self.precision = precision
        autoencoder = torch.nn.ModuleList([networks.encoder, networks.decoder])
        body = networks.encoder.body
        self.pieces = Pieces([body, networks.decoder], generator)
        self.optimizer = ExtrapolatedAdam(autoencoder, rate, defaults.MOMENTUM)
        self.averages = WeightAverages(autoencoder)

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """One minibatch; returns its losses by name."""
        start, n_rows, device = self.pieces.random_state(), len(batch.x), batch.x.device
        encode = partial(self.encode, batch.h)
        with reduced_precision(self.precision, device):
            kept = [self.pieces.run(encode, n_rows)]
            losses = {
                game.name: game.discriminate(batch.z_prior, kept[0].z, batch.labels)
                for game in self.games
            }

        def descend() -> dict[str, Tensor]:
            with reduced_precision(self.precision, device):
                # Where memory has run out, the graph of the codes is gone, and made again.
                latent = kept.pop() if kept else self.pieces.again(encode, start)
                found = {term.name: term(batch, latent) for term in self.terms}
            total = torch.stack([term.weight * found[term.name] for term in self.terms]).sum()
            self.optimizer.minimize(total, self.clock.rate_factor)
            return found

        losses |= self.pieces.run(descend, n_rows)
        self.averages.update()
        self.clock.tick()
        return {name: loss.detach() for name, loss in losses.items()}

    @property
    def loss_names(self) -> list[str]:
        """Names of the losses of a step, in its order."""
        of_games, of_terms = [g.name for g in self.games], [term.name for term in self.terms]
        return list(dict.fromkeys([*of_games, *of_terms]))

    def state_dict(self) -> dict[str, Any]:
        """What a later step depends on, besides random numbers and batches."""
        return {
            "networks": self.networks.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averages": self.averages.state_dict(),
            "games": [game.state_dict() for game in self.games],
            "n_done": self.clock.n_done,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.networks.load_state_dict(state["networks"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.averages.load_state_dict(state["averages"])
        for game, of_game in zip(self.games, state["games"], strict=True):
            game.load_state_dict(of_game)
        self.clock.n_done = state["n_done"]
