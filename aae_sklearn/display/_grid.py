"""A grid of codes over the plane of two components, at quantiles of the prior."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import (
    FloatArray,
    check_components,
    codes_of,
    in_support,
    last_step,
    n_components_of,
    prior_draws,
    prior_name,
)
from aae_sklearn.display._mass import has_mass

N_DRAWS = 10_000  # quantiles of so many samples are off by 0.005 in probability


class Grid(NamedTuple):
    """Codes from the lower left to the right and then upwards, and what is known of them.

    ``ticks`` are the values at the columns and at the rows, ``has_mass`` says near which codes
    there is mass of the prior (of the codes of ``X`` if ``prior_name`` is None).
    """

    codes: FloatArray
    ticks: tuple[FloatArray, FloatArray]
    has_mass: npt.NDArray[np.bool_]
    prior_name: str | None


def lay_grid(
    estimator: Any,
    X: Any,
    components: tuple[int, int],
    n_grid: int,
    coverage: float,
    random_state: int | None,
) -> Grid:
    """Quantiles of two components, all others at their medians."""
    draws, name = _reference_codes(estimator, X, components, random_state)
    levels = np.linspace((1 - coverage) / 2, (1 + coverage) / 2, n_grid)
    plane = draws[:, list(components)]
    ticks = np.quantile(plane[:, 0], levels), np.quantile(plane[:, 1], levels)
    codes = np.tile(np.median(draws, axis=0), (n_grid**2, 1))
    codes[:, components[0]] = np.tile(ticks[0], n_grid)
    codes[:, components[1]] = np.repeat(ticks[1], n_grid)
    return Grid(
        codes, ticks, has_mass(plane, (levels, levels)) & in_support(estimator, codes), name
    )


def ticked(n_tiles: int) -> npt.NDArray[np.intp]:
    """Tiles with a number, four or five of them, as many from the left as from the right."""
    n_ticks = min(5 if n_tiles % 2 else 4, n_tiles)
    # Halves are rounded to the even number: 3.5 and 10.5 of 15 tiles to 4 and 10.
    return np.linspace(0, n_tiles - 1, n_ticks).round().astype(np.intp)


def tick_names(values: FloatArray) -> list[str]:
    """Values with as many decimals as their range needs."""
    spread = float(np.ptp(values)) or 1.0
    decimals = max(0, 1 - int(np.floor(np.log10(spread))))
    # Adding 0.0 turns -0.0 into 0.0.
    rounded = np.round(values, decimals) + 0.0
    return [f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in rounded]


def _reference_codes(
    estimator: Any, X: Any, components: tuple[int, int], random_state: int | None
) -> tuple[FloatArray, str | None]:
    """Samples from the prior and its name, or the codes of ``X``."""
    has_prior = hasattr(last_step(estimator), "prior_")
    # Of a prior only the width of the codes is needed.
    codes = None if X is None else codes_of(estimator, X[:1] if has_prior else X)
    width = codes.shape[1] if codes is not None else n_components_of(estimator)
    if width < 2:
        raise ValueError(
            "a grid needs codes with two components, got 1; fit with n_components=2, or use "
            "InterpolationDisplay, which decodes a line."
        )
    check_components(components, width)
    draws = prior_draws(estimator, N_DRAWS, width, random_state)
    if draws is not None:
        return draws, prior_name(estimator)
    if codes is None:
        raise ValueError(f"{type(estimator).__name__} has no prior_: pass rows as X.")
    return codes, None
