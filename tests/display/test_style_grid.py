"""Styles and classes in a grid."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from aae_sklearn.display import StyleGridDisplay


class Letters:
    """A row is its class, and a style that is added."""

    classes_ = np.array(["a", "b", "c"])

    def transform(self, X):
        return np.asarray(X)[:, :1]

    def inverse_transform(self, codes, label=None):
        offset = 10.0 * self.classes_.tolist().index(label)
        return codes + offset + np.zeros((1, 4))

    def sample(self, n_samples, random_state=None, *, label=None):
        styles = np.random.RandomState(random_state).normal(size=(n_samples, 1))
        return self.inverse_transform(styles, label=label)


def test_a_row_has_one_style_and_a_column_one_class():
    shown = StyleGridDisplay.from_estimator(Letters(), n_styles=5, random_state=3)
    assert shown.grid.shape == (5, 3, 4)
    np.testing.assert_allclose(np.diff(shown.grid, axis=1), 10)
    np.testing.assert_array_equal(shown.grid[:, 0], Letters().sample(5, 3, label="a"))
    names = [text.get_text() for text in shown.ax_.get_xticklabels()]
    assert names == ["a", "b", "c"]
    assert len(shown.tiles_) == 1


def test_the_styles_of_given_rows_are_transferred():
    X = np.arange(8.0).reshape(2, 4)
    shown = StyleGridDisplay.from_estimator(
        Letters(), X, labels=["c", "a"], image_shape=(2, 2), feature_names=list("wxyz")
    )
    np.testing.assert_array_equal(shown.grid[:, 0], X[:, :1] + 20 + np.zeros((1, 4)))
    grid, given = (tiles.get_extent() for tiles in shown.tiles_)
    assert given[1] < grid[0]
    assert (grid[1] - grid[0], grid[3] - grid[2]) == (2, 2)
    assert "whose styles" in shown.ax_.get_xlabel()


class Clusters:
    """Three clusters, of which one is empty."""

    labels_ = np.array([2, 0, 2])

    def sample(self, n_samples, random_state=None, *, label=None):
        return np.full((n_samples, 4), float(label))


def test_clusters_without_rows_are_left_out():
    shown = StyleGridDisplay.from_estimator(Clusters(), n_styles=2)
    assert shown.labels == [0, 2]
    np.testing.assert_array_equal(shown.grid[:, :, 0], [[0, 2], [0, 2]])


@pytest.mark.parametrize("width", [4, 150])
def test_rows_that_are_no_images_are_bars_or_lines(width):
    grid = np.random.default_rng(0).normal(size=(2, 3, width))
    shown = StyleGridDisplay(grid, [1, 2, 3], feature_names=[f"x{k}" for k in range(width)])
    texts = shown.plot(title="styles").ax_.get_xlabel(), shown.ax_.get_title()
    assert texts[1] == "styles"
    assert ("most variable of 150" in texts[0]) == (width == 150)


def test_a_model_without_classes_is_refused(iris, iris_model):
    with pytest.raises(TypeError, match=r"PCA has neither classes_ nor labels_, .* Decoded"):
        StyleGridDisplay.from_estimator(iris_model, iris)


def test_rows_of_a_map_with_heads_have_no_style_to_transfer(iris, classifiers):
    model = classifiers[1]
    with pytest.raises(ValueError, match="leave X out to sample styles, or fit with heads=False"):
        StyleGridDisplay.from_estimator(model, iris.to_numpy()[:2])
    assert StyleGridDisplay.from_estimator(model, n_styles=2).grid.shape == (2, 3, 4)


def test_styles_of_a_pipeline_come_back_in_the_unit_of_its_rows(iris, classifiers):
    model, X = classifiers[0], iris.to_numpy()[:2]
    scaler = FunctionTransformer(lambda rows: rows / 10, lambda rows: rows * 10)
    pipeline = make_pipeline(scaler, model)
    for given, scaled in ((None, None), (10 * X, X)):
        shown = StyleGridDisplay.from_estimator(pipeline, given, n_styles=2)
        alone = StyleGridDisplay.from_estimator(model, scaled, n_styles=2)
        np.testing.assert_allclose(shown.grid, 10 * alone.grid)
