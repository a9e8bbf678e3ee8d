"""What `metric` and `metric_params` may be."""

import numpy as np
import pytest
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
