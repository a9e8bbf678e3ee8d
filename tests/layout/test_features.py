"""Places among references, the features that the encoder of a map reads."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aae_sklearn.layout import _features
from aae_sklearn.layout._coordinates import Components
from aae_sklearn.layout._features import LayoutFeatures, prepare
from aae_sklearn.layout._forces import density_push
from aae_sklearn.layout._placing import neighbor_distance
from aae_sklearn.layout._search import CoordinateSearch
from aae_sklearn.neighbors._coordinates import Euclidean
from aae_sklearn.neighbors._index import NeighborIndex
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def points():
    return torch.randn(60, 4, generator=torch.Generator().manual_seed(0))


def features_of(points, n_references=60, rotation=None):
    """Rows are their own coordinates; references have their first two numbers as codes."""
    inputs = Inputs(Standardizer(np.zeros(4), np.ones(())), Rotation(rotation))
    references = points[:n_references]
    index = NeighborIndex(inputs.rotation(references))
    search = CoordinateSearch(Euclidean(), Components(inputs), index)
    return LayoutFeatures.among(search, references[:, :2].clone(), 0.1, torch.Generator())


def placed(features, points):
    rows = points.numpy()
    return features.reader(rows)(rows)


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
    torch.testing.assert_close(features.codes, points[:, :2])
    assert not list(features.parameters())


def test_few_references_are_enough(points):
    assert torch.isfinite(placed(features_of(points, 2), points)).all()


def test_references_know_the_push_there_and_the_spacing_of_the_map(points):
    features = features_of(points)
    codes = features.codes / 0.1
    expected = torch.cat([codes, density_push(codes, codes)], dim=1)
    torch.testing.assert_close(features.table, expected, atol=1e-4, rtol=1e-4)
    assert features.mode_scale == pytest.approx(neighbor_distance(features.codes))
    assert features.mode_scale > 0.1
    far = LayoutFeatures.among(features.search, features.codes, 9.0, torch.Generator())
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
