"""The normal distribution N(0, scale² I)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from aae_sklearn.priors._checks import FloatArray, as_codes, check_positive
from aae_sklearn.priors._transport import TransportedPrior


class NormalPrior(TransportedPrior):
    """Independent normal coordinates with mean 0.

    Parameters
    ----------
    scale : float, default=1.0
        Standard deviation of each coordinate. The paper's likelihood experiments use 5.

    References
    ----------
    Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, 2015, section 2.

    Examples
    --------
    >>> from aae_sklearn.priors import NormalPrior
    >>> prior = NormalPrior(scale=5.0)
    >>> prior.sample(4, n_components=2, random_state=0).shape
    (4, 2)
    >>> prior.log_prob([[0.0, 0.0]]).round(4)
    array([-5.0568])
    """

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def check(self, n_components: int) -> None:
        super().check(n_components)
        check_positive("scale", self.scale)

    def to_working(self, codes: ArrayLike) -> FloatArray:
        return as_codes(codes) / self.scale

    def from_working(self, working: ArrayLike) -> FloatArray:
        return as_codes(working) * self.scale

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        working = self.to_working(codes)
        normaliser = working.shape[1] * np.log(self.scale * np.sqrt(2 * np.pi))
        log_density: FloatArray = -0.5 * np.sum(working**2, axis=1) - normaliser
        return log_density
