"""How a kind of features is trained on: noise, terms, schedule, and what ends the training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

import torch
from torch import Tensor

from aae_sklearn.game._feed import Feed, shuffled
from aae_sklearn.game._game import Game
from aae_sklearn.game._last_layer import solve_last_layer
from aae_sklearn.game._noise import InputNoise, input_noise_spread
from aae_sklearn.game._schedules import EndlessSchedule, PlannedSchedule, Schedule
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._terms import (
    Batch,
    Deception,
    Disarrangement,
    Divergence,
    Jitter,
    KernelDistance,
    RadialDistance,
    Shear,
    SlicedDistance,
    Splice,
    Term,
)
from aae_sklearn.layout._features import LayoutFeatures
from aae_sklearn.model._model import Model
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults

Generator = torch.Generator


class Recipe(Protocol):
    """What differs between models that read different features."""

    def noise(self, generator: Generator) -> Callable[[Tensor], Tensor]:
        """What the encoder reads in training, of a batch's features."""

    def read(self, generator: Generator) -> Callable[[Tensor, Tensor], Tensor]:
        """What the decoder reads in training, of codes and samples of the prior."""

    def keep(self) -> list[Term]:
        """Terms that keep what the features say."""

    def match(self, game: Game, generator: Generator) -> list[Term]:
        """Terms that bring the codes to the prior."""

    def schedule(self, n_steps: int) -> Schedule:
        """Of a training of so many steps."""

    def endless_schedule(self) -> Schedule:
        """Of a training whose end nobody knows."""

    def finish(
        self, trainer: Trainer, model: Model, feed: Feed, run: Run, before: Model | None = None
    ) -> None:
        """What is done after the last step.

        Parameters
        ----------
        trainer : Trainer
        model : Model
            That was trained.
        feed : Feed
        run : Run
        before : Model or None
            As it was before these rows, if others came before.
        """


class PaperRecipe:
    """The encoder reads principal components.

    Parameters
    ----------
    model : Model
    n_rows : int
        Rows to train on: the fewer, the more noise.
    """

    def __init__(self, model: Model, n_rows: int) -> None:
        self.model = model
        self.n_rows = n_rows

    def noise(self, generator: Generator) -> Callable[[Tensor], Tensor]:
        network = self.model.config.network
        n_held = network.n_components if network.rotates else 0  # else inputs have no order
        spread = input_noise_spread(self.n_rows, network.n_components)
        return InputNoise(spread, generator, n_held)

    def read(self, generator: Generator) -> Callable[[Tensor, Tensor], Tensor]:
        unordered = 1 - defaults.UNORDERED_COMPONENTS / self.model.n_components
        plays = self.model.config.adversarial_weight > 0 and not _posterior_terms(self.model)
        return Splice(defaults.SPLICED_SHARE * max(0.0, unordered) * plays, generator)

    def keep(self) -> list[Term]:
        return []

    def match(self, game: Game, generator: Generator) -> list[Term]:
        """The game, for wide codes a kernel distance, and a divergence where it is known.

        From a batch of wide codes a discriminator does not learn all the ways in which they can
        differ from the prior.
        """
        weight = self.model.config.adversarial_weight
        kernel = kernel_distances(weight, self.model.n_components)
        return [Deception(game, weight), *kernel, *_posterior_terms(self.model)]

    def schedule(self, n_steps: int) -> Schedule:
        return PlannedSchedule(n_steps)

    def endless_schedule(self) -> Schedule:
        return EndlessSchedule()

    def finish(
        self, trainer: Trainer, model: Model, feed: Feed, run: Run, before: Model | None = None
    ) -> None:
        """Nothing to do."""


