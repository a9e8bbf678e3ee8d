"""Encoders: a code given what the features say of a row."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from aae_sklearn.runtime._products import each_row_alike


class Encoder(nn.Module, ABC):
    """q(z|x): calling it gives the mean, `draw` a sample.

    Parameters
    ----------
    body : Module
        From features to what the posterior is made of.
    n_components : int
        Width of a code.
    """

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

    @abstractmethod
    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Codes drawn from q(z|x)."""


class DeterministicEncoder(Encoder):
    """A code is a function of the row (Makhzani et al. 2015, section 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return each_row_alike(self.body, x)

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        codes: Tensor = self(x)
        return codes


class GaussianEncoder(Encoder):
    """Mean and log variance are functions of the row; drawn by reparameterisation."""

    def forward(self, x: Tensor) -> Tensor:
        mean: Tensor = self.body(x)[:, : self.n_components]
        return mean

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        mean, log_variance = self.body(x).split(self.n_components, dim=1)
        noise = torch.randn(mean.shape, generator=generator, device=x.device, dtype=x.dtype)
        codes: Tensor = mean + noise * (log_variance / 2).clamp(-10, 10).exp()
        return codes


class UniversalEncoder(Encoder):
    """A code is a function of the row and of noise; the noise is 0 for the mean."""

    def forward(self, x: Tensor) -> Tensor:
        noise = x.new_zeros(len(x), self.n_components)
        codes: Tensor = self.body(torch.cat([x, noise], dim=1))
        return codes

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        shape = (len(x), self.n_components)
        noise = torch.randn(shape, generator=generator, device=x.device, dtype=x.dtype)
        codes: Tensor = self.body(torch.cat([x, noise], dim=1))
        return codes


ENCODERS: dict[str, type[Encoder]] = {
    "deterministic": DeterministicEncoder,
    "gaussian": GaussianEncoder,
    "universal": UniversalEncoder,
}


class Residual(nn.Module):
    """A network that adds to the leading numbers of what it reads.

    Parameters
    ----------
    body : Module
        Starts at 0, so that the whole starts as the identity.
    n_components : int
        How many numbers it adds to.
    """

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

    def forward(self, h: Tensor) -> Tensor:
        added: Tensor = self.body(h)
        kept = h[:, : self.n_components]
        if added.shape == kept.shape:
            return added + kept
        return added + nn.functional.pad(kept, (0, added.shape[1] - self.n_components))
