"""Places among references, the features that the encoder of a map reads."""

import numpy as np
import pytest
import torch

from aae_sklearn.layout._features import LayoutFeatures
from aae_sklearn.layout._forces import density_push
from aae_sklearn.layout._placing import neighbor_distance
from aae_sklearn.layout._search import CoordinateSearch
from aae_sklearn.neighbors._coordinates import Euclidean
from aae_sklearn.neighbors._index import NeighborIndex
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer


@pytest.fixture
def points():
    return torch.randn(60, 4, generator=torch.Generator().manual_seed(0))


def features_of(points, n_references=60, rotation=None):
    """Rows are their own coordinates; references have their first two numbers as codes."""
    inputs = Inputs(Standardizer(np.zeros(4), np.ones(())), Rotation(rotation))
    references = points[:n_references]
    search = CoordinateSearch(Euclidean(), inputs, NeighborIndex(inputs.rotation(references)))
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
    assert features.mode_scale == neighbor_distance(features.codes) > 0.1
    far = LayoutFeatures.among(features.search, features.codes, 9.0, torch.Generator())
    assert far.mode_scale == far.scale == 9
