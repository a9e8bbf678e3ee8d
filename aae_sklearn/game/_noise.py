"""Noise on what the encoder reads in training, so that few rows overfit less."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class InputNoise:
    """Some rows get much noise, some little; an input loses as much variance as it gains by it.

    An input that varies less than the noise is replaced by it, so that codes cannot be
    spread by what says little of a row. As each input keeps its variance, codes of inputs
    without noise have the distribution that the game is played for.

    Attributes
    ----------
    spread : float
        Standard deviation at most, in root mean squares of an input.
    generator : torch.Generator
        On the inputs' device.
    n_held : int, default=0
        Leading inputs that codes are wide enough to hold. The mean variance of the noise is then
        at most that of the other inputs, as in a probabilistic PCA (Tipping, Bishop,
        "Probabilistic principal component analysis", J. R. Stat. Soc. B 61, 1999, eq. 8).
    """

    spread: float
    generator: torch.Generator
    n_held: int = 0

    def __call__(self, x: Tensor) -> Tensor:
        mean = x.mean(dim=0)
        centred = x - mean
        variance = centred.square().mean(dim=0)  # torch.var_mean takes several times as long
        amount = torch.rand(len(x), 1, generator=self.generator, device=x.device)
        wanted = (self.spread * amount).square() * self._unit(variance)
        share = (wanted / variance.clamp(min=defaults.SMALLEST_VARIANCE)).clamp(max=1)
        noise = torch.randn(x.shape, generator=self.generator, device=x.device)
        noisy: Tensor = mean + (1 - share).sqrt() * centred + (share * variance).sqrt() * noise
        return noisy

    def _unit(self, variance: Tensor) -> Tensor:
        """Of the variance of the noise."""
        left_out = variance[self.n_held :].sum() / max(1, len(variance) - self.n_held)
        return (defaults.LEFT_OUT_FACTOR * left_out).clamp(max=variance.mean())


def input_noise_spread(n_rows: int, n_components: int) -> float:
    """How much noise: less for many rows and for wide codes, which keep finer components.

    Parameters
    ----------
    n_rows : int
        Rows to train on.
    n_components : int
        Width of a code.

    Returns
    -------
    spread : float
        In root mean squares of an input.
    """
    most = defaults.NOISE_REFERENCE_ROWS
    of_rows: float = (most / min(n_rows, most)) ** defaults.NOISE_ROWS_POWER
    of_width: float = min(1.0, (defaults.NARROW_COMPONENTS / n_components) ** 0.5)
    return min(1.0, defaults.INPUT_NOISE * of_rows * of_width)
