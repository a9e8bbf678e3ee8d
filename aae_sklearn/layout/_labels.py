"""Labels in the graph of neighbours: rows that are not alike pull at each other less."""

from __future__ import annotations

import numpy as np
import torch

from aae_sklearn.layout._graph import Graph
from aae_sklearn.runtime._run import Targets
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


def apart_by_labels(graph: Graph, targets: Targets, label_weight: float) -> Graph:
    r"""The same neighbours, where an edge counts the less the more unlike its labels are.

    .. math:: w_{ij} (1 - \lambda)^{a\, u_{ij}}

    with the weight :math:`\lambda` of labels and the unlikeness *u* of those of *i* and *j*. In
    supervised UMAP edges are weighed down like this (McInnes, Healy, Melville, "UMAP: Uniform
    Manifold Approximation and Projection", arXiv 1802.03426; `target_weight` of umap-learn).
    No edge is added, so that rows meet only those that are near them: where labels do not follow
    from the rows, new rows could not follow either.
    """
    index = to_array(graph.index).astype(np.int64)
    unlike = targets.unlikeness(np.arange(len(index))[:, None], index)
    rest = max(1 - label_weight, defaults.UNLABELED_LEAST_WEIGHT)
    factor = torch.from_numpy(rest ** (defaults.LABEL_STRENGTH * unlike))
    return Graph(graph.index, graph.weight * factor.to(graph.weight))
