"""Metrics with coordinates are read as they were written."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.neighbors._packing import pack_metric, unpack_metric
from aae_sklearn.runtime._packing import Packer, Unpacker

ROWS = np.random.RandomState(0).uniform(size=(30, 2)).round(1)
PARAMETERS = {
    "seuclidean": {"V": np.array([2.0, 3.0])},
    "mahalanobis": {"VI": np.array([[2.0, 1.0], [1.0, 3.0]])},
    "minkowski": {"w": np.array([1.0, 5.0])},
    "hamming": {"w": np.array([1.0, 5.0])},
}


@pytest.mark.parametrize(
    "name",
    ["euclidean", "cosine", "correlation", "haversine", "rogerstanimoto", *PARAMETERS],
)
def test_a_metric_is_read_as_it_was(name):
    metric = resolve_metric(name, PARAMETERS.get(name)).fit(ROWS)
    packer = Packer()
    unpacker = Unpacker(packer.arrays, {})
    twin = unpack_metric(pack_metric(metric, packer, "metric"), unpacker)
    unpacker.check_all_taken()
    assert type(twin) is type(metric)
    found, expected = twin.coordinates(ROWS), metric.coordinates(ROWS)
    if sparse.issparse(expected):
        found, expected = found.toarray(), expected.toarray()
    np.testing.assert_array_equal(found, expected)
