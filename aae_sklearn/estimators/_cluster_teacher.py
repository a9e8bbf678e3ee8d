"""What clusters rows are to have: groups of the graph of neighbours, and what they teach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.estimators._teachers import Floats, Lesson, TaughtRows, improve
from aae_sklearn.game._teaching import unit_variance
from aae_sklearn.layout._graph import Graph
from aae_sklearn.layout._grouping import Grouping, group_rows
from aae_sklearn.layout._spreading import both_ways_weights
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults


@dataclass(frozen=True)
class ClusterTeacher:
    """Rows whose neighbours are in one group are taken for labelled by it.

    Attributes
    ----------
    n_rows : int
    n_clusters : int or None
        None for as many as have the largest modularity.
    """

    n_rows: int
    n_clusters: int | None

    @property
    def n_classes(self) -> int:
        return self.n_clusters or 1  # till they are counted

    def has_learners(self, n_rows: int) -> bool:
        """Always: no row has a label."""
        return True

    def choose(self, n_rows: int, random: np.random.RandomState) -> NDArray[np.int64]:
        """Any rows."""
        return np.sort(random.permutation(self.n_rows)[:n_rows])

    def teach(self, rows: TaughtRows, run: Run) -> Lesson:
        groups = find_groups(rows, self.n_clusters, run)
        n_clusters = self.n_clusters or int(groups.index.max()) + 1
        lesson = improve(cores(groups, rows.graph, n_clusters), rows, run)
        return replace(lesson, found={"n_clusters_": n_clusters, "modularity_": groups.modularity})


def find_groups(rows: TaughtRows, n_groups: int | None, run: Run) -> Grouping:
    """Groups of rows that are trained on."""
    x = to_array(unit_variance(rows.x[:, : defaults.COORDINATES_MAX]))
    return group_rows(x, rows.graph, n_groups, run.randomness.numpy)


def cores(groups: Grouping, graph: Graph, n_clusters: int) -> Floats:
    """1 at the group of rows nearly all of whose neighbours are in it; shape (n_rows, n_clusters).

    Of a group without such rows all are taken.
    """
    member = np.eye(n_clusters, dtype=np.float32)[groups.index]
    weights = both_ways_weights(graph)
    share = (weights @ member)[member > 0] / weights.sum(axis=1)
    is_core = share >= defaults.CORE_SHARE
    has_core = np.bincount(groups.index[is_core], minlength=n_clusters) > 0
    is_core |= ~has_core[groups.index]
    given: Floats = member * is_core[:, None]
    return given
