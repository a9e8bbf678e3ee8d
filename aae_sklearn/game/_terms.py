"""Terms of the loss that encoder and decoder minimise; a step is their weighted sum.

A new term is a class with `name`, `weight` and `__call__`. What it needs of single rows, such as
labels, it can look up by `Batch.index`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from aae_sklearn.game._game import Game
from aae_sklearn.game._losses import (
    disarrangement,
    kernel_distance,
    radial_distance,
    shear,
    sliced_distance,
)
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class Batch:
    """What a step sees.

    Attributes
    ----------
    index : Tensor of shape (n_rows,)
        Which of the training rows these are.
    x : Tensor of shape (n_rows, n_inputs)
        Their inputs: what the decoder is to write.
    h : Tensor of shape (n_rows, n_encoder_inputs)
        Their features: what the encoder reads.
    z_prior : Tensor of shape (n_rows, n_components)
        Samples of the prior in the working space.
    labels : Tensor of shape (n_rows, n_classes + 1) or None
        Of the rows, 1 among 0s, the last for rows without; samples are then of the rows' classes.
    """

    index: Tensor
    x: Tensor
    h: Tensor
    z_prior: Tensor
    labels: Tensor | None = None


@dataclass(frozen=True)
class Latent:
    """What the encoder gives.

    Attributes
    ----------
    z : Tensor of shape (n_rows, n_components)
        Codes in the working space, sampled from q(z|x).
    divergence : Tensor of shape (n_rows,) or None
        Of each row's q(z|x) from N(0, I), where it is known.
    """

    z: Tensor
    divergence: Tensor | None = None


class Term(Protocol):
    """One part of the loss of encoder and decoder."""

    @property
    def name(self) -> str:
        """Under which its mean is recorded in each epoch."""

    @property
    def weight(self) -> float:
        """Factor of it in the sum."""

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        """Its value, a scalar."""


@dataclass(frozen=True)
class Reconstruction:
    """How far decoded codes are from the rows, in units of the mean row's distance.

    Attributes
    ----------
    decoder : Module
    loss : callable
        Of inputs and decoded codes.
    baseline : float
        The loss of the mean row.
    read : callable
        What the decoder reads, of codes and of samples of the prior.
    """

    decoder: nn.Module
    loss: Callable[[Tensor, Tensor], Tensor]
    baseline: float
    read: Callable[[Tensor, Tensor], Tensor]
    name: str = "reconstruction_loss"
    weight: float = 1.0

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        x_decoded = self.decoder(self.read(latent.z, batch.z_prior)).float()
        return self.loss(batch.x, x_decoded) / self.baseline


@dataclass(frozen=True)
class Deception:
    """The encoder's side of the game: codes are to be taken for samples of the prior."""

    game: Game
    weight: float
    name: str = "encoder_loss"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        return self.game.deceive(latent.z, batch.labels)


@dataclass(frozen=True)
class KernelDistance:
    """What the game lacks where codes are wide: a distance that sees all components at once."""

    weight: float
    name: str = "kernel_distance"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        if batch.labels is None:
            return kernel_distance(latent.z, batch.z_prior)
        pairs = (torch.cat([z, batch.labels], dim=1) for z in (latent.z, batch.z_prior))
        return kernel_distance(*pairs)


@dataclass(frozen=True)
class Divergence:
    """A reason for components that reconstruction does not need to be noise, as the prior's are.

    The game alone is content with rows that spread over all components; of hundreds these are
    then far from independent.
    """

    weight: float
    name: str = "divergence"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        assert latent.divergence is not None
        return latent.divergence.mean()


@dataclass(frozen=True)
class RadialDistance:
    """How far the lengths of codes are from those of samples of the prior.

    Of hundreds of components, each near the prior's, the length sums what they lack together.
    """

    weight: float
    name: str = "radial_distance"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        return radial_distance(latent.z, batch.z_prior)


@dataclass(frozen=True)
class SlicedDistance:
    """How far a batch is from the prior along random directions: steady where the game is not.

    Attributes
    ----------
    weight : float
    n_axes : int
    generator : torch.Generator
    """

    weight: float
    n_axes: int
    generator: torch.Generator
    name: str = "sliced_distance"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        shape, device = (self.n_axes, latent.z.shape[1]), latent.z.device
        axes = torch.randn(shape, generator=self.generator, device=device)
        with _in_float32(device):
            axes = functional.normalize(axes, dim=1)
            return sliced_distance(latent.z, batch.z_prior, axes, batch.labels)


@dataclass(frozen=True)
class Shear:
    """How differently the encoder moves codes that were laid out near each other.

    Where neighbours move together, they stay neighbours.

    Attributes
    ----------
    weight : float
    scale : float
        Of the kernel that says which codes are near.
    """

    weight: float
    scale: float
    name: str = "shear"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        with _in_float32(latent.z.device):
            return shear(batch.h, latent.z - batch.h, self.scale)


@dataclass(frozen=True)
class Disarrangement:
    """How badly the distances between codes at large follow those between the rows.

    Of all codes that match the prior it prefers those that are arranged as the rows are.

    Attributes
    ----------
    weight : float
    points : callable
        From a batch to what its codes are to be arranged like.
    """

    weight: float
    points: Callable[[Batch], Tensor]
    name: str = "disarrangement"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        some = slice(defaults.ARRANGED_ROWS)
        with _in_float32(latent.z.device):
            return disarrangement(latent.z[some], self.points(batch)[some])


def _in_float32(device: torch.device) -> AbstractContextManager[None]:
    """Products of codes are small, and casts would take longer than they do."""
    return torch.autocast(device.type, enabled=False)


@dataclass(frozen=True)
class Imitation:
    """How far codes are from the places that a teacher wants, in scales of a heavy-tailed kernel.

    -log q for the Cauchy kernel of the layout: a row whose place cannot be told costs little more
    the further its code is from it.

    Attributes
    ----------
    weight : float
    scale : float
    """

    weight: float
    scale: float
    name: str = "imitation"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        places = batch.h[:, -latent.z.shape[1] :]
        squared = (latent.z - places).square().sum(dim=1)
        return torch.log1p(squared / self.scale**2).mean()


@dataclass(frozen=True)
class Splice:
    """Give some codes the end of a sample, from a random place on: beginnings then say most.

    Otherwise each of hundreds of components says as little as the next, and a sample decodes to
    a smudge. This is nested dropout with samples for what is dropped (Rippel, Gelbart, Adams,
    "Learning ordered representations with nested dropout", ICML 2014, section 3).

    Attributes
    ----------
    share : float
        Of the codes.
    generator : torch.Generator
    """

    share: float
    generator: torch.Generator

    def __call__(self, z: Tensor, z_prior: Tensor) -> Tensor:
        if self.share == 0:
            return z
        n_codes, width = z.shape
        shape = (2, n_codes, 1)
        chance, position = torch.rand(shape, generator=self.generator, device=z.device)
        n_kept = torch.where(chance < self.share, width**position, float(width))
        kept = torch.arange(width, device=z.device) < n_kept
        return torch.where(kept, z, z_prior)


@dataclass(frozen=True)
class Jitter:
    """Move each code by some noise, some much and some little: places between rows decode, too.

    Attributes
    ----------
    spread : float
        Standard deviation at most.
    generator : torch.Generator
    """

    spread: float
    generator: torch.Generator

    def __call__(self, z: Tensor, z_prior: Tensor) -> Tensor:
        amount = torch.rand(len(z), 1, generator=self.generator, device=z.device)
        noise = torch.randn(z.shape, generator=self.generator, device=z.device)
        return z + self.spread * amount * noise
