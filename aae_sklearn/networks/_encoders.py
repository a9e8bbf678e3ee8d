"""Encoders: a code given what the features say of a row."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Encoder(nn.Module, ABC):
    """q(z|x): calling it gives the mean, `draw` a sample."""

    @abstractmethod
    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Codes drawn from q(z|x)."""


class DeterministicEncoder(Encoder):
    """A code is a function of the row (Makhzani et al. 2015, section 2)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        codes: Tensor = self.body(x)
        return codes

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        codes: Tensor = self(x)
        return codes


class GaussianEncoder(Encoder):
    """Mean and log variance are functions of the row; drawn by reparameterisation."""

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

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

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

    def forward(self, x: Tensor) -> Tensor:
        noise = x.new_zeros(len(x), self.n_components)
        codes: Tensor = self.body(torch.cat([x, noise], dim=1))
        return codes

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        shape = (len(x), self.n_components)
        noise = torch.randn(shape, generator=generator, device=x.device, dtype=x.dtype)
        codes: Tensor = self.body(torch.cat([x, noise], dim=1))
        return codes
