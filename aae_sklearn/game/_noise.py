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
        Standard deviation at most.
    generator : torch.Generator
        On the inputs' device.
    """

    spread: float
    generator: torch.Generator

    def __call__(self, x: Tensor) -> Tensor:
        mean = x.mean(dim=0)
        centred = x - mean
        variance = centred.square().mean(dim=0)  # torch.var_mean takes several times as long
        amount = torch.rand(len(x), 1, generator=self.generator, device=x.device)
        wanted = (self.spread * amount).square()
        share = (wanted / variance.clamp(min=defaults.SMALLEST_VARIANCE)).clamp(max=1)
        noise = torch.randn(x.shape, generator=self.generator, device=x.device)
        noisy: Tensor = mean + (1 - share).sqrt() * centred + (share * variance).sqrt() * noise
        return noisy


def input_noise_spread(n_rows: int, n_components: int, input_scale: float) -> float:
    """How much noise: less for many rows and for wide codes, which keep finer components.

    Parameters
    ----------
    n_rows : int
        Rows to train on.
    n_components : int
        Width of a code.
    input_scale : float
        Root mean square of an input, the most that the noise can be.
    """
    most = defaults.NOISE_REFERENCE_ROWS
    of_rows: float = (most / min(n_rows, most)) ** defaults.NOISE_ROWS_POWER
    of_width: float = min(1.0, (defaults.NARROW_COMPONENTS / n_components) ** 0.5)
    return input_scale * min(1.0, defaults.INPUT_NOISE * of_rows * of_width)
