"""Batches of samples from the prior in the working space, made block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from aae_sklearn.priors import Prior
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults


def prior_batches(
    prior: Prior,
    shape: tuple[int, int],
    random_state: np.random.RandomState,
    device: torch.device,
) -> Iterator[Tensor]:
    """Batches of prior draws in the working space, without end, made block by block."""
    batch_size, n_components = shape
    per_block = max(1, defaults.PRIOR_BLOCK_ELEMENTS // (batch_size * n_components))
    while True:
        block = prior.sample_working(per_block * batch_size, n_components, random_state)
        yield from to_tensor(block, device).split(batch_size)
