"""The order of rows on a line, against eigenvectors of dense matrices."""

import numpy as np
import pytest
import torch
from scipy import stats

from aae_sklearn.layout._ordering import ordered_start, slowest_vector
from aae_sklearn.settings import _defaults as defaults


def dense_slowest(neighbors, along):
    """The diffusion's second vector, with the sign of what it is to go along."""
    n_rows = len(along)
    edges = np.zeros((n_rows, n_rows))
    for row, others in enumerate(neighbors):
        edges[row, others] += 1
    edges += edges.T
    root = np.sqrt(edges.sum(axis=1))
    slow = np.linalg.eigh(edges / np.outer(root, root))[1][:, -2] / root
    return slow * np.sign(slow @ along)


def nearest(x, points, n_neighbors):
    return ((x[:, None] - points) ** 2).sum(axis=2).argsort(axis=1)[:, :n_neighbors]


def slow_order(x, step):
    """Ranks of the mean ranks of the three nearest rows that settle the order, standardised."""
    some = x[::step]
    n_neighbors = min(10, max(1, (len(some) - 1) // 3))
    along = some[:, 0]
    if len(some) > 10:
        along = dense_slowest(nearest(some, some, n_neighbors + 1), along)
    ranks = stats.rankdata(along)
    place = stats.rankdata(ranks[nearest(x, some, min(3, n_neighbors + 1))].mean(axis=1))
    return (place - place.mean()) / place.std()


def ellipse(n_rows):
    """Rows on half of an ellipse: its first coordinate says how far along."""
    rng = np.random.default_rng(0)
    angle = np.pi * (np.arange(n_rows) + rng.uniform(0, 0.5, n_rows)) / n_rows
    rows = np.column_stack([3 * np.cos(angle), np.sin(angle)])
    rows += 0.01 * rng.normal(size=rows.shape)
    return rng.permutation(rows - rows.mean(axis=0))


@pytest.mark.parametrize(("n_rows", "step"), [(3, 1), (4, 1), (10, 1), (11, 1), (40, 1), (81, 2)])
def test_rows_stand_in_the_order_of_the_slowest_vector(monkeypatch, n_rows, step):
    monkeypatch.setattr(defaults, "ORDERED_ROWS", 50)
    x = ellipse(n_rows)
    found = ordered_start(torch.from_numpy(x).float())
    assert found.shape == (n_rows, 1)
    assert found.dtype == torch.float32
    # Rounding decides which of two rows is the third nearest, and that is worth a rank of a row.
    one_rank = 1 / np.arange(n_rows).std() if step > 1 else 0
    off = np.abs(found[:, 0].numpy() - slow_order(x, step))
    assert off.max() < 1e-4 + one_rank
    assert (off < 1e-4).mean() > 0.9


def test_a_vector_goes_along_with_what_it_is_given():
    x = ellipse(50)
    neighbors = nearest(x, x, 6)
    expected = dense_slowest(neighbors, x[:, 0])
    for sign in (1, -1):
        found = slowest_vector(neighbors, sign * x[:, 0])
        scale = found @ expected / (expected @ expected)
        np.testing.assert_allclose(
            found, scale * expected, atol=1e-3 * abs(scale) * expected.std()
        )
        assert np.sign(scale) == sign


def test_ten_rows_stand_along_what_they_are_given():
    along = np.random.default_rng(0).normal(size=10)
    neighbors = (np.arange(10)[:, None] + np.arange(4)) % 10
    np.testing.assert_array_equal(slowest_vector(neighbors, along), along)


def test_what_rows_are_given_does_not_show_within_a_piece():
    x = ellipse(60)
    neighbors = nearest(x, x, 8)
    by_first = slowest_vector(neighbors, x[:, 0])
    by_other = slowest_vector(neighbors, x[:, 0] + 0.5 * np.random.default_rng(1).normal(size=60))
    np.testing.assert_allclose(abs(np.corrcoef(by_first, by_other)[0, 1]), 1, atol=1e-6)
