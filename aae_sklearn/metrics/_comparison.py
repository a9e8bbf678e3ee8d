"""Codes and samples of the prior, in the two spaces in which they are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from aae_sklearn.metrics._arrays import FloatArray, check_rows, random_rows
from aae_sklearn.priors import Prior, resolve_prior

RandomState = int | np.random.RandomState | None
PriorLike = Any  # a Prior, or anything that `aae_sklearn.priors.resolve_prior` takes


@dataclass(frozen=True)
class Comparison:
    """Codes, samples of the prior, and the generator for further random numbers.

    `codes` and the samples `draws` are in the reported space. `working_codes` and
    `working_draws` are in the working space, where tails are light and moments exist.
    """

    codes: FloatArray
    draws: FloatArray
    working_codes: FloatArray
    working_draws: FloatArray
    rng: np.random.RandomState

    def standardized(self) -> tuple[FloatArray, FloatArray]:
        """Working codes and samples, in units of the samples' standard deviations."""
        location = self.working_draws.mean(axis=0)
        scale = self.working_draws.std(axis=0)
        scale = np.where(scale > 0.0, scale, 1.0)
        return (self.working_codes - location) / scale, (self.working_draws - location) / scale


def check_codes(codes: ArrayLike, prior: PriorLike) -> tuple[FloatArray, Prior]:
    """Finite codes, and the resolved prior, which must have codes of their width."""
    checked = check_rows(codes, "codes")
    resolved = resolve_prior(prior)
    n_components = checked.shape[1]
    try:
        resolved.check(n_components)
    except ValueError as error:
        raise ValueError(
            f"{resolved!r} has no samples with {n_components} columns to compare the codes with: "
            f"{error} Pass the output of transform and the prior_ of its estimator"
        ) from error
    return checked, resolved


def compare(
    codes: ArrayLike,
    prior: PriorLike,
    random_state: RandomState,
    *,
    max_samples: int | None = None,
    n_draws: int | None = None,
) -> Comparison:
    """At most ``max_samples`` codes, and ``n_draws`` samples, by default one for each code."""
    checked, resolved = check_codes(codes, prior)
    rng = check_random_state(random_state)
    kept = random_rows(checked, max_samples, rng)
    draws = resolved.sample(n_draws or len(kept), kept.shape[1], rng)
    return Comparison(kept, draws, resolved.to_working(kept), resolved.to_working(draws), rng)


def unit_directions(
    n_directions: int, n_components: int, rng: np.random.RandomState
) -> FloatArray:
    """Unit vectors of uniform direction, of shape (n_directions, n_components)."""
    directions: FloatArray = rng.normal(size=(n_directions, n_components))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions
