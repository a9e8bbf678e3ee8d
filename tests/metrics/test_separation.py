"""Separation of classes, by leaving one out with scikit-learn."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import silhouette_score
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from aae_sklearn.metrics import class_separation


@pytest.fixture
def parts():
    """Two columns of the irises, half of them fitted."""
    X, y = load_iris(return_X_y=True)
    return X[::2, 2:], y[::2], X[1::2, 2:], y[1::2]


def test_fitted_codes_are_judged_without_themselves_and_others_by_them(parts):
    codes_train, y_train, codes, y = parts
    found = class_separation(*parts, n_neighbors=3)
    classifier = KNeighborsClassifier(3)
    left_out = cross_val_score(classifier, codes_train, y_train, cv=LeaveOneOut())
    assert found.knn_fitted == pytest.approx(left_out.mean())
    assert found.knn_held_out == classifier.fit(codes_train, y_train).score(codes, y)
    assert found.silhouette_fitted == pytest.approx(silhouette_score(codes_train, y_train))
    assert found.silhouette_held_out == pytest.approx(silhouette_score(codes, y))


def test_gaps_tell_what_the_fitted_rows_promise_too_much(parts):
    codes_train, y_train, codes, y = parts
    codes_train = codes_train + 3 * np.eye(3)[y_train][:, :2]  # labels moved them
    found = class_separation(codes_train, y_train, codes, y)
    assert found.knn_gap == found.knn_fitted - found.knn_held_out > 0
    assert found.silhouette_gap == found.silhouette_fitted - found.silhouette_held_out > 0


def test_the_silhouette_of_some_is_that_of_rows_drawn_in_turn(parts):
    codes_train, y_train, codes, y = parts
    found = class_separation(*parts, max_samples=40, random_state=0)
    random = np.random.RandomState(0)
    for z, labels, value in (
        (codes_train, y_train, found.silhouette_fitted),
        (codes, y, found.silhouette_held_out),
    ):
        some = random.choice(len(z), 40, replace=False)
        assert value == pytest.approx(silhouette_score(z[some], labels[some]))


def test_some_of_many_codes_decide_on_the_silhouette(parts):
    all_codes = class_separation(*parts, max_samples=None)
    some = [class_separation(*parts, max_samples=40, random_state=seed) for seed in (0, 0, 1)]
    assert some[0] == some[1]
    assert some[0].silhouette_fitted != some[2].silhouette_fitted
    assert some[0].silhouette_fitted == pytest.approx(all_codes.silhouette_fitted, abs=0.15)


def test_what_does_not_fit_together_is_refused(parts):
    codes_train, y_train, codes, y = parts
    with pytest.raises(ValueError, match="must have 2 columns"):
        class_separation(codes_train, y_train, codes[:, :1], y)
    with pytest.raises(ValueError, match="y must have shape"):
        class_separation(codes_train, y_train, codes, y[:-1])
    with pytest.raises(ValueError, match="between 1 and 74"):
        class_separation(*parts, n_neighbors=75)
    with pytest.raises(ValueError, match="max_samples must be a whole number of at least 2"):
        class_separation(*parts, max_samples=1)
