"""By how much a number exceeds what is usual among fitted rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from aae_sklearn.settings import _defaults as defaults

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Excess:
    """An excess over the mean of the fitted rows near by, or over all of them.

    Attributes
    ----------
    of_fitted, of_new : ndarray of shape (n_rows, n_nearest) or None
        Which fitted rows are near a fitted row, other than itself, and near another.
    """

    of_fitted: Indices | None
    of_new: Indices | None

    @classmethod
    def overall(cls) -> Self:
        """Over all."""
        return cls(None, None)

    def of(self, fitted: Floats, new: Floats, both_sides: bool) -> tuple[Floats, Floats]:
        """Excesses of fitted rows and of others, in units of what a tenth of the former exceed.

        Parameters
        ----------
        fitted, new : ndarray of shape (n_rows,)
        both_sides : bool
            Whether a lack counts as an excess.
        """
        own, found = fitted, new
        if self.of_fitted is not None and self.of_new is not None:
            own = fitted - fitted[self.of_fitted].mean(axis=1)
            found = new - fitted[self.of_new].mean(axis=1)
        middle = np.median(own)
        own, found = own - middle, found - middle
        up = _unit(np.quantile(own, defaults.USUAL_QUANTILE))
        if not both_sides:
            return _bounded(own / up), _bounded(found / up)
        down = _unit(-np.quantile(own, 1 - defaults.USUAL_QUANTILE))
        two_sided = [_bounded(np.maximum(e / up, -e / down)) for e in (own, found)]
        return two_sided[0], two_sided[1]


class Neighborhood:
    """Fitted rows whose codes are nearest to a row's own.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_components)
        Of the fitted rows.
    """

    def __init__(self, codes: Floats) -> None:
        self._tree = KDTree(codes)
        self._nearest = np.arange(1, min(defaults.TYPICAL_NEIGHBORS, len(codes) - 1) + 1)
        self._of_fitted = self._tree.query(codes, self._nearest + 1)[1]

    def excess(self, codes: Floats) -> Excess:
        """Over rows that are near those with these codes."""
        return Excess(self._of_fitted, self._tree.query(codes, self._nearest)[1])


def within_finite(fitted: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Numbers as they are, or bounded where that of a fitted row is infinite or unknown.

    A prior may have no density at a code, or an infinite one. The least density counts as less
    than that of all fitted rows that have one, by as much as these differ.

    Parameters
    ----------
    fitted, new : ndarray of shape (n_rows,)
        Large where rows are strange; some of `fitted` are finite.
    """
    known = fitted[np.isfinite(fitted)]
    low, high = -np.inf, np.inf
    if len(known) < len(fitted):
        low, high = known.min(), known.max() + _unit(np.ptp(known))
    bounded = [np.clip(np.where(np.isnan(x), np.inf, x), low, high) for x in (fitted, new)]
    return bounded[0], bounded[1]


def _unit(spread: np.floating[Any]) -> float:
    return float(spread) if spread > 0 else 1.0


def _bounded(excess: Floats) -> Floats:
    return np.clip(excess, -defaults.LARGEST_EXCESS, defaults.LARGEST_EXCESS)
