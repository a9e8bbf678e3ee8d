"""Groups of rows of which some cells are known: a mixture of Gaussians with one diagonal.

Rows of clusters are not described by a few directions where columns have little to do with each
other over all rows, as principal components of cells have (benchmarks/notes/missing.md). Which
group a row is of follows from its known cells, and then its other cells are the group's mean
(Ghahramani, Jordan, "Supervised learning from incomplete data via an EM approach", NeurIPS 1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from aae_sklearn.settings import _defaults as defaults

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GroupMixture:
    """A mixture, of rows whose missing cells are 0.

    Attributes
    ----------
    centres : ndarray of shape (n_groups, n_features)
    spread : ndarray of shape (n_features,)
        Variances within the groups.
    shares : ndarray of shape (n_groups,)
        Of the rows.
    """

    centres: Floats
    spread: Floats
    shares: Floats

    def expected(self, x: Floats, known: NDArray[np.bool_]) -> Floats:
        """Means of the groups that rows may be of, shape (n_rows, n_features)."""
        expected: Floats = self.belongings(x, known) @ self.centres
        return expected

    def belongings(self, x: Floats, known: NDArray[np.bool_]) -> Floats:
        """How likely rows are of each group, shape (n_rows, n_groups)."""
        closeness = (x / self.spread) @ self.centres.T
        closeness -= (known / self.spread) @ np.square(self.centres).T / 2
        likely: Floats = softmax(closeness + np.log(self.shares), axis=1)
        return likely


def one_group(n_features: int) -> GroupMixture:
    """All rows about the mean row."""
    return GroupMixture(np.zeros((1, n_features)), np.ones(n_features), np.ones(1))


def fit_groups(x: Floats, known: NDArray[np.bool_], count: int) -> GroupMixture:
    """Expectation and maximisation in turn; missing cells of x are 0.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_features)
        Rows less their mean.
    known : ndarray of shape (n_rows, n_features)
    count : int
        Number of groups, at most a third of the rows.
    """
    n_rows, n_features = x.shape
    count = min(count, n_rows // 3)
    if count <= 1:
        return one_group(n_features)
    from sklearn.cluster import kmeans_plusplus  # most fits do without

    weights, n_known = known.astype(np.float64), np.maximum(known.sum(axis=0), 1)
    squares = np.square(x).sum(axis=0)
    centres, _ = kmeans_plusplus(x, count, random_state=0)
    spread = np.maximum(squares / n_known, defaults.GROUP_LEAST_SPREAD)
    groups = GroupMixture(centres, spread, np.full(count, 1 / count))
    for _ in range(defaults.FILLING_ROUNDS):
        belongs = groups.belongings(x, known)
        members, sums = belongs.T @ weights, belongs.T @ x
        centres = sums / (members + defaults.GROUP_SHRINKAGE)
        within = squares - 2 * (sums * centres).sum(axis=0)
        within += (members * np.square(centres)).sum(axis=0)
        spread = np.maximum(within / n_known, defaults.GROUP_LEAST_SPREAD)
        groups = GroupMixture(centres, spread, (belongs.sum(axis=0) + 1) / (n_rows + count))
    return groups
