"""Maps of one component, in which rows cannot pass each other."""

import numpy as np
import pytest
import torch
from scipy import stats

from aae_sklearn.layout._ordering import ordered_start, slowest_vector
from tests.layout import maps


def helix(n_rows, n_turns, seed):
    """Rows on a helix and how far along it each is."""
    rng = np.random.default_rng(seed)
    arc = rng.uniform(size=n_rows)
    angle = 2 * np.pi * n_turns * arc
    rows = np.column_stack([np.cos(angle), np.sin(angle), 2 * arc])
    return rows + 0.02 * rng.normal(size=rows.shape), arc


def rank_correlation(codes, arc):
    return abs(stats.spearmanr(codes[:, 0], arc).statistic)


@pytest.mark.parametrize(("n_rows", "n_turns"), [(300, 3), (600, 4)])
def test_codes_of_a_helix_follow_its_arc(n_rows, n_turns):
    rows, arc = helix(n_rows, n_turns, seed=0)
    assert rank_correlation(rows - rows.mean(axis=0), arc) < 0.5  # across it they do not
    assert rank_correlation(maps.laid_out(rows, n_components=1), arc) >= 0.95


def test_some_rows_order_the_others():
    rows, arc = helix(7_000, 3, seed=1)
    start = ordered_start(torch.from_numpy(rows - rows.mean(axis=0)).float())
    assert start.shape == (7_000, 1)
    assert rank_correlation(start.numpy(), arc) > 0.99
    torch.testing.assert_close(start.std(correction=0), torch.tensor(1.0))


def test_slowest_vector_is_that_of_the_dense_matrix():
    rng = np.random.default_rng(0)
    place = np.sort(rng.uniform(size=40))
    neighbors = np.argsort(abs(place[:, None] - place), axis=1)[:, :5]
    edges = np.zeros((40, 40))
    np.put_along_axis(edges, neighbors, 1, axis=1)
    edges += edges.T
    walk = edges / edges.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(walk)
    second = vectors[:, np.argsort(values.real)[-2]].real
    found = slowest_vector(neighbors, rng.normal(size=40))
    assert abs(np.corrcoef(found, second)[0, 1]) > 0.9999


def test_pieces_stand_in_the_order_that_is_hinted_at():
    """Three lines that no edge joins, of which only their means say how they stand."""
    piece = np.repeat([2, 0, 1], 30)
    within = np.tile(np.arange(30), 3)
    distance = abs(within[:, None] - within) + 1e3 * (piece[:, None] != piece)
    neighbors = np.argsort(distance, axis=1, kind="stable")[:, :4]
    along = piece + np.random.default_rng(0).normal(scale=0.1, size=90)
    found = slowest_vector(neighbors, along)
    by_piece = [found[piece == p] for p in range(3)]
    assert by_piece[0].max() < by_piece[1].min()
    assert by_piece[1].max() < by_piece[2].min()


@pytest.mark.parametrize("n_rows", [2, 3, 11, 12])
def test_few_rows_and_equal_rows_have_an_order(n_rows):
    generator = torch.Generator().manual_seed(0)
    for x in (torch.randn(n_rows, 2, generator=generator), torch.ones(n_rows, 2)):
        assert torch.isfinite(ordered_start(x)).all()
