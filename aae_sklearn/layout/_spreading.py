"""Labels of some rows spread over the graph of neighbours to all.

Zhou, Bousquet, Lal, Weston, Schölkopf, "Learning with local and global consistency",
NeurIPS 2003: F = a S F + (1 - a) Y again and again, with S the graph's weights over the roots of
the degrees of both ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.layout._graph import Graph
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults

Floats = NDArray[np.float32]


def spread_labels(weights: sparse.csr_array, labels: Floats) -> Floats:
    """Probabilities of classes for all rows, from the labels of some.

    Classes are brought to the shares that they have among the labels (class mass normalisation:
    Zhu, Ghahramani, Lafferty, "Semi-supervised learning using Gaussian fields", ICML 2003, section
    4), since of two classes the denser one spreads further.

    Parameters
    ----------
    weights : csr_array of shape (n_rows, n_rows)
        `symmetric_weights` of a graph.
    labels : ndarray of shape (n_rows, n_classes)
        1 at the class of a row, and 0 elsewhere; all 0 where there is no label.

    Returns
    -------
    probabilities : ndarray of shape (n_rows, n_classes)
        Rows sum to 1; equal shares where no label reaches.
    """
    share = defaults.SPREADING_SHARE
    spread = labels.copy()
    for _ in range(defaults.SPREADING_STEPS):
        spread = share * (weights @ spread) + (1 - share) * labels
    shares = labels.sum(axis=0) + defaults.LABELS_OF_PRIOR  # few labels say little of them
    spread *= shares / np.maximum(spread.sum(axis=0), defaults.LEAST_SHARE)
    total = spread.sum(axis=1, keepdims=True)
    even = np.full_like(spread, 1 / spread.shape[1])
    probabilities: Floats = np.where(
        total > defaults.LEAST_SHARE, spread / np.maximum(total, defaults.LEAST_SHARE), even
    ).astype(np.float32)
    return probabilities


def symmetric_weights(graph: Graph) -> sparse.csr_array:
    """The graph's weights over the roots of the degrees of both ends."""
    both = both_ways_weights(graph)
    roots = sparse.diags_array(1 / np.sqrt(both.sum(axis=1)))
    return (roots @ both @ roots).tocsr().astype(np.float32)


def both_ways_weights(graph: Graph) -> sparse.csr_array:
    """The graph's weights as a symmetric matrix.

    Weights are squared, and an edge that only one end has counts a tenth: labels should pass
    between groups as little as they can (benchmarks/notes/labels.md, "Spreading").
    """
    n_rows, n_neighbors = graph.index.shape
    starts = n_neighbors * np.arange(n_rows + 1)
    weights = np.square(to_array(graph.weight).astype(np.float64).ravel())
    one_way = sparse.csr_array((weights, to_array(graph.index).ravel(), starts), (n_rows, n_rows))
    other_way = one_way.T.tocsr()
    both = one_way.minimum(other_way) + defaults.ONE_WAY_WEIGHT * (one_way + other_way)
    return both.tocsr()
