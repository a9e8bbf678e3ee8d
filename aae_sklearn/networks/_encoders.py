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

    by_product = True

    def __init__(self, body: nn.Module, n_components: int) -> None:
        super().__init__()
        self.body = body
        self.n_components = n_components

    @abstractmethod
    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Codes sampled from q(z|x)."""

    def draw_measured(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """The same, and how far each row's q(z|x) is from N(0, I), if that is known."""
        return self.draw(x, generator), None


class DeterministicEncoder(Encoder):
    """A code is a function of the row (Makhzani et al. 2015, section 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return each_row_alike(self.body, x)

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        codes: Tensor = self(x)
        return codes


class GaussianEncoder(Encoder):
    """Mean and log variance are functions of the row; sampled by reparameterisation."""

    def forward(self, x: Tensor) -> Tensor:
        mean: Tensor = self.body(x)[:, : self.n_components]
        return mean

    def draw(self, x: Tensor, generator: torch.Generator) -> Tensor:
        return self._draw(*self._posterior(x), generator)

    def draw_measured(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        mean, log_variance = self._posterior(x)
        divergence = gaussian_divergence(mean.float(), log_variance.float())
        return self._draw(mean, log_variance, generator), divergence

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance, which stays where its exponential is a number."""
        mean, log_variance = self.body(x).split(self.n_components, dim=1)
        return mean, log_variance.clamp(-20, 20)

    def _draw(self, mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        codes: Tensor = mean + noise * (log_variance / 2).exp()
        return codes


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence of each row's Gaussian from N(0, I), in nats.

    .. math:: \tfrac12 \sum_k (\mu_k^2 + \sigma_k^2 - 1 - \log \sigma_k^2)

    Kingma, Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.
    """
    each = mean.square() + log_variance.exp() - 1 - log_variance
    return each.sum(dim=1) / 2


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

    by_product = True

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
