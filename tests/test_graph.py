"""The graph under any metric, against scikit-learn."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from aae_sklearn._graph import build_graph


@pytest.fixture
def rows():
    return np.random.RandomState(0).uniform(size=(40, 5))


def graph_of(rows, metric, n_neighbors=4):
    x = torch.from_numpy(rows if isinstance(rows, np.ndarray) else rows.toarray()).float()
    return build_graph(x, rows, n_neighbors, metric).numpy()


def found_by_scikit_learn(rows, metric):
    search = NearestNeighbors(n_neighbors=4, metric=metric).fit(rows)
    return search.kneighbors(return_distance=False)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan", "chebyshev"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_neighbours_are_those_of_scikit_learn(rows, metric, kind):
    if metric == "chebyshev" and kind is not np.asarray:
        pytest.skip("scikit-learn has no such distance between sparse rows")
    graph = graph_of(kind(rows), metric)
    np.testing.assert_array_equal(graph, found_by_scikit_learn(rows, metric))
    assert graph.dtype == np.int64


def test_metric_may_be_a_function(rows):
    def first_column(p, q):
        return abs(p[0] - q[0])

    np.testing.assert_array_equal(
        graph_of(rows, first_column), found_by_scikit_learn(rows[:, :1], "manhattan")
    )


def test_known_neighbours_are_taken_with_or_without_the_row_itself(rows):
    search = NearestNeighbors(n_neighbors=7).fit(rows)
    with_itself = search.kneighbors(rows)[::-1]
    without = search.kneighbors()[::-1]
    expected = graph_of(rows, "euclidean")
    np.testing.assert_array_equal(graph_of(rows, with_itself), expected)
    np.testing.assert_array_equal(graph_of(rows, without), expected)
