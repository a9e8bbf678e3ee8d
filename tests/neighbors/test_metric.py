"""What `metric` and `metric_params` may be."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.neighbors import VALID_METRICS

from aae_sklearn.neighbors._metric import METRIC_NAMES, resolve_metric

PARAMETERS = {"seuclidean": {"V": np.ones(2)}, "mahalanobis": {"VI": np.eye(2)}}


def test_all_that_scikit_learn_offers_is_offered_or_refused_by_name():
    left_out = set(VALID_METRICS["brute"]) - set(METRIC_NAMES)
    assert left_out <= {"nan_euclidean"}


@pytest.mark.parametrize("name", sorted(set(METRIC_NAMES) - {"precomputed"}))
def test_each_name_works(name):
    rows = np.random.RandomState(0).uniform(size=(12, 2))
    metric = resolve_metric(name, PARAMETERS.get(name)).fit(rows)
    if metric.has_coordinates:
        assert metric.coordinates(rows).shape[0] == 12
        assert metric.keeps_rows == (metric.coordinates(rows) is rows)
    else:
        assert metric.graph(rows, 3).index.shape == (12, 3)
        assert metric.index(rows).query(rows, 3).index.shape == (12, 3)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("nan_euclidean", "missing_values='mask'"),
        ("wminkowski", "w\\*\\*p"),
        ("as the crow flies", "braycurtis, canberra"),
    ],
)
def test_other_names_are_refused_with_those_that_work(name, cure):
    with pytest.raises(ValueError, match=f"(?s)unknown; use one of braycurtis.*{cure}|{cure}"):
        resolve_metric(name)


@pytest.mark.parametrize(
    ("name", "example"),
    [("seuclidean", r"\{'V': X\.var"), ("mahalanobis", r"\{'VI': np\.linalg")],
)
def test_parameters_that_are_needed_are_asked_for(name, example):
    with pytest.raises(ValueError, match=example):
        resolve_metric(name)


@pytest.mark.parametrize(
    ("metric", "params", "message"),
    [
        ("cosine", {"p": 3}, "takes none, but metric_params has p"),
        ("minkowski", {"p": 3, "q": 1}, "takes p, w, but metric_params has q"),
        ("minkowski", {"p": 0}, "must be positive"),
        ("minkowski", {"w": np.array([-1.0, 1])}, "at least 0"),
        ("hamming", {"w": np.zeros(2)}, "at least 0"),
        ("seuclidean", {"V": np.array([0.0, 1])}, "positive variance"),
        ("mahalanobis", {"VI": np.ones((2, 3))}, "symmetric"),
        ("mahalanobis", {"VI": -np.eye(2)}, "negative eigenvalue"),
        ("precomputed", {"p": 3}, "takes none"),
        ((np.zeros((3, 2)), np.zeros((3, 2))), {"p": 3}, "takes none"),
    ],
)
def test_parameters_that_cannot_be_are_refused(metric, params, message):
    with pytest.raises(ValueError, match=message):
        resolve_metric(metric, params)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Euclidian", "'euclidean'"),
        ("cosin", "'cosine'"),
        ("angular", "'cosine'"),
        ("taxicab", "'manhattan'"),
        ("russelrao", "'russellrao'"),
    ],
)
def test_what_may_have_been_meant_is_told(name, meant):
    with pytest.raises(ValueError, match=f"Did you mean {meant}"):
        resolve_metric(name)


def test_what_is_like_no_name_has_no_hint():
    with pytest.raises(ValueError, match=r"or \(indices, distances\)$"):
        resolve_metric("as the crow flies")
    with pytest.raises(ValueError, match="for plain distances use 'euclidean'"):
        resolve_metric(None)


@pytest.mark.parametrize(
    ("metric", "params", "message"),
    [
        ("seuclidean", {"V": np.array([-1.0, 1])}, "positive variance"),
        ("seuclidean", {"V": np.array([np.inf, 1])}, "positive variance"),
        ("seuclidean", {"V": np.array([np.nan, 1])}, "positive variance"),
        ("seuclidean", {"V": np.ones((2, 2))}, "positive variance"),
        ("mahalanobis", {"VI": np.ones(2)}, "symmetric"),
        ("mahalanobis", {"VI": np.array([[1.0, 0.5], [0, 1]])}, "symmetric"),
        ("mahalanobis", {"VI": np.diag([1.0, -1e-8])}, "negative eigenvalue"),
        ("minkowski", {"p": -1.0}, "must be positive"),
        ("minkowski", {"p": "3"}, "must be positive"),
        ("minkowski", {"p": np.nan}, "must be positive"),
        ("minkowski", {"w": np.ones((2, 2))}, "at least 0"),
        ("minkowski", {"w": np.array([np.nan, 1])}, "at least 0"),
        ("manhattan", {"w": np.zeros(2)}, "at least 0"),
    ],
)
def test_more_parameters_that_cannot_be_are_refused(metric, params, message):
    with pytest.raises(ValueError, match=message):
        resolve_metric(metric, params)


@pytest.mark.parametrize("least", [0.0, -1e-10])
def test_an_inverse_covariance_may_lack_a_direction(least):
    """Also where rounding makes its eigenvalue negative."""
    rows = np.random.RandomState(0).normal(size=(9, 3))
    turn = np.linalg.qr(rows[:3])[0]
    inverse = turn @ np.diag([2.0, 1.0, least]) @ turn.T
    x = resolve_metric("mahalanobis", {"VI": (inverse + inverse.T) / 2}).coordinates(rows)
    assert x.shape[1] in ((2,) if least else (2, 3))
    root = rows @ turn[:, :2] * np.sqrt([2.0, 1.0])
    np.testing.assert_allclose(cdist(x, x), cdist(root, root), atol=1e-7)


def test_a_weight_of_0_leaves_a_column_out():
    rows = np.random.RandomState(0).normal(size=(9, 3))
    for p in (1.5, 2, 3):
        metric = resolve_metric("minkowski", {"p": p, "w": np.array([1.0, 0, 2])})
        expected = cdist(rows, rows, "minkowski", p=p, w=np.array([1.0, 0, 2]))
        found = (
            cdist(metric.coordinates(rows), metric.coordinates(rows))
            if p == 2
            else metric.between(rows, rows)
        )
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_minkowski_is_euclidean_by_default():
    rows = np.random.RandomState(0).normal(size=(9, 3))
    assert resolve_metric("minkowski").coordinates(rows) is rows


@pytest.mark.parametrize(
    ("metric", "params", "message"),
    [
        ("mahalanobis", {"VI": np.zeros((3, 3))}, "VI.* is 0"),
        ("mahalanobis", {"VI": np.full((3, 3), np.inf)}, "VI.* matrix of finite numbers"),
        ("mahalanobis", {"VI": np.zeros((0, 0))}, "VI.* array of numbers"),
        ("mahalanobis", {"VI": sparse.eye(3)}, "VI.* array of numbers"),
        ("mahalanobis", {"VI": 1j * np.eye(3)}, "VI.* array of numbers"),
        ("hamming", {"w": [1, np.inf, 1]}, "'w'.* finite weight of at least 0"),
        ("minkowski", {"p": 3, 1: 2, "z": 1}, "takes p, w, but metric_params has 1, z"),
    ],
)
def test_parameters_that_are_no_numbers_are_told(metric, params, message):
    with pytest.raises(ValueError, match=message):
        resolve_metric(metric, params)
