"""Groups of rows that hold together in the graph of neighbours.

Rows are drawn to their neighbours, so that groups contract, and cut into many small groups by
k-means. Of these the two are joined whose union adds most to the modularity of the graph (Clauset,
Newman, Moore, "Finding community structure in very large networks", Physical Review E 70, 2004),
until as many are left as are wanted.

How many to want, modularity says at a low resolution (Reichardt, Bornholdt, "Statistical mechanics
of community detection", Physical Review E 74, 2006): two groups are one unless the weight between
them is less than a fifth of what chance would give them. At resolution 1, which asks for less than
chance, single blobs fall to pieces (benchmarks/notes/labels.md, "How many clusters").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.layout._graph import Graph
from aae_sklearn.layout._spreading import both_ways_weights
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class Grouping:
    """The groups of rows, and how good fewer or more would have been.

    Attributes
    ----------
    index : ndarray of shape (n_rows,)
        From 0 on.
    modularity : ndarray of shape (n_small_groups,)
        At place k that of k + 1 groups, at a resolution of `defaults.RESOLUTION`.
    """

    index: NDArray[np.int64]
    modularity: NDArray[np.float64]


def group_rows(
    x: NDArray[np.float32], graph: Graph, n_groups: int | None, random_state: np.random.RandomState
) -> Grouping:
    """Find so many groups, or with None as many as have the largest modularity.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_coordinates)
    graph : Graph
        Of their neighbours.
    n_groups : int or None
        At most n_rows.
    random_state : RandomState
    """
    weights = both_ways_weights(graph)
    small = _small_groups(x, weights, n_groups or 1, random_state)
    n_small = int(small.max()) + 1
    member = sparse.csr_array((np.ones(len(small)), (np.arange(len(small)), small)))
    merges, modularity = _merge((member.T @ weights @ member).toarray())
    if n_groups is None:
        n_groups = int(modularity.argmax()) + 1
    index = np.arange(n_small)
    for kept, joined in merges[: max(0, n_small - n_groups)]:
        index[index == joined] = kept
    return Grouping(np.unique(index, return_inverse=True)[1][small], modularity)


def _small_groups(
    x: NDArray[np.float32],
    weights: sparse.csr_array,
    n_least: int,
    random_state: np.random.RandomState,
) -> NDArray[np.int64]:
    """Many small groups of rows that were drawn to their neighbours; none is empty."""
    from sklearn.cluster import MiniBatchKMeans  # most fits do without

    average = sparse.diags_array(1 / weights.sum(axis=1)) @ weights
    average = average.tocsr().astype(np.float32)
    for _ in range(defaults.CONTRACTIONS):
        x = (x + average @ x) / 2
    n_small = max(n_least, min(defaults.SMALL_GROUPS, len(x) // defaults.SMALL_GROUP_ROWS))
    k_means = MiniBatchKMeans(
        n_small, n_init=1, batch_size=defaults.SMALL_GROUPS_BATCH, random_state=random_state
    )
    return np.unique(k_means.fit_predict(x), return_inverse=True)[1]


def _merge(links: NDArray[np.float64]) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
    """Join two groups after another by their gain at resolution 1, until one is left.

    Parameters
    ----------
    links : ndarray of shape (n_groups, n_groups)
        Sums of weights between groups, and inside them.

    Returns
    -------
    merges : list of (kept, joined)
    modularity : ndarray of shape (n_groups,)
        At place k that of k + 1 groups, at a resolution of `defaults.RESOLUTION`.
    """
    links = links / links.sum()
    degree, n_groups = links.sum(axis=1), len(links)
    modularity = np.empty(n_groups)
    modularity[-1] = np.trace(links) - defaults.RESOLUTION * np.square(degree).sum()
    gain = 2 * (links - np.outer(degree, degree))
    np.fill_diagonal(gain, -np.inf)
    merges = []
    for n_left in range(n_groups - 1, 0, -1):
        kept, joined = sorted(np.unravel_index(gain.argmax(), gain.shape))
        by_chance = 2 * (1 - defaults.RESOLUTION) * degree[kept] * degree[joined]
        modularity[n_left - 1] = modularity[n_left] + gain[kept, joined] + by_chance
        merges.append((int(kept), int(joined)))
        degree[kept] += degree[joined]
        gain[kept] += gain[joined]  # a gain is a difference of sums over pairs
        gain[:, kept] = gain[kept]
        gain[kept, kept] = -np.inf
        gain[joined] = gain[:, joined] = -np.inf
    return merges, modularity
