"""How fine a layout is to be, as the rows say.

Rows that only their very nearest predict, as of an image that is turned little by little, lie on
threads too fine for the usual kernel and edges (benchmarks/notes/layout.md, "Fine structure").
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from aae_sklearn.layout._graph import edge_weights
from aae_sklearn.layout._placing import Placing, distance_weights
from aae_sklearn.neighbors._index import Neighbors
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig


def find_sharpness(x: Tensor, graph: Tensor) -> float:
    """How sharply weights of a row's neighbours are to fall: as softly as still predicts it.

    A mean of many neighbours has little noise, and where rows have little, it loses what is fine.
    So some rows are predicted by weighted means of their neighbours. Of the weights that err by
    little more than the best, the softest are taken, as among trees the simplest are (Breiman,
    Friedman, Olshen, Stone, "Classification and Regression Trees", 1984, section 3.4.3). Where
    all of these err by much more than the sharpest, it is that.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_coordinates)
    graph : Tensor of shape (n_rows, n_neighbors)
        Neighbours, nearest first.
    """
    some = slice(None, None, -(-len(x) // defaults.JUDGED_ROWS))
    near = x[graph[some, : defaults.PLACING_NEIGHBORS].long()]
    squared_distance = (near - x[some, None]).square().sum(dim=2)

    def error(sharpness: float) -> float:
        weights = distance_weights(squared_distance, Placing(len(x), sharpness).sharpness)
        return float((torch.einsum("ij,ijk->ik", weights, near) - x[some]).square().sum())

    errors = [error(sharpness) for sharpness in defaults.WEIGHT_SHARPNESSES]
    much = 1 + defaults.SOFT_WEIGHTS_COST
    if min(errors) > much * error(defaults.SHARPEST):
        return defaults.SHARPEST
    most = much * min(errors)
    return next(s for s, e in zip(defaults.WEIGHT_SHARPNESSES, errors, strict=True) if e <= most)


def finer(config: LayoutConfig, sharpness: float) -> LayoutConfig:
    """A smaller kernel in the end for fine rows, and more passes if nobody gave their number."""
    softness = _softness(sharpness)
    n_epochs = round(config.n_epochs / softness) if config.may_add_epochs else config.n_epochs
    return replace(config, last_share=softness**defaults.FINE_SCALE_POWER, n_epochs=n_epochs)


def finer_weights(near: Neighbors, sharpness: float) -> Tensor:
    """Weights of edges to neighbours; of fine rows a part goes to the very nearest."""
    weights = edge_weights(near.index, near.squared_distance)
    usual = _softness(sharpness) ** defaults.FINE_EDGES_POWER
    if usual == 1:
        return weights
    nearest = distance_weights(near.squared_distance, sharpness)
    weights += (1 - usual) * (weights.sum(dim=1, keepdim=True) * nearest - weights)
    return weights


def _softness(sharpness: float) -> float:
    """1 where rows are as coarse as most."""
    return min(1.0, defaults.COARSE_SHARPNESS / sharpness)
