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

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from aae_sklearn._adam import Adam
from aae_sklearn._averaging import WeightAverages
from aae_sklearn._config import TrainingConfig
from aae_sklearn._history import EpochRecord
from aae_sklearn._losses import (
    discriminator_loss,
    encoder_loss,
    kernel_distance,
    log_loss,
    squared_error,
)
from aae_sklearn._networks import Networks
from aae_sklearn._sources import Source
from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.priors import Prior

_RECONSTRUCTION_LOSSES = {"squared_error": squared_error, "log_loss": log_loss}
_WARM_UP = 0.15
_INPUT_NOISE = 0.5
_MANY_ROWS = 60_000
_NOISE_GROWS = 0.4
_TINY = 1e-30
_NARROW = 2
_UNORDERED = 32
_SPLICED_SHARE = 0.25
_STEPS_OF_STREAM = 1_000
_STEPS_BETWEEN_LOOKS = 4
_GAME_NOISE = 0.4
_GAME_NOISE_ENDS = 0.7
_CURE = "Lower the initial learning rates, or look for extreme values in X"


class Observer(Protocol):
    """Who wants to see each epoch; the networks then hold their averaged weights."""

    def begin(self, epoch: int) -> None:
        """Called before an epoch, counted from 0."""

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Called after it; returns whether training shall stop."""


@dataclass(frozen=True)
class TrainingResult:
    """What happened: a record of each epoch, and whether Ctrl-C ended it."""

    records: tuple[EpochRecord, ...]
    interrupted: bool


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
        n_rows = _MANY_ROWS if endless else min(source.n_rows, _MANY_ROWS)
        noise = _INPUT_NOISE * (_MANY_ROWS / n_rows) ** _NOISE_GROWS
        narrow = min(1.0, (_NARROW / n_components) ** 0.5)
        self.input_noise = input_scale * min(1.0, noise * narrow)
        self.game_interval = 1 if codes is None else _STEPS_BETWEEN_LOOKS
        plays = codes is None and config.adversarial_weight > 0
        self.kernel_weight = plays * max(0.0, n_components - _NARROW)
        self.spliced_share = plays * _SPLICED_SHARE * max(0.0, 1 - _UNORDERED / n_components)
        self.generator = generator
        self.precision = precision
        self.n_steps = config.n_epochs * max(1, source.n_rows // config.batch_size)
        self.endless = endless
        if endless:
            self.n_steps = _STEPS_OF_STREAM
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
        share = (wanted / variance.clamp(min=_TINY)).clamp(max=1)
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
        share = 1 - self.averages.n_updates / (_GAME_NOISE_ENDS * self.n_steps)
        if share <= 0:
            return codes
        noise = torch.randn(codes.shape, generator=self.generator, device=codes.device)
        return codes + share * _GAME_NOISE * noise

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the networks hold their averaged weights for a while."""
        self.averages.swap()
        try:
            yield
        finally:
            self.averages.swap()


def rate_factor(step: int, n_steps: int) -> float:
    """Rise over the first steps, then fall along a cosine to 0."""
    warm_up = max(1, round(_WARM_UP * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    progress = min(1.0, (step - warm_up) / max(1, n_steps - warm_up))
    return (1 + math.cos(math.pi * progress)) / 2


def endless_rate_factor(step: int, n_steps: int) -> float:
    """Rise as in `rate_factor`, then fall with the root of the steps, for as long as it goes."""
    warm_up = max(1, round(_WARM_UP * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return math.sqrt(warm_up / step)


def train(
    trainer: AdversarialTrainer,
    observers: Sequence[Observer],
    validate: Callable[[], float] | None,
    generator: torch.Generator,
    interrupted: threading.Event,
) -> TrainingResult:
    """Run epochs until the budget is spent, an observer asks to stop, or Ctrl-C.

    Parameters
    ----------
    trainer : AdversarialTrainer
    observers : sequence of Observer
    validate : callable or None
        Scores the networks as they stand.
    generator : torch.Generator
        On the CPU, for the order of the rows.
    interrupted : threading.Event
        Ends the training after the present step.

    Raises
    ------
    NonFiniteLossError
        If a loss or a weight is not finite.
    """
    records: list[EpochRecord] = []
    for epoch in range(trainer.config.n_epochs):
        for observer in observers:
            observer.begin(epoch)
        record = run_epoch(trainer, generator, interrupted)
        check_finite(record, epoch)
        with trainer.averaged():
            if validate is not None:
                record = replace(record, validation_score=validate())
            stops = [observer.end(epoch, record) for observer in observers]
        records.append(record)
        if any(stops) or interrupted.is_set():
            break
    trainer.averages.swap()
    if not all(weight.isfinite().all() for weight in trainer.networks.parameters()):
        raise NonFiniteLossError(f"weights are not finite after the last step. {_CURE}")
    return TrainingResult(tuple(records), interrupted.is_set())


def run_epoch(
    trainer: AdversarialTrainer, generator: torch.Generator, interrupted: threading.Event
) -> EpochRecord:
    """One pass over the rows; order and losses are on the device until its end."""
    trainer.networks.train()
    device = trainer.generator.device
    order = torch.randperm(trainer.source.n_rows, generator=generator).to(device)
    indices = whole_batches(order, trainer.config.batch_size)
    batches = zip(indices, trainer.source.batches(indices), strict=True)
    losses = torch.empty(len(indices), 3, device=device)
    for n_done, (index, x) in enumerate(batches, start=1):
        losses[n_done - 1] = trainer.step(index, x)
        if interrupted.is_set():
            break
    return EpochRecord(*losses[:n_done].mean(dim=0).tolist())


def whole_batches(order: Tensor, batch_size: int) -> list[Tensor]:
    """Cut an order of rows into batches of one size; what is left over sits out this epoch."""
    n_batches = max(1, len(order) // batch_size)
    return list(order[: n_batches * batch_size].split(batch_size))


def check_finite(record: EpochRecord, epoch: int) -> None:
    """Raise if a loss of the epoch is infinite or NaN."""
    losses = record.losses()
    if all(map(math.isfinite, losses.values())):
        return
    listed = ", ".join(f"{name}={value:.4g}" for name, value in losses.items())
    raise NonFiniteLossError(f"a loss is not finite in epoch {epoch + 1}: {listed}. {_CURE}")


class EarlyStopping:
    """Observer that stops when the validation score no longer rises and keeps the best weights.

    Parameters
    ----------
    networks : Networks
    tol : float
        Smallest rise that counts.
    n_iter_no_change : int
        Epochs without one after which to stop.
    """

    def __init__(self, networks: Networks, tol: float, n_iter_no_change: int) -> None:
        self.networks = networks
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best_score = -math.inf
        self.n_waited = 0
        self._best_weights: dict[str, Tensor] = {}

    def begin(self, epoch: int) -> None:
        """Nothing to do."""

    def end(self, epoch: int, record: EpochRecord) -> bool:
        """Compare the record's validation score with the best so far."""
        score = record.validation_score
        assert score is not None
        self.n_waited = 0 if score > self.best_score + self.tol else self.n_waited + 1
        if score > self.best_score:
            self.best_score = score
            weights = self.networks.state_dict()
            self._best_weights = {name: weight.clone() for name, weight in weights.items()}
        return self.n_waited >= self.n_iter_no_change

    def restore(self) -> None:
        """Give the networks their best weights."""
        self.networks.load_state_dict(self._best_weights)
