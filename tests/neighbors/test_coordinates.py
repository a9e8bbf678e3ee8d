"""Coordinates whose Euclidean distance is a metric, against scipy and scikit-learn."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise_distances

from aae_sklearn.neighbors._metric import resolve_metric

KINDS = [np.asarray, sparse.csr_array, sparse.csr_matrix]


def squared_distances(metric, rows, metric_params=None):
    fitted = resolve_metric(metric, metric_params).fit(rows)
    assert fitted.has_coordinates
    x = fitted.coordinates(rows)
    x = x.toarray() if sparse.issparse(x) else x
    assert x.dtype == np.float64
    return ((x[:, None] - x) ** 2).sum(axis=2)


@pytest.fixture
def rows():
    rows = np.random.RandomState(0).normal(size=(30, 6))
    rows[rows < -0.7] = 0
    return rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["cosine", "correlation"])
def test_half_the_square_between_directions_is_the_distance(rows, metric, kind):
    expected = cdist(rows, rows, metric)
    np.testing.assert_allclose(squared_distances(metric, kind(rows)) / 2, expected, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_zeros_are_as_far_from_others_as_scikit_learn_says(rows, kind):
    rows[[3, 8]] = 0
    expected = pairwise_distances(rows, metric="cosine")
    expected[3, 8] = expected[8, 3] = 0  # scikit-learn says 1, though they are the same
    np.testing.assert_allclose(squared_distances("cosine", kind(rows)) / 2, expected, atol=1e-14)


@pytest.mark.parametrize("level", [0.0, 0.1, 1e9 / 3, -1e-30 / 3])
def test_constant_rows_have_no_correlation_with_any(rows, level):
    rows[4] = level
    squared = squared_distances("correlation", rows)
    np.testing.assert_allclose(np.delete(squared[4], 4) / 2, 1, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["cosine", "correlation"])
@pytest.mark.parametrize("factor", [1e-300, 1e-160, 1e160, 1e300])
def test_directions_have_no_unit(rows, metric, kind, factor):
    expected = squared_distances(metric, rows)
    found = squared_distances(metric, kind(factor * rows))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["euclidean", "l2", "sqeuclidean"])
def test_euclidean_rows_stay_as_they_are(rows, metric, kind):
    given = kind(rows)
    assert resolve_metric(metric).fit(given).coordinates(given) is given


@pytest.mark.parametrize("kind", KINDS)
def test_seuclidean(rows, kind):
    variances = rows.var(axis=0, ddof=1)
    found = squared_distances("seuclidean", kind(rows), {"V": variances})
    np.testing.assert_allclose(found, cdist(rows, rows, "seuclidean", V=variances) ** 2)


@pytest.mark.parametrize("kind", KINDS)
def test_mahalanobis(rows, kind):
    inverse = np.linalg.inv(np.cov(rows.T))
    found = squared_distances("mahalanobis", kind(rows), {"VI": inverse})
    expected = cdist(rows, rows, "mahalanobis", VI=inverse) ** 2
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("weights", [None, np.array([0.0, 1, 2, 3, 0.5, 1])])
def test_minkowski_of_two(rows, weights):
    given = {"p": 2} if weights is None else {"p": 2, "w": weights}
    found = squared_distances("minkowski", rows, given)
    expected = cdist(rows, rows, "minkowski", **given) ** 2
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_haversine_has_the_order_of_the_way_along_the_ground():
    random = np.random.RandomState(0)
    places = np.stack(
        [random.uniform(-np.pi / 2, np.pi / 2, 40), random.uniform(-np.pi, np.pi, 40)], axis=1
    )
    squared = squared_distances("haversine", places)
    angle = pairwise_distances(places, metric="haversine")
    np.testing.assert_allclose(squared, (2 * np.sin(angle / 2)) ** 2, atol=1e-12)


def test_haversine_is_not_torn_at_the_date_line():
    places = np.radians([[-17.0, 179.9], [-17.0, -179.9], [-17.0, 170.0]])
    assert squared_distances("haversine", places)[0].argsort().tolist() == [0, 1, 2]


def test_degrees_are_told():
    with pytest.warns(UserWarning, match=r"np\.radians"):
        resolve_metric("haversine").fit(np.array([[48.0, 2.0], [52.0, 13.0]]))
    with pytest.warns(UserWarning, match="longitudes beyond a turn"):
        resolve_metric("haversine").fit(np.array([[1.3, 103.8], [1.4, 104.0]]))  # Singapore


def test_haversine_needs_two_columns(rows):
    with pytest.raises(ValueError, match="latitude and longitude"):
        resolve_metric("haversine").fit(rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["rogerstanimoto", "sokalmichener"])
def test_rogerstanimoto_has_the_order_of_its_coordinates(rows, metric, kind):
    flags = rows > 0
    differ = squared_distances(metric, kind(flags.astype(float)))
    expected = cdist(flags, flags, "rogerstanimoto")
    np.testing.assert_allclose(2 * differ / (6 + differ), expected, atol=1e-15)


@pytest.mark.parametrize(
    ("metric", "params"),
    [
        ("cosine", None),
        ("correlation", None),
        ("seuclidean", {"V": np.arange(1.0, 7)}),
        ("mahalanobis", {"VI": np.eye(6)}),
        ("sokalmichener", None),
        ("hamming", None),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_has_the_same_coordinates_alone(rows, metric, params, kind):
    given = kind(rows.round())
    fitted = resolve_metric(metric, params).fit(given)
    together, alone = fitted.coordinates(given), fitted.coordinates(given[7:8])
    if sparse.issparse(together):
        together, alone = together.toarray(), alone.toarray()
    np.testing.assert_allclose(alone[0], together[7], atol=1e-15)


@pytest.mark.parametrize(
    ("metric", "params"),
    [
        ("seuclidean", {"V": np.ones(4)}),
        ("mahalanobis", {"VI": np.eye(4)}),
        ("minkowski", {"w": np.ones(4)}),
        ("minkowski", {"p": 3, "w": np.ones(4)}),
        ("hamming", {"w": np.ones(4)}),
    ],
)
def test_parameters_for_other_columns_are_refused(rows, metric, params):
    with pytest.raises(ValueError, match="4 columns, but X has 6"):
        resolve_metric(metric, params).fit(rows)


@pytest.mark.parametrize("latitude", [-48.0, 1.6, -1.6])
def test_latitudes_beyond_a_pole_are_told(latitude):
    with pytest.warns(UserWarning, match="latitudes beyond a right angle"):
        resolve_metric("haversine").fit(np.array([[0.5, 0.0], [latitude, 0.0]]))


def test_poles_and_longitudes_of_half_a_turn_are_radians():
    places = np.array([[np.pi / 2, 3.1], [-np.pi / 2, -3.1], [0, np.pi]])
    x = resolve_metric("haversine").fit(places).coordinates(places)  # a warning is an error
    np.testing.assert_allclose(x, [[0, 0, 1], [0, 0, -1], [-1, 0, 0]], atol=1e-15)


def test_poles_in_float32_are_no_further_than_the_pole():
    places = np.array([[np.pi / 2, 0.0], [-np.pi / 2, 1.0]], dtype=np.float32)
    assert float(places[0, 0]) > np.pi / 2
    resolve_metric("haversine").fit(places)  # a warning is an error
    with pytest.warns(UserWarning, match="beyond a right angle"):
        resolve_metric("haversine").fit(np.array([[np.pi / 2 + 1e-5, 0.0]]))


def test_zeros_that_are_stored_are_nothing():
    rows = sparse.csr_array(([0.0, 3.0, 0.0, 4.0], [1, 0, 1, 2], [0, 1, 4]), shape=(2, 3))
    x = resolve_metric("cosine").coordinates(rows).toarray()
    np.testing.assert_allclose(x, [[0, 0, 0, 1], [0.6, 0, 0.8, 0]], atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_have_directions(kind):
    rows = np.array([[3, 0, 4], [0, 0, 0], [-5, 0, 0], [0, 200, 0]], dtype=np.int16)
    x = resolve_metric("cosine").coordinates(kind(rows))
    x = x.toarray() if sparse.issparse(x) else x
    expected = [[0.6, 0, 0.8, 0], [0, 0, 0, 1], [-1, 0, 0, 0], [0, 1, 0, 0]]
    np.testing.assert_allclose(x, expected, atol=1e-15)


def test_rows_are_not_changed(rows):
    before = rows.copy()
    rows[2] *= 1e300
    before[2] *= 1e300
    for metric in ("cosine", "correlation"):
        resolve_metric(metric).coordinates(rows)
        np.testing.assert_array_equal(rows, before)
