"""The empirical distribution of given samples, smoothed if asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.utils import check_random_state

from aae_sklearn.priors._checks import (
    FloatArray,
    RandomState,
    as_codes,
    check_positive,
    code_chunks,
)
from aae_sklearn.priors._standardise import REFERENCE_SAMPLES, SampledPrior


class EmpiricalPrior(SampledPrior):
    """Empirical distribution of given rows, which are sampled with replacement.

    Parameters
    ----------
    samples : array-like of shape (n_rows, n_components)
        The rows to sample from, finite.
    bandwidth : float or None, default=None
        Standard deviation of normal noise that is added to each sampled row, in the units of
        `samples`. None adds no noise; the distribution then has no density.

    Examples
    --------
    >>> from aae_sklearn.priors import EmpiricalPrior
    >>> prior = EmpiricalPrior([[0.0, 0.0], [2.0, 0.0]], bandwidth=0.5)
    >>> prior.sample(3, n_components=2, random_state=0).shape
    (3, 2)
    >>> prior.log_prob([[0.0, 0.0]]).round(4)
    array([-1.1444])
    """

    def __init__(self, samples: ArrayLike, bandwidth: float | None = None) -> None:
        self.samples = samples
        self.bandwidth = bandwidth

    def check(self, n_components: int) -> None:
        super().check(n_components)
        if self.bandwidth is not None:
            check_positive("bandwidth", self.bandwidth)
        self._rows(n_components)

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        self.check(n_components)
        rng = check_random_state(random_state)
        rows = self._rows(n_components)
        drawn: FloatArray = rows[rng.randint(len(rows), size=n_samples)]
        if self.bandwidth is None:
            return drawn
        blurred: FloatArray = drawn + self.bandwidth * rng.standard_normal(drawn.shape)
        return blurred

    def reference(self, n_components: int) -> FloatArray:
        if self.bandwidth is None:
            return self._rows(n_components)
        return self.sample(REFERENCE_SAMPLES, n_components, random_state=0)

    @property
    def has_log_prob(self) -> bool:
        return self.bandwidth is not None

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        if self.bandwidth is None:
            raise NotImplementedError(
                "rows sampled without noise have no density; set bandwidth to a positive number."
            )
        z = as_codes(codes)
        rows = self._rows(z.shape[1])
        chunks = code_chunks(z, len(rows))
        exponent = [_log_kernel_sum(chunk, rows, self.bandwidth) for chunk in chunks]
        normaliser = np.log(len(rows)) + z.shape[1] * np.log(self.bandwidth * np.sqrt(2 * np.pi))
        log_density: FloatArray = np.concatenate(exponent) - normaliser
        return log_density

    def describe_support(self) -> str:
        shape = np.shape(self.samples)
        return f"{shape[0]} rows given" + ("" if self.bandwidth is None else ", blurred")

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        bandwidth = "" if self.bandwidth is None else f", bandwidth={self.bandwidth!r}"
        return f"EmpiricalPrior(samples of shape {np.shape(self.samples)}{bandwidth})"

    def _rows(self, n_components: int) -> FloatArray:
        rows = np.asarray(self.samples, dtype=np.float64)
        if rows.ndim != 2 or len(rows) == 0:
            raise ValueError(
                "samples must have shape (n_rows, n_components) and at least one row, got "
                f"{rows.shape}."
            )
        if rows.shape[1] != n_components:
            raise ValueError(
                f"samples have {rows.shape[1]} columns but n_components is {n_components}; "
                f"set n_components to {rows.shape[1]}."
            )
        if not np.isfinite(rows).all():
            raise ValueError("samples must be finite, got NaN or infinity; remove such rows.")
        return rows


def _log_kernel_sum(codes: FloatArray, rows: FloatArray, bandwidth: float) -> FloatArray:
    """log sum_j exp(-|z - row_j|² / (2 bandwidth²)) of each code z."""
    squared = cdist(codes, rows, "sqeuclidean")
    log_sum: FloatArray = logsumexp(-0.5 * squared / bandwidth**2, axis=1)
    return log_sum
