"""A fit to rows in partitions: to a sample of them, drawn in one pass that looks at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np

from aae_sklearn.estimators._base import unchanged_on_error
from aae_sklearn.estimators._partitions import refuse_set_output
from aae_sklearn.neighbors._metric import Metric, resolve_metric
from aae_sklearn.rows._bounds import warn_beyond
from aae_sklearn.rows._partitioned import is_partitioned
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._randomness import own_random_state
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._resolve import check_unit_interval, resolve_config

Method = TypeVar("Method", bound=Callable[..., Any])


def max_laid_out(metric: Metric) -> int:
    """Rows that a layout under a metric may have."""
    return defaults.LAYOUT_MAX_ROWS if metric.has_coordinates else metric.max_rows


def on_a_sample(fit: Method) -> Method:
    """Let a fit train on rows that are drawn from all partitions; codes of all are lazy then."""

    @wraps(fit)
    def fitted(self: Any, X: Any, y: object = None) -> Any:
        if not is_partitioned(X):
            return fit(self, X, y)
        from aae_sklearn.distributed._sampling import sample_to_fit

        refuse_set_output(self)
        _refuse_distances(self)
        sample = sample_to_fit(
            X,
            lambda shape: n_rows_to_fit(self, shape),
            own_random_state(self.random_state),
            allows_nan=self.missing_values == "mask",
        )
        extremes = sample.extremes
        if self.reconstruction_loss == "log_loss" and len(sample.rows):
            check_unit_interval(np.concatenate([extremes.low, extremes.high]))
        labels = sample.labels(y) if y is not None and self.label_weight > 0 else None
        with unchanged_on_error(self):
            fit(self, sample.rows, labels)
            self.embedding_ = self.transform(X)
            warn_beyond(extremes, self._model.inputs.standardizer.bounds, Names.of(self))
        return self

    return fitted  # type: ignore[return-value]


def n_rows_to_fit(estimator: Any, shape: tuple[int, int]) -> int:
    """How many rows of so many a fit is to see: as many as it trains on, and holds out.

    Where every row would be trained on, there is a limit, since a client has them in memory.
    """
    if shape[0] < 2:
        return shape[0]
    params = {**estimator._settings(), "reconstruction_loss": "squared_error"}
    rows = SimpleNamespace(shape=shape)
    metric = resolve_metric(estimator.metric, estimator.metric_params)
    config = resolve_config({**params, "early_stopping": False}, rows, max_laid_out(metric))
    n_rows = config.n_rows
    if params["early_stopping"]:
        n_rows = round(n_rows / (1 - params["validation_fraction"]))
    row_bytes = 8 * max(1, shape[1])
    most = min(defaults.SAMPLED_MAX_ROWS, max(2, defaults.SAMPLED_MAX_BYTES // row_bytes))
    return min(shape[0], n_rows, most)


def _refuse_distances(estimator: Any) -> None:
    if isinstance(estimator.metric, tuple) or estimator.metric == "precomputed":
        raise ValueError(
            "X is a dask collection, of which some rows are fitted, and the metric is given as "
            "distances of all; use the name of a metric"
        )
