"""Nearest neighbours against sorting all distances."""

import pickle

import numpy as np
import pytest
import torch

from aae_sklearn.neighbors import _index
from aae_sklearn.neighbors._cells import CELL_SIZE
from aae_sklearn.neighbors._index import NeighborIndex, nearest_others
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.settings import _defaults as defaults
from tests import core_oracles

N_PROBES = 10  # of the 47 and more cells that 3,000 points have


def random_points(n_rows, n_columns=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_rows, n_columns, generator=generator)


@pytest.mark.parametrize("n_points", [50, 51, 83])
@pytest.mark.parametrize("n_neighbors", [1, 3, 50])
def test_query_equals_its_slow_twin(n_points, n_neighbors):
    x, points = random_points(20), random_points(n_points, seed=1)
    found = NeighborIndex(points).query(x, n_neighbors)
    expected = core_oracles.nearest(x.numpy(), points.numpy(), n_neighbors)
    np.testing.assert_array_equal(found.index, expected)
    distance = (x[:, None] - points[found.index]).square().sum(dim=2)
    np.testing.assert_allclose(found.squared_distance, distance, atol=1e-5)


@pytest.fixture
def cells(monkeypatch):
    """Cells from few points on."""
    monkeypatch.setattr(defaults, "CELLS_MIN_POINTS", 500)
    monkeypatch.setattr(defaults, "COMPARED_PER_NEIGHBOR", 40)


def test_cells_find_nearly_all_neighbours(cells):
    x, points = random_points(200), random_points(3000, seed=1)
    index = NeighborIndex(points)
    sizes = (index.order >= 0).sum(dim=1)
    assert sizes.sum() == 3000
    assert sizes.max() <= CELL_SIZE
    found = index.query(x, 5, N_PROBES)
    expected = core_oracles.nearest(x.numpy(), points.numpy(), 5)
    hits = [len(set(a) & set(b)) for a, b in zip(found.index.tolist(), expected, strict=True)]
    assert np.mean(hits) / 5 > 0.97
    distance = (x[:, None] - points[found.index]).square().sum(dim=2)
    np.testing.assert_allclose(found.squared_distance, distance, rtol=1e-6)


def test_a_row_finds_the_same_whatever_the_rows_around_it(cells):
    x, points = random_points(100, 40), random_points(3000, 40, seed=1)
    index = NeighborIndex(points)
    together = index.query(x, 5, N_PROBES)
    for i in (0, 50, 99):
        alone = index.query(x[i : i + 1], 5, N_PROBES)
        assert torch.equal(alone.index[0], together.index[i])
        assert torch.equal(alone.squared_distance[0], together.squared_distance[i])


@pytest.mark.parametrize("n_points", [400, 3000])
def test_among_equal_points_a_row_finds_the_same_whatever_the_rows_around_it(cells, n_points):
    x, points = random_points(100, 40), random_points(n_points, 40, seed=1)
    points[::10] = x[::3] = points[0].clone()
    index = NeighborIndex(points)
    together = index.query(x, 5, N_PROBES).index
    for i in (0, 1, 99):
        assert torch.equal(index.query(x[i : i + 1], 5, N_PROBES).index[0], together[i])


def test_many_neighbours_are_sought_among_all_points(cells):
    x, points = random_points(20), random_points(3000, seed=1)
    found = NeighborIndex(points).query(x, 100, N_PROBES).index
    np.testing.assert_array_equal(found, core_oracles.nearest(x.numpy(), points.numpy(), 100))


def test_far_rows_find_points_and_not_the_room_between(cells):
    points = random_points(2990) * 1e16
    index = NeighborIndex(points)
    assert (index.order < 0).any()
    assert torch.equal(index.query(points[:5], 3, N_PROBES).index[:, 0], torch.arange(5))


def test_cells_do_not_ask_for_the_default_device(cells):
    points = random_points(3000)
    with torch.device("meta"):
        found = NeighborIndex(points).query(points[:5], 3, N_PROBES)
    assert torch.equal(found.index, NeighborIndex(points).query(points[:5], 3, N_PROBES).index)


