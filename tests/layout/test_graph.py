"""The graph under any metric, against scikit-learn."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from aae_sklearn.layout._graph import (
    Graph,
    both_ways,
    coordinate_graph,
    coordinate_weights,
    edge_weights,
    metric_graph,
)
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.neighbors._ranking import RankedNeighbors
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def rows():
    return np.random.RandomState(0).uniform(size=(40, 5))


def graph_of(rows, metric, n_neighbors=4):
    return weighted_graph(rows, metric, n_neighbors).index.numpy()


def weighted_graph(rows, metric, n_neighbors=4):
    """By coordinates where the metric is Euclidean, else by the metric's own distances."""
    known = resolve_metric(metric).fit(rows)
    if metric in ("euclidean", "cosine"):
        x = known.coordinates(rows)
        x = x if isinstance(x, np.ndarray) else x.toarray()
        return coordinate_graph(torch.from_numpy(x).float(), n_neighbors)
    return metric_graph(known.graph(rows, n_neighbors), torch.device("cpu"))


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


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "known"])
def test_edges_count_by_how_far_beyond_the_neighbours_reach_they_go(rows, metric):
    by = "euclidean" if metric == "known" else metric
    distance, index = NearestNeighbors(n_neighbors=4, metric=by).fit(rows).kneighbors()
    known = NearestNeighbors(n_neighbors=5).fit(rows).kneighbors(rows)[::-1]
    found = weighted_graph(rows, known if metric == "known" else metric).weight
    expected = [
        [min(1, (distance[j, 2] / d) ** 2) for j, d in zip(*row, strict=True)]
        for row in zip(index, distance, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert np.min(expected) < 0.7  # not all are 1


def test_duplicates_count_whole_and_strangers_to_them_little():
    x = torch.zeros(6, 2)
    x[5] = 1
    graph = coordinate_graph(x, 3)
    torch.testing.assert_close(graph.weight[:5], torch.ones(5, 3))
    assert (graph.weight[5] > 0).all()


def test_weights_of_distances_without_end_are_numbers():
    index = torch.tensor([[1], [0]])
    assert torch.isfinite(edge_weights(index, torch.tensor([[torch.inf], [torch.inf]]))).all()


@pytest.fixture
def weighted():
    """A graph of 50 rows; all name row 7, and nobody but row 7 names row 49."""
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(1, 7, (50, 3), generator=generator).cumsum(dim=1)
    index = (torch.arange(50)[:, None] + index) % 49
    index[:, 0] = 7
    index[7, 0] = 49
    return Graph(index.int(), torch.rand(50, 3, generator=generator) + 0.01)


def test_both_ways_gives_edges_places_by_their_weight(weighted):
    """Each edge its share of a row's places, rounded up or down, and right on average."""
    weight = np.zeros((50, 50))
    for i, (neighbors, weights) in enumerate(zip(weighted.index, weighted.weight, strict=True)):
        for j, w in zip(neighbors.tolist(), weights.tolist(), strict=True):
            weight[i, j] += w
            weight[j, i] += w
    share = 6 * weight / weight.sum(axis=1, keepdims=True)
    counts = np.zeros((1000, 50, 50))
    for seed, count in enumerate(counts):
        table = both_ways(weighted, torch.Generator().manual_seed(seed))
        assert table.shape == (50, 2, 3)
        for i, found in enumerate(table.view(50, 6).tolist()):
            np.add.at(count[i], found, 1)
    assert (counts[:, share == 0] == 0).all()
    assert abs(counts - share).max() < 2  # an edge both ways is rounded at each of its ends
    np.testing.assert_allclose(counts.mean(axis=0), share, atol=0.08)


def test_both_ways_takes_each_edge_once_where_all_are_alike():
    ring = (torch.arange(20)[:, None] + torch.arange(1, 4)) % 20
    graph = Graph(ring.int(), torch.ones(20, 3))
    table = both_ways(graph, torch.Generator().manual_seed(0)).view(20, 6)
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


def test_of_many_rows_some_decide_what_is_noise(monkeypatch):
    monkeypatch.setattr(defaults, "JUDGED_ROWS", 100)
    x = torch.randn(300, 14, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(coordinate_weights(x), coordinate_weights(x[::3].contiguous()))


@pytest.mark.parametrize("n_rows", [12, 90, 200])
def test_weights_of_distances_are_those_of_the_contiguity_ratio(monkeypatch, n_rows):
    """Of every second coordinate by the neighbours in the others, of 100 rows at most."""
    monkeypatch.setattr(defaults, "JUDGED_ROWS", 100)
    generator = torch.Generator().manual_seed(3)
    noise = torch.cat([torch.full((10,), 0.1), torch.linspace(0.3, 1.8, 7)])
    x = waves(n_rows, 17, generator) + noise * torch.randn(n_rows, 17, generator=generator)
    some = x[:: 2 if n_rows == 200 else 1].double().numpy()
    expected = np.ones(17)
    for k in range(10, 17):
        others = some[:, 1 - k % 2 :: 2]
        search = NearestNeighbors(n_neighbors=min(5, len(some) - 1)).fit(others)
        nearest = search.kneighbors(return_distance=False)
        ratio = np.mean((some[:, k, None] - some[nearest, k]) ** 2) / 2 / some[:, k].var(ddof=1)
        expected[k] = np.sqrt(np.clip((1 - ratio) / 0.2, 0.25, 1))
    if n_rows > 12:
        assert len(np.unique(expected)) > 3  # some are neither 1 nor 1/2
    np.testing.assert_allclose(coordinate_weights(x), expected, rtol=1e-4)


def test_edges_do_not_depend_on_the_unit_of_large_distances(rows):
    found = resolve_metric("manhattan").graph(rows, 4)
    expected = metric_graph(found, torch.device("cpu"))
    for factor in (1e14, 1e30, 1e200):
        large = RankedNeighbors(found.index, factor * found.distance)
        graph = metric_graph(large, torch.device("cpu"))
        torch.testing.assert_close(graph.weight, expected.weight)
        assert torch.equal(graph.index, expected.index)


def test_edges_to_strangers_count_a_ten_thousandth_at_least():
    index = torch.tensor([[1, 2], [0, 2], [1, 0]])
    squared = torch.tensor([[1.0, 4.0], [1.0, 100.0], [100.0, 1e9]])
    expected = [[1, 1], [1, 1], [1, 1e-4]]
    torch.testing.assert_close(edge_weights(index, squared), torch.tensor(expected))


def test_edges_without_end_count_whole():
    index = torch.tensor([[1], [0]])
    weights = edge_weights(index, torch.tensor([[torch.inf], [torch.inf]]))
    torch.testing.assert_close(weights, torch.ones(2, 1))


def test_both_halves_of_a_rows_places_hold_neighbours_and_namers():
    ring = (torch.arange(20)[:, None] + torch.arange(1, 4)) % 20
    graph = Graph(ring.int(), torch.ones(20, 3))
    n_own = np.zeros(2)
    for seed in range(200):
        table = both_ways(graph, torch.Generator().manual_seed(seed))
        ahead = (table - torch.arange(20)[:, None, None]) % 20
        n_own += (ahead <= 3).sum(dim=(0, 2)).numpy()
    np.testing.assert_allclose(n_own / n_own.sum(), 0.5, atol=0.05)


def test_blocks_of_rows_have_the_same_places(weighted, monkeypatch):
    whole = both_ways(weighted, torch.Generator().manual_seed(0))
    monkeypatch.setattr(defaults, "DRAWN_BLOCK_ROWS", 7)
    assert torch.equal(both_ways(weighted, torch.Generator().manual_seed(0)), whole)
