"""The adversarial game: one step in the paper's order, and the loop around it.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 2: on each
minibatch the autoencoder reconstructs, the discriminator learns to tell draws of the
prior from codes, the encoder learns to be taken for the prior. Reconstruction and the
encoder's side of the game are one weighted sum under one optimiser: Adam is blind to
the scale of a loss, so with separate optimisers a weight would mean nothing. In a map,
whose codes are laid out already, the discriminator only watches, in some of the steps: it
says how far they are from the prior.

Codes of more than two numbers need help: there the discriminator sees few of the ways in
which a batch can differ from the prior. A kernel distance joins the encoder's side, and the
noise on the inputs falls, since wide codes have to keep the finer components of a row; the
fewer the rows, the less it falls. Codes of more than 32 numbers are ordered, the first ones
saying most.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from aae_sklearn.game._adam import Adam
from aae_sklearn.game._averages import WeightAverages
from aae_sklearn.game._losses import (
    discriminator_loss,
    encoder_loss,
    kernel_distance,
    log_loss,
    squared_error,
)
from aae_sklearn.game._schedules import endless_rate_factor, rate_factor
from aae_sklearn.networks._build import Networks
from aae_sklearn.priors import Prior
from aae_sklearn.rows._sources import Source
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import TrainingConfig

_RECONSTRUCTION_LOSSES = {"squared_error": squared_error, "log_loss": log_loss}

_STEPS_BETWEEN_LOOKS = 4


class AdversarialTrainer:
    """Optimisers and averages of one training run; changes the networks in place.

    Parameters
    ----------
    networks : Networks
        On their device.
    prior : Prior
    source : Source
        The rows to train on.
    draws : iterator of Tensor of shape (config.batch_size, n_components)
        Draws of the prior in the working space, as `prior_batches` makes them.
    config : TrainingConfig
    codes : Tensor of shape (n_rows, n_components) or None
        Codes that are laid out already; None where the encoder is a network to train.
    baseline : float
        Reconstruction loss of the mean row; losses are reported relative to it.
    input_scale : float
        Root mean square of an input, the most that the encoder's noise can be.
    generator : torch.Generator
        On the same device.
    precision : torch.dtype
        Of the matrix products inside the networks.
    endless : bool
        Whether nobody knows how many steps there will be.

    Attributes
    ----------
    losses : Tensor of shape (3,)
        Of the last step.
    """

    losses: Tensor

    def __init__(
        self,
        networks: Networks,
        prior: Prior,
        source: Source,
        draws: Iterator[Tensor],
        config: TrainingConfig,
        *,
        codes: Tensor | None,
        baseline: float,
        input_scale: float,
        generator: torch.Generator,
        precision: torch.dtype,
        endless: bool = False,
    ) -> None:
        self.networks = networks
        self.prior = prior
        self.source = source
        self.draws = draws
        self.config = config
        self.codes = codes
        self.baseline = baseline
        n_components = config.network.n_components
        n_rows = (
            defaults.NOISE_REFERENCE_ROWS
            if endless
            else min(source.n_rows, defaults.NOISE_REFERENCE_ROWS)
        )
        noise = (
            defaults.INPUT_NOISE
            * (defaults.NOISE_REFERENCE_ROWS / n_rows) ** defaults.NOISE_ROWS_POWER
        )
        narrow = min(1.0, (defaults.NARROW_COMPONENTS / n_components) ** 0.5)
        self.input_noise = input_scale * min(1.0, noise * narrow)
        self.game_interval = 1 if codes is None else _STEPS_BETWEEN_LOOKS
        plays = codes is None and config.adversarial_weight > 0
        self.kernel_weight = plays * max(0.0, n_components - defaults.NARROW_COMPONENTS)
        self.spliced_share = (
            plays
            * defaults.SPLICED_SHARE
            * max(0.0, 1 - defaults.UNORDERED_COMPONENTS / n_components)
        )
        self.generator = generator
        self.precision = precision
        self.n_steps = config.n_epochs * max(1, source.n_rows // config.batch_size)
        self.endless = endless
        if endless:
            self.n_steps = defaults.STREAM_STEPS
        self.discriminator = networks.discriminators["codes"]
        autoencoder = torch.nn.ModuleList([networks.encoder, networks.decoder])
        self.averages = WeightAverages(autoencoder)
        self.autoencoder_optimizer = Adam(autoencoder, config.learning_rate, 0.9)
        self.discriminator_optimizer = Adam(
            self.discriminator, config.discriminator_learning_rate, 0.5
        )

    def step(self, index: Tensor, x: Tensor) -> Tensor:
        """One minibatch of rows; returns the losses in the order of `EpochRecord`.

        Those of a game that the discriminator only watches are of its last look.
        """
        z_prior = next(self.draws)
        with self._reduced_precision(x.device):
            codes = self._encode(x, index)
            reconstruction = self._reconstruct(x, self._splice(codes, z_prior))
            plays = self.averages.n_updates % self.game_interval == 0
            discriminator, adversarial = self._play(z_prior, codes) if plays else self.losses[1:]
        to_prior = adversarial + self._pull(z_prior, codes)
        total = reconstruction + self.config.adversarial_weight * to_prior
        self.autoencoder_optimizer.minimize(total, self._rate_factor())
        self.averages.update()
        self.losses = torch.stack([reconstruction, discriminator, adversarial]).detach()
        return self.losses

    def _reduced_precision(self, device: torch.device) -> torch.autocast:
        """Matrix products in the precision asked for.

        Without its cache: torch would keep casts of weights that are updated meanwhile.
        """
        reduced = self.precision != torch.float32
        return torch.autocast(device.type, self.precision, reduced, cache_enabled=False)

    def _encode(self, x: Tensor, index: Tensor) -> Tensor:
        """Codes of the batch; a network reads noisy inputs, so that few rows overfit less."""
        if self.codes is not None:
            return self.codes[index]
        noisy = self._add_noise(x)
        return self.prior.project(self.networks.encoder.draw(noisy, self.generator).float())

    def _add_noise(self, x: Tensor) -> Tensor:
        """Some rows get much noise, some little; what an input gains by it, it loses of its own.

        An input that varies less than the noise is replaced by it, so that codes cannot be
        spread by what says little of a row. As each input keeps its variance, codes of inputs
        without noise have the law that the game is played for.
        """
        mean = x.mean(dim=0)
        centred = x - mean
        variance = centred.square().mean(dim=0)  # torch.var_mean takes several times as long
        amount = torch.rand(len(x), 1, generator=self.generator, device=x.device)
        wanted = (self.input_noise * amount).square()
        share = (wanted / variance.clamp(min=defaults.SMALLEST_VARIANCE)).clamp(max=1)
        noise = torch.randn(x.shape, generator=self.generator, device=x.device)
        noisy: Tensor = mean + (1 - share).sqrt() * centred + (share * variance).sqrt() * noise
        return noisy

    def _reconstruct(self, x: Tensor, codes: Tensor) -> Tensor:
        loss = _RECONSTRUCTION_LOSSES[self.config.reconstruction_loss]
        return loss(x, self.networks.decoder(codes).float()) / self.baseline

    def _splice(self, codes: Tensor, z_prior: Tensor) -> Tensor:
        """Give some codes the end of a draw, from a random place on: beginnings then say most.

        Otherwise each of hundreds of numbers says as little as the next, and a draw decodes to
        a smudge. This is nested dropout with draws for what is dropped (Rippel, Gelbart, Adams,
        "Learning ordered representations with nested dropout", ICML 2014, section 3).
        """
        if self.spliced_share == 0:
            return codes
        n_codes, width = codes.shape
        shape = (2, n_codes, 1)
        chance, position = torch.rand(shape, generator=self.generator, device=codes.device)
        n_kept = torch.where(chance < self.spliced_share, width**position, float(width))
        kept = torch.arange(width, device=codes.device) < n_kept
        return torch.where(kept, codes, z_prior)

    def _play(self, z_prior: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Losses of both sides; the discriminator moves first."""
        return self._discriminate(z_prior, codes.detach()), self._deceive(codes)

    def _discriminate(self, z_prior: Tensor, codes: Tensor) -> Tensor:
        logits = self.discriminator(self._blur(torch.cat([z_prior, codes]))).float()
        loss = discriminator_loss(*logits.chunk(2))
        self.discriminator_optimizer.minimize(loss, self._rate_factor())
        return loss

    def _deceive(self, codes: Tensor) -> Tensor:
        return encoder_loss(self.discriminator(self._blur(codes)).float())

    def _rate_factor(self) -> float:
        schedule = endless_rate_factor if self.endless else rate_factor
        return schedule(self.averages.n_updates, self.n_steps)

    def _pull(self, z_prior: Tensor, codes: Tensor) -> Tensor:
        """What the game lacks where codes are wide."""
        if self.kernel_weight == 0:
            return codes.new_zeros(())
        return self.kernel_weight * kernel_distance(codes, z_prior)

    def _blur(self, codes: Tensor) -> Tensor:
        """Codes with noise, less and less of it: the game is coarse before it is fine.

        Without it the discriminator wins early where the prior is a thin curve (Arjovsky,
        Bottou, "Towards Principled Methods for Training GANs", ICLR 2017, section 3).
        """
        share = 1 - self.averages.n_updates / (defaults.BLUR_END_SHARE * self.n_steps)
        if share <= 0:
            return codes
        noise = torch.randn(codes.shape, generator=self.generator, device=codes.device)
        return codes + share * defaults.BLUR_SPREAD * noise

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the networks hold their averaged weights for a while."""
        self.averages.swap()
        try:
            yield
        finally:
            self.averages.swap()
