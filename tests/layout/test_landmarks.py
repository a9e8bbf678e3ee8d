"""Distances to landmarks, and what they do to the arrangement of groups."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.stats import spearmanr

from aae_sklearn import AdversarialAutoencoder, metrics
from aae_sklearn.layout import _arrangement
from aae_sklearn.layout._forces import arrangement_gradient
from aae_sklearn.layout._graph import Graph
from aae_sklearn.layout._landmarks import coordinate_landmarks, metric_landmarks
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.priors import GaussianMixturePrior
from aae_sklearn.runtime._names import NO_NAMES, Names
from aae_sklearn.settings import _defaults as defaults
from tests.layout import maps

TWO_PARTS = GaussianMixturePrior(means=[[-2.0, 0.0], [2.0, 0.0]], covariances=np.ones(2))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def run_of(seed=0, chosen=None):
    """What a fit hands to the landmarks of a metric."""
    names = NO_NAMES if chosen is None else Names(rows=chosen)
    randomness = SimpleNamespace(noise=seeded(seed))
    return SimpleNamespace(
        randomness=randomness, device=torch.device("cpu"), names=names, interrupted=None
    )


def blobs(n_rows=400, n_groups=8, seed=0):
    """Rows in groups, some of which are much nearer to each other than others."""
    rng = np.random.RandomState(seed)
    middles = rng.normal(size=(n_groups, 10)) * rng.choice([4, 12], (n_groups, 1))
    return (middles[np.arange(n_rows) % n_groups] + rng.normal(size=(n_rows, 10))).astype("f4")


def test_landmarks_are_different_rows_and_no_more_than_there_are():
    for n_rows in (3, 500):
        index = coordinate_landmarks(torch.randn(n_rows, 4), seeded()).index
        assert len(index.unique()) == len(index) == min(n_rows, defaults.LANDMARKS)


def test_distances_to_landmarks_have_the_order_of_the_rows_distances():
    x = torch.randn(300, 5, generator=seeded())
    found = coordinate_landmarks(x, seeded(1))
    expected = cdist(x, x[found.index])
    assert spearmanr(found.distance.flatten(), expected.ravel()).statistic > 0.999999
    assert found.distance.mean().abs() < 1e-5
    assert found.distance.std(correction=0) == pytest.approx(1, abs=1e-5)


def test_a_row_far_away_changes_little_for_the_others():
    x = torch.randn(300, 5, generator=seeded())
    before = coordinate_landmarks(x, seeded(1))
    x[17] = 1e12
    after = coordinate_landmarks(x, seeded(1))
    kept, is_other = torch.arange(300) != 17, before.index != 17
    pairs = (m.distance[kept][:, is_other].flatten() for m in (before, after))
    assert np.corrcoef(*pairs)[0, 1] > 0.999
    assert after.distance[kept][:, is_other].std() > 0.5


def test_rows_at_one_place_have_distances_of_zero():
    assert (coordinate_landmarks(torch.ones(9, 3), seeded()).distance == 0).all()


def test_distances_of_a_metric_are_scipys():
    rows = np.random.RandomState(0).normal(size=(150, 4))
    found = metric_landmarks(rows, resolve_metric("cityblock").fit(rows), run_of())
    expected = cdist(rows, rows[found.index], "cityblock")
    assert spearmanr(found.distance.flatten(), expected.ravel()).statistic > 0.999999


@pytest.mark.parametrize("chosen", [None, np.arange(0, 150, 2)])
def test_distances_of_a_matrix_are_its_columns(chosen):
    rows = np.random.RandomState(0).normal(size=(150, 4))
    matrix = cdist(rows, rows)[slice(None) if chosen is None else chosen]
    found = metric_landmarks(matrix, resolve_metric("precomputed"), run_of(chosen=chosen))
    columns = found.index.numpy() if chosen is None else chosen[found.index]
    expected = matrix[:, columns]
    assert spearmanr(found.distance.flatten(), expected.ravel()).statistic > 0.999999


def test_rows_outside_their_neighbours_reach_feel_less_of_the_pull():
    weight = torch.tensor([[1.0, 1.0], [1.0, 0.8], [1.0, 0.8], [0.5, 0.4], [0.9, 0.9]])
    graph = Graph(torch.zeros(5, 2, dtype=torch.int32), weight)
    rows = torch.randn(5, 3, generator=seeded())
    found = coordinate_landmarks(rows, seeded())
    expected = torch.tensor([1, 1, 1, 0.5**4, 1])
    torch.testing.assert_close(found.for_layout(graph, rows).share, expected)
    torch.testing.assert_close(found.share, torch.ones(5))


def test_the_pull_is_as_strong_as_the_start_holds_the_distances():
    graph = Graph(torch.zeros(400, 2, dtype=torch.int32), torch.ones(400, 2))
    rows = torch.randn(400, 5, generator=seeded()) * torch.tensor([3.0, 2.0, 1.0, 1.0, 1.0])
    found = coordinate_landmarks(rows, seeded())
    near, far = cdist(rows[:, :2], rows[found.index, :2]), cdist(rows, rows[found.index])
    bounded = [d / (d + np.sort(d, axis=None)[d.size // 2 - 1]) for d in (near, far)]
    expected = np.corrcoef(*(d.ravel() for d in bounded))[0, 1] ** 2
    share = found.for_layout(graph, rows[:, :2]).share.numpy()
    np.testing.assert_allclose(share, np.full(400, expected), rtol=1e-4)
    assert 0.5 < expected < 0.95
    shuffled = found.for_layout(graph, rows[torch.randperm(400, generator=seeded()), :2])
    assert shuffled.share.max() < 0.02


def test_the_gradient_is_that_of_the_correlation():
    codes = torch.randn(2, 40, generator=seeded(), dtype=torch.float64, requires_grad=True)
    landmarks = torch.randn(2, 7, generator=seeded(1), dtype=torch.float64)
    distance = torch.randn(40, 7, generator=seeded(2), dtype=torch.float64)
    distance = (distance - distance.mean()) / distance.std(correction=0)
    between = (codes[:, :, None] - landmarks[:, None]).norm(dim=0)
    correlation = torch.corrcoef(torch.stack([between.flatten(), distance.flatten()]))[0, 1]
    (expected,) = torch.autograd.grad(-correlation, codes)
    expected = expected * 40 * between.detach().std(correction=0)
    found = arrangement_gradient(codes.detach(), landmarks, distance)
    torch.testing.assert_close(found, expected)


def test_codes_at_one_place_are_not_moved():
    distance = torch.randn(9, 4, generator=seeded())
    assert torch.isfinite(arrangement_gradient(torch.ones(2, 9), torch.ones(2, 4), distance)).all()


def test_distances_on_the_map_rise_with_those_between_rows(monkeypatch):
    """Means of two sets of groups, with landmarks and without."""
    found = {}
    for weight in (0.0, defaults.ARRANGEMENT_WEIGHT):
        monkeypatch.setattr(defaults, "ARRANGEMENT_WEIGHT", weight)
        sets = [blobs(seed=seed) for seed in range(2)]
        found[weight] = np.mean(
            [metrics.distance_rank_correlation(rows, maps.laid_out(rows)) for rows in sets]
        )
    assert found[defaults.ARRANGEMENT_WEIGHT] > found[0.0] + 0.05


def taken(monkeypatch, **params):
    """Whether a map of some rows takes distances to landmarks."""
    seen = []

    def take(*arguments):
        seen.append(True)
        return coordinate_landmarks(*arguments)

    monkeypatch.setattr(_arrangement, "coordinate_landmarks", take)
    y = np.arange(60) % 2 if "label_weight" in params else None
    AdversarialAutoencoder(max_iter=1, layout_max_iter=2, **params).fit(blobs(60), y)
    return bool(seen)


def test_a_map_has_landmarks(monkeypatch):
    assert taken(monkeypatch)
    assert taken(monkeypatch, n_components=5, neighbor_weight=1.0)


@pytest.mark.parametrize(
    "params",
    [
        {"n_components": 1},
        {"adversarial_weight": 0},
        {"label_weight": 0.5, "prior": TWO_PARTS},
    ],
    ids=["a line", "nothing spreads rows", "classes have places"],
)
def test_where_they_would_be_in_the_way_there_are_none(monkeypatch, params):
    assert not taken(monkeypatch, **params)