def test_where_cells_hold_too_few_points_all_are_compared(cells, monkeypatch):
    def of_four(points):
        order = torch.arange(len(points)).view(-1, 4)
        return torch.nn.functional.pad(order, (0, CELL_SIZE - 4), value=-1)

    monkeypatch.setattr(_index, "make_cells", of_four)
    monkeypatch.setattr(defaults, "COMPARED_PER_NEIGHBOR", 8)
    x, points = random_points(60), random_points(3000, seed=1)
    found = NeighborIndex(points).query(x, 3, 1).index
    np.testing.assert_array_equal(found, core_oracles.nearest(x.numpy(), points.numpy(), 3))


def test_cells_without_points_are_passed_over(cells):
    points = torch.zeros(3000, 3)
    points[0] = 1
    found = NeighborIndex(points).query(points[:1], 2, N_PROBES)
    assert found.index[0, 0] == 0
    np.testing.assert_allclose(found.squared_distance, [[0, 3]])


def test_chunks_do_not_change_neighbours(monkeypatch):
    x, points = random_points(20), random_points(50, seed=1)
    whole = NeighborIndex(points).query(x, 4)
    monkeypatch.setattr(defaults, "DISTANCE_ELEMENTS", 150)
    monkeypatch.setattr(defaults, "REFINED_BLOCK_ROWS", 3)
    parts = NeighborIndex(points).query(x, 4)
    assert torch.equal(parts.index, whole.index)
    assert torch.equal(parts.squared_distance, whole.squared_distance)


@pytest.mark.parametrize("n_neighbors", [1, 5, 39])
def test_graph_leaves_the_row_itself_out(n_neighbors):
    x = random_points(40)
    graph = nearest_others(x, n_neighbors).index
    expected = [
        [j for j in near if j != i]
        for i, near in enumerate(core_oracles.nearest(x.numpy(), x.numpy(), n_neighbors + 1))
    ]
    np.testing.assert_array_equal(graph, expected)


def test_graph_of_duplicates_names_other_rows():
    graph = nearest_others(torch.ones(30, 2), 4).index.numpy()
    assert graph.shape == (30, 4)
    assert not (graph == np.arange(30)[:, None]).any()
    assert all(len(set(row)) == 4 for row in graph)


def test_an_index_is_read_without_clustering(cells, monkeypatch):
    index, x = NeighborIndex(random_points(3000)), random_points(40, seed=1)
    packer = Packer()
    index.pack(packer, "index")
    state = pickle.dumps(index)
    kept = sum(array.nbytes for array in packer.arrays.values())
    assert kept == 4 * (index.points.numel() + index.order.numel())
    assert len(state) < 4 * index.points.numel() + 8 * index.order.numel() + 3000
    monkeypatch.setattr(_index, "make_cells", lambda points: pytest.fail("clustered"))
    expected = index.query(x, 7, N_PROBES)
    for twin in (
        NeighborIndex.unpack(Unpacker(packer.arrays, {}), "index", 3),
        pickle.loads(state),
    ):
        assert all(torch.equal(getattr(twin, n), b) for n, b in index.named_buffers())
        found = twin.query(x, 7, N_PROBES)
        assert torch.equal(found.index, expected.index)
        assert torch.equal(found.squared_distance, expected.squared_distance)


def test_points_that_cannot_be_measured_are_refused():
    packer = Packer()
    NeighborIndex(random_points(9)).pack(packer, "index")
    packer.arrays["index.points"][3] = 1e30
    with pytest.raises(ValueError, match="too far"):
        NeighborIndex.unpack(Unpacker(packer.arrays, {}), "index", 3)


def test_each_point_alone_must_have_a_square():
    points = random_points(9)
    points[2:6, 0] = 1.5e19  # whose squares have no sum in float32
    packer = Packer()
    NeighborIndex(points).pack(packer, "index")
    NeighborIndex.unpack(Unpacker(packer.arrays, {}), "index", 3)
    packer.arrays["index.points"][4] = 1.5e19
    with pytest.raises(ValueError, match="too far"):
        NeighborIndex.unpack(Unpacker(packer.arrays, {}), "index", 3)


