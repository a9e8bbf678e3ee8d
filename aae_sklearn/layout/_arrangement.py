"""Neighbours of the rows under the metric that is asked for, before anything is laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aae_sklearn.layout._coordinates import AT_ONE_PLACE, fit_coordinates, fit_row_coordinates
from aae_sklearn.layout._fineness import find_sharpness, finer_weights
from aae_sklearn.layout._graph import Graph, metric_graph
from aae_sklearn.layout._labels import apart_by_labels
from aae_sklearn.layout._landmarks import Landmarks, coordinate_landmarks, metric_landmarks
from aae_sklearn.layout._layout import graph_start, starting_codes
from aae_sklearn.layout._placing import average_neighbors, reference_weights
from aae_sklearn.layout._search import ComparedSearch, CoordinateSearch, KnownSearch, Search
from aae_sklearn.neighbors._coordinates import Euclidean
from aae_sklearn.neighbors._index import NeighborIndex, nearest_others
from aae_sklearn.neighbors._metric import ComparedMetric, CoordinateMetric, resolve_metric
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation, fit_rotation
from aae_sklearn.rows._rows import Transformed
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig


@dataclass(frozen=True)
class Arrangement:
    """What is known of the rows that are to be laid out.

    Attributes
    ----------
    graph : Graph
    start : callable
        Makes the codes to start from.
    search : callable
        Makes the search among the references; called once.
    landmarks : callable
        Takes distances at large; None where neighbours alone are known.
    sharpness : float
        Of the weights of references, as `Placing` has it.
    has_coordinates : bool
        Whether these say all, so that the search can be made beside something else.
    """

    graph: Graph
    start: Callable[[], Tensor]
    search: Callable[[], Search]
    landmarks: Callable[[], Landmarks | None] = lambda: None
    sharpness: float = defaults.WEIGHT_SHARPNESS
    has_coordinates: bool = False


def arrange(rows: Any, inputs: Inputs, layout: LayoutConfig, run: Run) -> Arrangement:
    """Find the rows' neighbours.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    inputs : Inputs
        What networks write of the rows; the coordinates of the Euclidean distance come from them.
    layout : LayoutConfig
    run : Run
    """
    arrangement = _by_metric(rows, inputs, layout, run)
    if run.targets is None or layout.label_weight == 0:
        return arrangement
    graph = apart_by_labels(arrangement.graph, run.targets, layout.label_weight)
    return replace(arrangement, graph=graph)


def _by_metric(rows: Any, inputs: Inputs, layout: LayoutConfig, run: Run) -> Arrangement:
    metric = resolve_metric(layout.metric, layout.metric_params).fit(rows)
    if metric.has_coordinates:
        return _by_coordinates(rows, metric, inputs, layout, run)
    compared = _by_comparison(rows, metric, layout, run)
    if not isinstance(layout.metric, tuple):
        return replace(compared, landmarks=lambda: metric_landmarks(rows, metric, run))
    by_rows = _by_coordinates(rows, Euclidean(), inputs, layout, run)
    return replace(compared, search=lambda: KnownSearch(compared.search(), by_rows.search()))


def _by_coordinates(
    rows: Any, metric: CoordinateMetric, inputs: Inputs, layout: LayoutConfig, run: Run
) -> Arrangement:
    if metric.keeps_rows:
        found = fit_row_coordinates(
            rows, inputs.standardizer, lambda: _leading_components(rows, inputs, run), run
        )
    else:
        transformed = Transformed(rows, metric.coordinates)
        found = fit_coordinates(transformed, metric.has_unit_length, run)
    coordinates, x = found
    near = nearest_others(x, layout.n_neighbors)
    sharpness = find_sharpness(x, near.index)
    graph = Graph(near.index, finer_weights(near, sharpness))

    def search() -> Search:
        return CoordinateSearch(
            metric, coordinates, NeighborIndex(average_neighbors(x, graph.index))
        )

    generator = run.randomness.noise
    return Arrangement(
        graph,
        lambda: starting_codes(x, layout.n_components, generator),
        search,
        lambda: coordinate_landmarks(x, generator),
        sharpness,
        has_coordinates=True,
    )


def _leading_components(rows: Any, inputs: Inputs, run: Run) -> Inputs:
    """Principal components of the networks' inputs."""
    if inputs.rotation.components is None:
        return _components(rows, inputs.standardizer, run)
    n_inputs = inputs.rotation.n_outputs(rows.shape[1])
    n_coordinates = min(defaults.COORDINATES_MAX, n_inputs, rows.shape[0] - 1)
    leading = Rotation(torch.eye(n_coordinates, n_inputs, device=run.device))
    return Inputs(inputs.standardizer, leading.after(inputs.rotation))


def _components(rows: Any, standardizer: Standardizer, run: Run) -> Inputs:
    n_rows, n_features = rows.shape
    n_coordinates = min(defaults.COORDINATES_MAX, n_features, n_rows - 1)
    directions = fit_rotation(rows, standardizer, n_coordinates, run.randomness.numpy)
    return Inputs(standardizer, Rotation(to_tensor(directions, run.device)))


def _by_comparison(
    rows: Any, metric: ComparedMetric, layout: LayoutConfig, run: Run
) -> Arrangement:
    n_rows, n_components = rows.shape[0], layout.n_components
    # In a precomputed matrix columns are all fitted rows, of which these may be some.
    chosen = run.names.rows
    found = metric.graph(rows, layout.n_neighbors, chosen=chosen, interrupted=run.interrupted)
    if not isinstance(layout.metric, tuple) and not found.distance.any():
        _check_that_rows_differ(rows, metric, run)
    graph = metric_graph(found, run.device)

    def search() -> Search:
        members = np.concatenate([np.arange(n_rows)[:, None], found.index[:, :2]], axis=1)
        weights = np.array(reference_weights(members.shape[1] - 1))
        index = metric.index(rows, chosen=chosen).of_means(rows, members, weights)
        return ComparedSearch(index, n_rows, run.device)

    generator = run.randomness.noise
    return Arrangement(graph, lambda: graph_start(graph, n_components, generator), search)


def _check_that_rows_differ(rows: Any, metric: ComparedMetric, run: Run) -> None:
    """Raise if the metric makes one and the same of all rows, and not only of neighbours."""
    index = metric.index(rows, chosen=run.names.rows)
    if not index.query(rows[:1], rows.shape[0], run.interrupted).distance.any():
        raise ValueError(AT_ONE_PLACE)
