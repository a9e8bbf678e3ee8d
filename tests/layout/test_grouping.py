"""Groups of rows, against modularities that are computed anew from the definition."""

import numpy as np
import pytest
import torch
from sklearn.cluster import MiniBatchKMeans

from aae_sklearn.layout._graph import coordinate_graph
from aae_sklearn.layout._grouping import _merge, group_rows
from aae_sklearn.layout._spreading import both_ways_weights
from aae_sklearn.settings import _defaults as defaults


def modularity_of(weights, index, resolution):
    share = weights / weights.sum()
    degree = share.sum(axis=1)
    same = index[:, None] == index
    return ((share - resolution * np.outer(degree, degree)) * same).sum()


def slow_merges(weights):
    """Partitions into ever fewer groups, each of the largest modularity that a union gives."""
    index = np.arange(len(weights))
    partitions = [index]
    while len(np.unique(index)) > 1:
        groups = np.unique(index)
        unions = [np.where(index == b, a, index) for a in groups for b in groups[groups > a]]
        index = max(unions, key=lambda union: modularity_of(weights, union, 1.0))
        partitions.append(index)
    return partitions[::-1]


@pytest.fixture(scope="module")
def links():
    """Weights between 14 nodes, those of three groups larger."""
    rng = np.random.default_rng(0)
    weights = (
        rng.uniform(size=(14, 14))
        + 3 * np.eye(3)[np.arange(14) % 3] @ np.eye(3, 14)[:, np.arange(14) % 3]
    )
    return weights + weights.T


def test_groups_are_joined_that_add_most_to_the_modularity(links):
    merges, modularity = _merge(links)
    index, partitions = np.arange(14), slow_merges(links)
    for n_groups in range(14, 0, -1):
        np.testing.assert_array_equal(index, partitions[n_groups - 1])
        expected = modularity_of(links, index, 0.2)
        assert modularity[n_groups - 1] == pytest.approx(expected, abs=1e-12)
        if n_groups > 1:
            kept, joined = merges[14 - n_groups]
            assert kept < joined
            index = np.where(index == joined, kept, index)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    return (rng.normal(size=(5, 4))[np.arange(150) % 5] * 4 + rng.normal(size=(150, 4))).astype(
        "f4"
    )


@pytest.fixture(scope="module")
def graph(rows):
    return coordinate_graph(torch.from_numpy(rows), 6)


@pytest.mark.parametrize("n_groups", [1, 2, 5, 9])
def test_groups_have_the_modularity_that_is_told(rows, graph, n_groups):
    groups = group_rows(rows, graph, n_groups, np.random.RandomState(0))
    assert set(groups.index) == set(range(n_groups))
    weights = both_ways_weights(graph).toarray()
    expected = modularity_of(weights, groups.index, 0.2)
    assert groups.modularity[n_groups - 1] == pytest.approx(expected, abs=1e-12)


def test_without_a_number_there_are_as_many_as_have_the_largest_modularity(rows, graph):
    groups = group_rows(rows, graph, None, np.random.RandomState(0))
    assert groups.index.max() + 1 == groups.modularity.argmax() + 1
    assert len(np.unique(groups.index)) > 1


def test_rows_are_drawn_half_way_to_their_neighbours_ten_times_and_cut(rows, graph):
    weights = both_ways_weights(graph).toarray()
    walk = weights / weights.sum(axis=1, keepdims=True)
    drawn = np.linalg.matrix_power((np.eye(150) + walk) / 2, 10) @ rows
    k_means = MiniBatchKMeans(15, n_init=1, batch_size=4096, random_state=0)
    expected = k_means.fit_predict(drawn.astype("f4"))
    groups = group_rows(rows, graph, 15, np.random.RandomState(0))
    assert len(groups.modularity) == 15
    pairs = set(zip(expected, groups.index, strict=True))
    assert len(pairs) == len(set(expected)) == 15


@pytest.mark.parametrize(("n_groups", "n_small"), [(None, 7), (3, 7), (40, 40)])
def test_small_groups_are_as_many_as_are_allowed_and_no_fewer_than_wanted(
    rows, graph, monkeypatch, n_groups, n_small
):
    monkeypatch.setattr(defaults, "SMALL_GROUPS", 7)
    groups = group_rows(rows, graph, n_groups, np.random.RandomState(0))
    assert len(groups.modularity) == n_small
    if n_groups is not None:
        assert groups.index.max() + 1 == n_groups