class MapRecipe:
    """The encoder reads a row's place in a layout, and bends it gently.

    The fewer the rows, the more any bend says of single rows: near places are then bent the more
    alike, what the discriminator reads stays blurred, a sliced distance that has nothing to learn
    has its part, and the decoder reads codes with more noise (benchmarks/notes/training.md, "One
    model").

    Parameters
    ----------
    model : Model
    layout : LayoutFeatures
        That the encoder reads, or learns to imitate.
    spread : float, default=0
        Of the noise on codes with which a decoder predicts these rows best, if that is known.
    """

    def __init__(self, model: Model, layout: LayoutFeatures, spread: float = 0.0) -> None:
        self.model = model
        self.n_rows = layout.n_references
        self.spread = max(spread, defaults.JITTER_SPREAD / self.n_rows**0.5)
        self.scale = layout.mode_scale
        self.compares_rows = layout.compares_rows

    def noise(self, generator: Generator) -> Callable[[Tensor], Tensor]:
        return torch.nn.Identity()

    def read(self, generator: Generator) -> Callable[[Tensor, Tensor], Tensor]:
        return Jitter(self.spread, generator)

    def keep(self) -> list[Term]:
        return [Shear(defaults.SHEAR_WEIGHT / self.n_rows**1.5, self.scale)]

    def match(self, game: Game, generator: Generator) -> list[Term]:
        weight = self.model.config.adversarial_weight
        steady = weight * defaults.SLICED_WEIGHT * self._fewness
        return [
            Deception(game, weight),
            SlicedDistance(steady, defaults.MATCHED_AXES, generator),
            *self._arrange(weight),
            *kernel_distances(weight, self.model.n_components),
        ]

    def _arrange(self, weight: float) -> list[Term]:
        """What the match leaves free: which rows are far apart.

        On a line nothing is, and the layout of many rows leaves little to be done.
        """
        n_components = self.model.n_components
        if n_components == 1 or self.n_rows > defaults.ARRANGED_MAX_ROWS:
            return []

        def points(batch: Batch) -> Tensor:
            return batch.x if self.compares_rows else batch.h[:, -n_components:]

        weight *= defaults.DISARRANGEMENT_WEIGHT * self._fewness**2
        return [Disarrangement(weight, points)]

    def schedule(self, n_steps: int) -> Schedule:
        return PlannedSchedule(n_steps, defaults.BLUR_SPREAD * self._fewness)

    def endless_schedule(self) -> Schedule:
        return EndlessSchedule(least_blur=defaults.BLUR_SPREAD * self._fewness)

    @property
    def _fewness(self) -> float:
        """1 for few rows, less for more."""
        fewness: float = min(1.0, (defaults.FEW_PLAYED_ROWS / self.n_rows) ** 0.5)
        return fewness

    def finish(
        self, trainer: Trainer, model: Model, feed: Feed, run: Run, before: Model | None = None
    ) -> None:
        """Solve the decoder's last layer: of few rows together with what was written before."""
        config = model.config
        own = config.network.decoder_factory is None and config.network.decoder_layer_sizes
        if not own or config.reconstruction_loss != "squared_error":
            return
        decoder = model.networks.decoder
        assert isinstance(decoder, torch.nn.Sequential)
        n_rows = feed.source.n_rows
        parts = [(n_rows, self._read_batches(trainer, feed, run))]
        if before is not None and n_rows < self.n_rows:
            parts.append((self.n_rows - n_rows, self._written_before(before, run)))
        solve_last_layer(decoder, parts, defaults.RIDGE / self.n_rows)

    def _written_before(self, model: Model, run: Run) -> Iterator[tuple[Tensor, Tensor]]:
        """Samples of the prior, and what a decoder has made of them."""
        read, decoder = self.read(run.randomness.noise), model.networks.decoder
        shape = defaults.SOLVED_TOGETHER, model.n_components
        samples = PriorBatches(model.prior, shape, run.randomness.numpy, run.device)
        for z in islice(samples, defaults.SOLVED_MIN_ROWS // defaults.SOLVED_TOGETHER):
            yield read(z, z), decoder(z)

    def _read_batches(
        self, trainer: Trainer, feed: Feed, run: Run
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """What the decoder reads and is to write, of all rows; of few of them several times.

        Many at a time, and of fewer rows several draws of noise: each pass has a cost of its own.
        """
        source, read, n_read = feed.source, self.read(run.randomness.noise), 0
        size = min(source.n_rows, defaults.SOLVED_TOGETHER)
        n_draws = defaults.SOLVED_TOGETHER // size
        while n_read < defaults.SOLVED_MIN_ROWS:
            order = shuffled(source.n_rows, run.randomness.order, run.device)
            indices = order[: source.n_rows // size * size].split(size)
            for index, x in zip(indices, source.batches(indices), strict=True):
                z = trainer.encode(feed.features.batch(index, x)).z.repeat(n_draws, 1)
                yield read(z, z), x.repeat(n_draws, 1)
                n_read += len(z)


def _posterior_terms(model: Model) -> list[Term]:
    """What keeps wide Gaussian posteriors near a prior that is normal to the networks.

    Their divergence from it, and the lengths of drawn codes.
    """
    is_known = model.config.network.posterior == "gaussian" and model.prior.is_normal_inside
    if not is_known or model.n_components <= defaults.GAME_COMPONENTS:
        return []
    weight = model.config.adversarial_weight * model.n_components
    return [
        Divergence(defaults.DIVERGENCE_WEIGHT * weight),
        RadialDistance(defaults.RADIAL_WEIGHT * weight),
    ]


def kernel_distances(adversarial_weight: float, n_components: int) -> list[Term]:
    """A kernel distance whose weight grows with the width of a code; none where it is narrow."""
    beyond = max(0, n_components - defaults.NARROW_COMPONENTS)
    return [KernelDistance(adversarial_weight * beyond)] if beyond else []
