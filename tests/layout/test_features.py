"""Places among references, the features that the encoder of a map reads."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aae_sklearn.layout import _features
from aae_sklearn.layout._arrangement import Arrangement
from aae_sklearn.layout._coordinates import Components
from aae_sklearn.layout._features import LayoutFeatures, lay_out_from, lay_out_rows, prepare
from aae_sklearn.layout._forces import density_push
from aae_sklearn.layout._graph import coordinate_graph
from aae_sklearn.layout._placing import neighbor_distance
from aae_sklearn.layout._search import CoordinateSearch
from aae_sklearn.neighbors._coordinates import Euclidean
from aae_sklearn.neighbors._index import NeighborIndex, Neighbors
from aae_sklearn.priors import GaussianMixturePrior, NormalPrior, SpherePrior
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._labels import read_targets
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run, no_report
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig
from tests.layout import maps


@pytest.fixture
def points():
    return torch.randn(60, 4, generator=torch.Generator().manual_seed(0))


def features_of(points, n_references=60, rotation=None, sharpness=1.5):
    """Rows are their own coordinates; references have their first two numbers as codes."""
    inputs = Inputs(Standardizer(np.zeros(4), np.ones(())), Rotation(rotation))
    references = points[:n_references]
    index = NeighborIndex(inputs.rotation(references))
    search = CoordinateSearch(Euclidean(), Components(inputs), index)
    codes = references[:, :2].clone()
    return LayoutFeatures.among(search, codes, 0.1, torch.Generator(), sharpness)


def placed(features, points):
    rows = points.numpy()
    return features.reader()(rows)


def test_rows_at_references_of_one_place_get_its_code(points):
    places = placed(features_of(points), points)
    assert places.shape == (60, 2)
    assert (places - points[:, :2]).norm(dim=1).median() < 0.5


def test_a_place_does_not_depend_on_the_rows_around_it(points):
    features = features_of(points)
    places = placed(features, points)
    for some in ([7], [3, 50, 4], list(range(59, -1, -1))):
        assert torch.equal(placed(features, points[some]), places[some])


def test_distances_are_taken_in_the_coordinates(points):
    """All rows are alike in what the rotation leaves of them."""
    features = features_of(points, rotation=torch.eye(1, 4))
    alike = points.clone()
    alike[:, 0] = 0.3
    assert (placed(features, alike) == placed(features, alike)[:1]).all()


def test_references_are_state_and_nothing_is_trained(points):
    features = features_of(points)
    assert {"search.index.points", "search.index.order", "table"} <= set(features.state_dict())
    torch.testing.assert_close(maps.codes_of(features), points[:, :2])
    assert not list(features.parameters())


def test_few_references_are_enough(points):
    assert torch.isfinite(placed(features_of(points, 2), points)).all()


def test_references_know_the_push_there_and_the_spacing_of_the_map(points):
    features = features_of(points)
    codes = maps.codes_of(features) / 0.1
    expected = torch.cat([codes, density_push(codes, codes)], dim=1)
    torch.testing.assert_close(features.table, expected, atol=1e-4, rtol=1e-4)
    assert features.mode_scale == pytest.approx(neighbor_distance(0.1 * codes))
    assert features.mode_scale > 0.1
    far = LayoutFeatures.among(features.search, 0.1 * codes, 9.0, torch.Generator())
    assert far.mode_scale == far.scale == 9


def test_a_warm_start_begins_where_the_features_place_all_rows(points, monkeypatch):
    started = []
    monkeypatch.setattr(_features, "arrange", lambda *arguments: None)
    monkeypatch.setattr(_features, "lay_out_from", lambda _, start, *rest: started.append(start))
    monkeypatch.setattr(defaults, "PLACED_BLOCK_ROWS", 25)
    features = features_of(points)
    run = SimpleNamespace(device=torch.device("cpu"))
    features.fitted_again(points.numpy(), None, None, None, run)
    assert torch.equal(started[0], placed(features, points))


@pytest.mark.parametrize(("metric", "n_compiled"), [("euclidean", 1), ("manhattan", 0)])
def test_the_search_is_compiled_ahead_where_it_will_be_needed(monkeypatch, metric, n_compiled):
    asked = []
    monkeypatch.setattr(_features, "compile_ahead", lambda n_rows, device: asked.append(n_rows))
    config = SimpleNamespace(metric=metric, metric_params=None)
    prepare(np.zeros((70, 3)), config, SimpleNamespace(device=torch.device("cpu")))
    assert asked == [70] * n_compiled


def test_of_many_references_some_decide_the_push(points, monkeypatch):
    monkeypatch.setattr(defaults, "PUSHING_ROWS", 20)
    features = features_of(points)
    codes, push = features.table.chunk(2, dim=1)
    chosen = codes[torch.randperm(60, generator=torch.Generator())[:20]]
    torch.testing.assert_close(push, density_push(codes, chosen), atol=1e-4, rtol=1e-4)


def test_distances_to_references_are_in_units_of_standardised_rows(points):
    features = features_of(points, 40, torch.eye(3, 4))  # a gain of three quarters' root
    found = features.squared_distance(points.numpy())
    expected = torch.cdist(points[:, :3], points[:40, :3]).square().min(dim=1).values
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_row_that_is_a_reference_is_as_far_as_the_nearest_other(points, monkeypatch):
    monkeypatch.setattr(defaults, "PLACED_BLOCK_ROWS", 25)
    features = features_of(points, 40)
    distance = torch.cdist(points[:40], points[:40]).square()
    own = np.arange(40)
    found = features.squared_distance(points[:40].numpy(), own)
    np.testing.assert_allclose(found, distance.fill_diagonal_(torch.inf).min(dim=1).values, 1e-4)
    rows = points[40:].numpy()  # of which none is a reference
    expected = features.squared_distance(rows)
    np.testing.assert_array_equal(features.squared_distance(rows, np.zeros(20, int) - 1), expected)


def test_the_only_reference_that_is_found_counts_though_it_is_a_rows_own(points):
    features = features_of(points, 2)
    found = features.squared_distance(points[:2].numpy(), np.arange(2))
    np.testing.assert_allclose(found, 0, atol=1e-6)


def test_no_reference_is_nearer_than_0():
    """As a mean of rows may be, under a metric that is no Euclidean one."""
    near = Neighbors(torch.tensor([[4, 7], [1, 2]]), torch.tensor([[-0.5, 2.0], [0.3, 0.4]]))
    search = SimpleNamespace(finder=lambda: lambda some: near, gain=0.5)
    features = LayoutFeatures(search, torch.zeros(9, 4), 0.1, 0.2, 1.5)
    np.testing.assert_allclose(features.squared_distance(np.zeros((2, 1))), [0, 1.2])
    found = features.squared_distance(np.zeros((2, 1)), np.array([4, 2]))
    np.testing.assert_allclose(found, [8, 1.2])


def test_places_of_many_rows_are_those_of_each(points, monkeypatch):
    features = features_of(points)
    whole = placed(features, points)
    for size in (7, 59, 60):
        monkeypatch.setattr(defaults, "SHIFTED_BLOCK_ROWS", size)
        assert torch.equal(placed(features, points), whole)


def packed(features):
    packer = Packer()
    return features.pack(packer, "layout"), Unpacker(packer.arrays, {})


def test_features_are_read_as_they_were(points):
    features = features_of(points, 50, torch.eye(3, 4), sharpness=2.1)
    assert not torch.equal(placed(features, points), placed(features_of(points, 50), points))
    twin = LayoutFeatures.unpack(*packed(features), 4, 2)
    assert torch.equal(placed(twin, points), placed(features, points))
    assert twin.n_references == 50
    assert (twin.scale, twin.mode_scale) == (features.scale, features.mode_scale)
    with pytest.raises(ValueError, match="table"):
        LayoutFeatures.unpack(*packed(features), 4, 3)


SMALL_LAYOUT = LayoutConfig(2, 5, "euclidean", None, 16.0, 2, 20, 0.07, label_weight=0.5)


def run_of(y=None, reported=None, interrupted=False):
    event = threading.Event()
    if interrupted:
        event.set()
    report = no_report if reported is None else lambda *counts: reported.append(counts)
    cpu = torch.device("cpu")
    randomness = Randomness(np.random.RandomState(0), cpu)
    targets = None if y is None else read_targets(y, len(y))
    return Run(cpu, torch.float32, randomness, event, report=report, targets=targets)


def rows_laid_out(points, prior, run):
    inputs = Inputs(Standardizer(np.zeros(4), np.ones(())), Rotation(None))
    return lay_out_rows(points.numpy(), inputs, SMALL_LAYOUT, prior, run)


def test_passes_of_a_layout_are_reported(points):
    reported = []
    features = rows_laid_out(points, NormalPrior(), run_of(reported=reported))
    assert reported == [(1, 2), (2, 2)]
    assert features.n_references == 60
    assert features.scale == 0.07


def test_references_have_codes_that_the_prior_can_have(points):
    features = rows_laid_out(points, SpherePrior(), run_of())
    torch.testing.assert_close(maps.codes_of(features).square().sum(dim=1), torch.full((60,), 2.0))


def test_rows_of_a_known_class_start_in_its_part_of_the_prior(points):
    prior = GaussianMixturePrior(means=[[-9.0, 0.0], [9.0, 0.0]], covariances=np.ones(2))
    y = np.arange(60) % 3 - 1  # a third is without a label
    started = maps.codes_of(rows_laid_out(points, prior, run_of(y, interrupted=True)))
    plain = maps.codes_of(rows_laid_out(points, prior, run_of(interrupted=True)))
    torch.testing.assert_close(started[y < 0], plain[y < 0])
    component = prior.assign(prior.from_working(started.numpy().astype(float)))
    np.testing.assert_array_equal(component[y >= 0], y[y >= 0])


@pytest.mark.parametrize(("y", "shares"), [(None, [0, 0, 1]), ("known", [0.5, 0.5, 0])])
def test_rows_are_laid_out_by_their_labels(points, monkeypatch, y, shares):
    seen = []
    monkeypatch.setattr(_features, "lay_out", lambda *given: seen.append(given) or given[0])
    prior = GaussianMixturePrior(means=[[-9.0, 0.0], [9.0, 0.0]], covariances=np.ones(2))
    config = replace(SMALL_LAYOUT, label_weight=1.0)
    run = run_of(None if y is None else np.arange(60) % 2)
    search = features_of(points).search
    landmarks = SimpleNamespace(for_layout=lambda *given: given)
    graph = coordinate_graph(points, 5)
    arrangement = Arrangement(graph, None, lambda: search, lambda: landmarks)
    lay_out_from(arrangement, points[:, :2], config, prior, run)
    by_label, landmarks = seen[0][5:]
    if y is None:
        assert (by_label, landmarks) == (None, (graph, seen[0][0]))
    else:
        assert landmarks is None
        labels = by_label.draw(torch.arange(60)).labels
        np.testing.assert_allclose(labels.mean(dim=0), shares)
