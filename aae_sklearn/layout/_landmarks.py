"""How rows are arranged at large: their distances to a few of them, the landmarks.

A map that takes the density of its prior moves groups. Where they go is then free, and of all such
maps the one is wanted whose distances rise with those between rows. As in landmark
multidimensional scaling (de Silva, Tenenbaum, "Sparse multidimensional scaling using landmark
points", Stanford 2004) distances to a few rows say nearly as much as those of all pairs
(benchmarks/notes/layout.md, "Distances to landmarks").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aae_sklearn.layout._graph import Graph
from aae_sklearn.neighbors._metric import ComparedMetric
from aae_sklearn.rows._rows import take_rows
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class Landmarks:
    """Some of the rows, and how far all rows are from them.

    Attributes
    ----------
    index : Tensor of shape (n_landmarks,)
    distance : Tensor of shape (n_rows, n_landmarks)
        Rises with the distance, bounded; of mean 0 and variance 1.
    share : Tensor of shape (n_rows,)
        Of the pull, 0 to 1, that each row feels.
    """

    index: Tensor
    distance: Tensor
    share: Tensor

    def for_layout(self, graph: Graph, start: Tensor) -> Landmarks:
        """Less of the pull for rows that lie outside their neighbours' reach.

        Few edges hold a row of a small group, and the pull would leave it alone on its way. And
        less for all where the codes at the start do not hold the distances: then no map does.
        """
        weight = graph.weight.mean(dim=1)
        share = (weight / weight.median()).clamp(max=1) ** defaults.OUTSIDE_POWER
        held = self.distance * standardized(torch.cdist(start, start[self.index]))
        return replace(self, share=share * held.mean().clamp(min=0) ** 2)


def coordinate_landmarks(x: Tensor, generator: torch.Generator) -> Landmarks:
    """Landmarks of rows by the Euclidean distance of their coordinates."""
    index = _draw(len(x), generator, x.device)
    parts = x.split(defaults.DRAWN_BLOCK_ROWS)
    return _landmarks_at(index, torch.cat([torch.cdist(part, x[index]) for part in parts]))


def metric_landmarks(rows: Any, metric: ComparedMetric, run: Run) -> Landmarks:
    """Landmarks of rows that a metric compares."""
    index = _draw(rows.shape[0], run.randomness.noise, run.device)
    few = to_array(index)
    chosen = few if run.names.rows is None else run.names.rows[few]
    found = metric.index(take_rows(rows, few), chosen=chosen).query(
        rows, len(few), run.interrupted
    )
    distance = np.empty(found.distance.shape, dtype=np.float32)
    largest = max(found.distance.max(), np.finfo(np.float64).tiny)
    np.put_along_axis(distance, found.index, found.distance / largest, axis=1)
    return _landmarks_at(index, torch.from_numpy(distance).to(run.device))


def _draw(n_rows: int, generator: torch.Generator, device: torch.device) -> Tensor:
    order = torch.randperm(n_rows, generator=generator, device=device)
    return order[: defaults.LANDMARKS].sort().values


def _landmarks_at(index: Tensor, distance: Tensor) -> Landmarks:
    bounded = standardized(distance)
    return Landmarks(index, bounded, torch.ones_like(bounded[:, 0]))


def standardized(distance: Tensor) -> Tensor:
    """Distances, bounded so that no row far away rules, at mean 0 and variance 1."""
    bounded = distance / (distance + distance.median().clamp(min=defaults.NO_DISTANCE))
    bounded -= bounded.mean()
    bounded /= bounded.std(correction=0).clamp(min=defaults.NO_DISTANCE)
    return bounded