@pytest.mark.parametrize("n_neighbors", [1, 3, 11, 40, 100])
@pytest.mark.parametrize("n_probes", [1, 10, 20, 28])
@pytest.mark.parametrize("n_points", [300, 3_000, 9_000])
def test_a_quarter_of_the_cells_is_visited_or_all(cells, n_points, n_probes, n_neighbors):
    """As many as hold 40 points for each that is measured: five more than are asked for."""
    index = NeighborIndex(random_points(n_points))
    n_cells, cell_size = index.order.shape
    n_measured = index.n_found(n_neighbors)
    assert n_measured == min(n_neighbors + 5, n_points)
    needed = next(n for n in range(n_probes, 9_000) if n * cell_size >= 40 * n_measured)
    expected = needed if 4 * needed <= n_cells else n_cells
    assert index.n_visited(n_neighbors, n_probes) == expected


def order_of(n_points, n_cells=1, cell_size=None):
    cell_size = cell_size or -(-n_points // n_cells)
    order = torch.full((n_cells, cell_size), -1)
    for cell, points in enumerate(torch.arange(n_points).tensor_split(n_cells)):
        order[cell, : len(points)] = points
    return order


def changed(order, cell, place, value):
    order = order.clone()
    order[cell, place] = value
    return order


EMPTY = torch.cat([order_of(200, 4, CELL_SIZE), torch.full((1, CELL_SIZE), -1)])


@pytest.mark.parametrize(
    ("n_points", "order"),
    [
        (200, changed(order_of(200, 4, CELL_SIZE), 1, 3, 7)),  # one twice
        (200, changed(order_of(200, 4, CELL_SIZE), 1, 3, -1)),  # one nowhere
        (200, changed(order_of(200, 4, CELL_SIZE), 1, 63, 200)),  # one that is not there
        (200, changed(order_of(200, 4, CELL_SIZE), 1, 63, -2)),
        (200, order_of(200, 4, CELL_SIZE + 1)),
        (200, EMPTY),
        (1, order_of(1)),
    ],
)
def test_orders_that_are_not_one_of_all_points_are_refused(n_points, order):
    arrays = {"index.points": random_points(n_points).numpy(), "index.order": order.int().numpy()}
    with pytest.raises(ValueError, match="not one of all points"):
        NeighborIndex.unpack(Unpacker(arrays, {}), "index", 3)


@pytest.mark.parametrize(
    ("n_points", "order"),
    [(200, order_of(200, 4, CELL_SIZE)), (200, order_of(200)), (2, order_of(2))],
)
def test_orders_of_all_points_are_taken(n_points, order):
    points = random_points(n_points)
    arrays = {"index.points": points.numpy(), "index.order": order.int().numpy()}
    found = NeighborIndex.unpack(Unpacker(arrays, {}), "index", 3).query(points, 2).index
    np.testing.assert_array_equal(found, core_oracles.nearest(points.numpy(), points.numpy(), 2))


def test_cells_have_the_means_of_their_points_for_centres(cells):
    points = random_points(3_001)
    index = NeighborIndex(points)
    n_cells = len(index.order)
    assert index.centres.shape[1] % 4 == 0
    for cell, members in enumerate(index.order):
        centre = points[members[members >= 0]].mean(dim=0)
        expected = torch.cat([centre, centre.square().sum(dim=0, keepdim=True), torch.ones(1)])
        torch.testing.assert_close(index.centres[:, cell], expected, atol=1e-5, rtol=1e-5)
    assert torch.isinf(index.centres[-2, n_cells:]).all()


def test_blocks_do_not_change_what_cells_find(cells, monkeypatch):
    x, points = random_points(100), random_points(3000, seed=1)
    whole = NeighborIndex(points).query(x, 5, N_PROBES)
    monkeypatch.setattr(defaults, "SEARCH_BLOCK_ROWS", 33)
    monkeypatch.setattr(defaults, "CELLS_BLOCK", 7)
    parts = NeighborIndex(points).query(x, 5, N_PROBES)
    assert torch.equal(parts.index, whole.index)
    assert torch.equal(parts.squared_distance, whole.squared_distance)
