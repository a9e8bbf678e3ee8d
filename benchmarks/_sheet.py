"""Made-up rows in partitions: clusters on a curved sheet, a seed for each partition."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

N_CLUSTERS = 40
CLUSTER_SPREAD = 0.02  # on the sheet, whose sides are 1
NOISE = 0.05  # of a cell, whose deviation is about 0.7


def make_rows(
    number: int, n_rows: int, n_features: int, with_labels: bool = False
) -> NDArray[np.float32]:
    """A partition: points of a rolled sheet, seen through smooth functions."""
    fixed = np.random.default_rng(0)
    centres = fixed.uniform(size=(N_CLUSTERS, 2))
    directions = fixed.standard_normal((3, n_features)) / 4
    phases = fixed.uniform(0, 2 * np.pi, n_features)
    rng = np.random.default_rng([1, number])
    label = rng.integers(N_CLUSTERS, size=n_rows)
    u, v = (centres[label] + CLUSTER_SPREAD * rng.standard_normal((n_rows, 2))).T
    angle = 1.5 * np.pi * (1 + 2 * u)
    roll = np.stack([angle * np.cos(angle) / 4, 6 * v, angle * np.sin(angle) / 4], axis=1)
    rows = np.sin(roll @ directions + phases) + NOISE * rng.standard_normal((n_rows, n_features))
    return np.column_stack([rows, label]) if with_labels else rows.astype(np.float32)


def _block(n_rows: int, n_features: int, block_id: tuple[int, ...] = (0,)) -> Any:
    return make_rows(block_id[0], n_rows, n_features)


def sheet(n_rows: int, n_features: int, partition_rows: int) -> Any:
    """The rows as a dask array, of which none is made yet."""
    import dask.array as da

    chunks = ((partition_rows,) * (n_rows // partition_rows), (n_features,))
    meta = np.empty((0, 0), np.float32)
    return da.map_blocks(
        _block, partition_rows, n_features, chunks=chunks, dtype=np.float32, meta=meta
    )
