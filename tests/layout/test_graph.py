"""The graph under any metric, against scikit-learn."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from aae_sklearn.layout._graph import both_ways, build_graph, coordinate_weights


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
    assert graph.dtype == np.int32


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


def test_both_ways_has_a_rows_neighbours_and_those_whose_neighbour_it_is():
    generator = torch.Generator().manual_seed(0)
    graph = torch.randint(50, (50, 3), generator=generator)
    graph[:, 0] = 7  # all rows name row 7, and nobody but row 7 names row 49
    graph[graph == 49] = 48
    graph[7, 0] = 49
    table = both_ways(graph, generator)
    assert table.shape == (50, 2, 3)
    for i, found in enumerate(table.view(50, 6).tolist()):
        forward, backward = graph[i].tolist(), (graph == i).any(dim=1).nonzero().flatten().tolist()
        assert set(forward) <= set(found) <= set(forward) | set(backward)
        assert len(set(found) & set(backward)) >= min(1, len(backward))
    assert 7 in table[49]


def test_both_ways_takes_as_many_as_there_is_room_for():
    ring = (torch.arange(20)[:, None] + torch.arange(1, 4)) % 20
    table = both_ways(ring, torch.Generator().manual_seed(0)).view(20, 6)
    expected = (torch.arange(20)[:, None] + torch.tensor([-3, -2, -1, 1, 2, 3])) % 20
    np.testing.assert_array_equal(table.sort(dim=1).values, expected.sort(dim=1).values)


def waves(n_rows, n_coordinates, generator):
    """Waves along a line: no two vary alike, and some of them tell the others."""
    t = torch.rand(n_rows, 1, generator=generator)
    k = torch.arange(1, n_coordinates + 1)
    return torch.cos(torch.pi * t * k + k.square())


@pytest.mark.parametrize("n_noise", [0, 9, 30])
def test_noise_counts_less_and_signal_whole(n_noise):
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(500, n_noise, generator=generator) / 2
    weights = coordinate_weights(torch.cat([waves(500, 14, generator), noise], dim=1))
    torch.testing.assert_close(weights[:14], torch.ones(14))
    assert (weights[14:] < 0.8).all()
    assert (weights[14:] >= 0.5).all()


@pytest.mark.parametrize("shape", [(100, 1), (100, 10), (3, 2)])
def test_few_coordinates_count_whole(shape):
    weights = coordinate_weights(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(weights, torch.ones(shape[1]))


def test_constant_coordinates_and_many_rows_have_weights():
    x = torch.randn(7_001, 12, generator=torch.Generator().manual_seed(0))
    x[:, 11] = 0
    weights = coordinate_weights(x)
    assert torch.isfinite(weights).all()
    assert weights[10] < 0.8
