"""Samples and their nearest rows."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn.display import SamplesDisplay


def test_each_sample_has_its_nearest_row_at_the_same_place(labelled_digits, digits_model):
    X = labelled_digits[0][:500]
    shown = SamplesDisplay.from_estimator(digits_model, X, n_samples=7, image_shape=(8, 8))
    samples = digits_model.sample(7, random_state=0)
    distances = cdist(samples, X)
    np.testing.assert_allclose(shown.samples, samples)
    np.testing.assert_array_equal(shown.nearest, X[distances.argmin(axis=1)])
    np.testing.assert_allclose(shown.distances, distances.min(axis=1))
    among_rows = np.sort(cdist(shown.nearest, X), axis=1)[:, 1]
    assert shown.row_distance == pytest.approx(np.median(among_rows))
    left, right = (tuple(tiles.get_extent()) for tiles in shown.tiles_)
    assert left[:2] == (0, 3)
    assert right[0] > left[1]
    assert left[2:] == right[2:] == (0, 3)


def test_a_pipeline_samples_in_the_units_of_the_data(iris, iris_model):
    pipeline = make_pipeline(StandardScaler(), type(iris_model)()).fit(iris)
    shown = SamplesDisplay.from_estimator(pipeline, iris, n_samples=200)
    np.testing.assert_allclose(shown.samples.mean(axis=0), iris.mean(), atol=0.3)
    texts = [text.get_text() for text in shown.ax_.get_legend().get_texts()]
    assert texts == list(iris.columns)
    (lone,) = (make_pipeline(iris_model),)
    np.testing.assert_array_equal(
        SamplesDisplay.from_estimator(lone, iris).samples, iris_model.sample(36, random_state=0)
    )


def test_many_features_are_drawn_by_the_most_variable():
    rows = np.random.default_rng(0).normal(size=(30, 150))
    shown = SamplesDisplay.from_rows(rows[:4] + 0.1, rows)
    assert "60 most variable of 150" in shown.ax_.get_xlabel()
    assert {len(part.get_segments()[0]) for part in shown.tiles_} == {60}


def test_other_features_are_refused():
    with pytest.raises(ValueError, match="the 3 features of rows, got 2"):
        SamplesDisplay.from_rows(np.ones((2, 2)), np.ones((2, 3)))


def test_missing_cells_are_refused_with_what_fills_them_in(iris, iris_model):
    X = iris.to_numpy(copy=True)
    X[3, 1] = np.nan
    hidden = np.ma.masked_invalid(X)
    for rows in (X, hidden):
        with pytest.raises(ValueError, match=r"rows must not have missing cells \(NaN\).* 1 rows"):
            SamplesDisplay.from_rows(X[:2], rows)
