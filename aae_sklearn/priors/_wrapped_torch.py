"""Distributions of torch.distributions as priors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch.distributions import constraints

from aae_sklearn.priors._checks import FloatArray, as_codes
from aae_sklearn.priors._wrapped import WrappedPrior


class TorchPrior(WrappedPrior):
    """A distribution of torch.distributions.

    Parameters
    ----------
    distribution : torch.distributions.Distribution
        A distribution of a number is that of each coordinate, independently. A batch of
        `n_components` of them holds the distributions of the coordinates in order. A
        distribution of a vector is the joint distribution of a code.

    Notes
    -----
    The distribution's parameters stay on their device. Sampling restores the state of torch's
    generators. ``sklearn.clone`` shares the distribution with this prior. Copies and pickles
    are made by torch, which cannot copy a few distributions, such as Gumbel.

    Examples
    --------
    >>> import torch
    >>> from aae_sklearn.priors import TorchPrior
    >>> prior = TorchPrior(torch.distributions.Gumbel(0.0, 1.0))
    >>> prior.sample(3, n_components=2, random_state=0).shape
    (3, 2)
    """

    def __init__(self, distribution: torch.distributions.Distribution) -> None:
        self.distribution = distribution

    def check(self, n_components: int) -> None:
        if _is_discrete(self.distribution):
            raise TypeError(
                f"codes are real vectors, but {self.distribution!r} is a discrete distribution; "
                "use a continuous one."
            )
        super().check(n_components)

    def draw(self, n_samples: int, n_components: int, rng: np.random.RandomState) -> ArrayLike:
        size = (n_samples, n_components) if self._is_scalar else (n_samples,)
        with _torch_seed(int(rng.randint(2**31 - 1))), torch.no_grad():
            return self.distribution.sample(size).cpu().double().numpy()

    @property
    def has_log_prob(self) -> bool:
        own = type(self.distribution).log_prob
        return own is not torch.distributions.Distribution.log_prob

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if not self.has_log_prob:
            raise NotImplementedError(f"{self!r} has no log_prob.")
        values = as_codes(codes)
        # torch refuses codes outside the support: a sample takes their place.
        sample = self.sample(1, values.shape[1], random_state=0)
        device = self._one_sample().device
        z, z_inside = (torch.as_tensor(v, device=device) for v in (values, sample))
        with torch.no_grad():
            inside = _support(self.distribution).check(z)
            mask = inside if inside.ndim == 2 else inside[:, None]
            log_density = self._log_prob(torch.where(mask, z, z_inside))
            total = torch.where(inside, log_density, -torch.inf)
        per_row = total if total.ndim == 1 else total.sum(dim=1)
        return per_row.cpu().double().numpy()

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"TorchPrior({self.distribution!r})"

    def __sklearn_clone__(self) -> TorchPrior:
        # torch cannot copy every distribution (its Gumbel loses a transform), and none changes.
        return type(self)(self.distribution)

    @property
    def _is_scalar(self) -> bool:
        return not self.distribution.batch_shape and not self.distribution.event_shape

    def _one_sample(self) -> torch.Tensor:
        with _torch_seed(0), torch.no_grad():
            return self.distribution.sample()

    def _log_prob(self, z: torch.Tensor) -> torch.Tensor:
        try:
            return self.distribution.log_prob(z)
        except RuntimeError:
            # Some distributions refuse float64 codes if their parameters are float32.
            return self.distribution.log_prob(z.to(self._one_sample().dtype))


def _is_discrete(distribution: torch.distributions.Distribution) -> bool:
    return bool(_support(distribution).is_discrete)


def _support(distribution: torch.distributions.Distribution) -> constraints.Constraint:
    try:
        return distribution.support or constraints.real
    except NotImplementedError:
        return constraints.real


@contextmanager
def _torch_seed(seed: int) -> Iterator[None]:
    """Seed torch's generators within, and restore their states after."""
    # CUDA is not initialised for this: a seed queued for its generators would outlive the block.
    awake = torch.cuda.is_initialized()
    devices = range(torch.cuda.device_count()) if awake else []
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if awake:
            torch.cuda.manual_seed_all(seed)
        yield
