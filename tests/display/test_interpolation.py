"""The decoded path between two rows."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from scipy.sparse import csr_array
from sklearn.decomposition import PCA

from aae_sklearn.display import InterpolationDisplay


def test_the_path_is_a_straight_line_of_codes(labelled_digits, digits_model):
    X = labelled_digits[0][[3, 8]]
    shown = InterpolationDisplay.from_estimator(digits_model, X, n_steps=5, image_shape=(8, 8))
    first, second = digits_model.transform(X)
    codes = np.array([first + k / 4 * (second - first) for k in range(5)])
    np.testing.assert_allclose(shown.path, digits_model.inverse_transform(codes))


def test_images_stand_between_the_real_rows(labelled_digits, digits_model):
    X = labelled_digits[0][[3, 8]]
    shown = InterpolationDisplay.from_estimator(digits_model, X, n_steps=5, image_shape=(8, 8))
    left, right, path = (image.get_extent() for image in shown.ax_.images)
    assert left[1] < path[0] < path[1] < right[0]
    assert path[1] - path[0] == 5
    np.testing.assert_allclose(shown.ax_.images[1].get_array()[::4, ::4].ravel(), X[1])
    np.testing.assert_allclose(shown.path_.get_array()[::4, :32:4].ravel(), shown.path[0])


def test_few_features_have_a_line_each_that_starts_at_the_rows(iris, iris_model):
    rows = iris.iloc[[0, 120]]
    shown = InterpolationDisplay.from_estimator(iris_model, rows)
    for j, line in enumerate(shown.path_):
        np.testing.assert_array_equal(line.get_ydata(), shown.path[:, j])
        np.testing.assert_array_equal(
            shown.ax_.collections[j].get_offsets(), [[0, rows.iat[0, j]], [1, rows.iat[1, j]]]
        )
    assert [text.get_text() for text in shown.ax_.texts] == list(iris.columns)
    colors = [to_rgba(text.get_color()) for text in shown.ax_.texts]
    assert colors == [to_rgba(line.get_color()) for line in shown.path_]


def test_many_features_are_columns_of_an_image():
    rows = np.random.default_rng(0).normal(size=(2, 50))
    path = np.linspace(rows[0], rows[1], 6)
    shown = InterpolationDisplay.from_rows(rows, path)
    np.testing.assert_array_equal(shown.path_.get_array(), path.T)
    np.testing.assert_array_equal(shown.ax_.images[0].get_array()[:, 0], rows[0])
    assert shown.path_.get_clim() == (rows.min(), rows.max())


def test_of_many_features_with_names_those_that_change_most_are_lines():
    rows = np.random.default_rng(0).normal(size=(2, 500))
    path = np.linspace(rows[0], rows[1], 6)
    names = [f"gene {j}" for j in range(500)]
    shown = InterpolationDisplay.from_rows(rows, path, feature_names=names)
    change = np.abs(rows[1] - rows[0])
    assert {text.get_text() for text in shown.ax_.texts} == {
        f"gene {j}" for j in np.argsort(change)[-10:]
    }
    for text, line in zip(shown.ax_.texts, shown.path_, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), path[:, names.index(text.get_text())])
    assert shown.ax_.get_xlabel() == "the 10 of 500 features that change most"


def test_what_does_not_fit_is_refused(labelled_digits, digits_model):
    X, _ = labelled_digits
    with pytest.raises(ValueError, match=r"X must have the two rows .* got 3"):
        InterpolationDisplay.from_estimator(digits_model, X[:3])
    with pytest.raises(ValueError, match=r"rows must have shape \(2, 64\)"):
        InterpolationDisplay.from_rows(X[:3], X[:4])


@pytest.mark.parametrize(
    "pick",
    [
        lambda X: (X[3], X[8]),
        lambda X: (X[3].tolist(), X[8].tolist()),
        lambda X: (X[3:4], X[8]),
        lambda X: (X[[3, 8]], None),
        lambda X: (X[[3, 8]], np.array([0, 1])),
        lambda X: (csr_array(X)[[3]], csr_array(X)[[8]]),
    ],
    ids=["rows", "lists", "table and row", "two rows", "labels", "sparse"],
)
def test_two_rows_can_be_passed_as_people_type_them(labelled_digits, pick):
    X = labelled_digits[0]
    model = PCA(2).fit(X)
    expected = InterpolationDisplay.from_estimator(model, X[[3, 8]], image_shape=(8, 8))
    shown = InterpolationDisplay.from_estimator(model, *pick(X), image_shape=(8, 8))
    np.testing.assert_allclose(shown.path, expected.path)
    np.testing.assert_array_equal(shown.rows, X[[3, 8]])


def test_rows_of_a_frame_keep_the_names_of_its_columns(iris):
    model = PCA(2).fit(iris)  # warns if names are lost
    frames = [(iris.iloc[0], iris.iloc[120]), (iris.iloc[[0]], iris.iloc[[120]])]
    for first, second in frames:
        shown = InterpolationDisplay.from_estimator(model, first, second)
        assert shown.feature_names == list(iris.columns)
        np.testing.assert_array_equal(shown.rows, iris.iloc[[0, 120]])
    assert isinstance(frames[0][0], pd.Series)


def test_one_row_alone_or_many_say_what_is_missing(labelled_digits, digits_model):
    X, _ = labelled_digits
    with pytest.raises(ValueError, match=r"the other as the next argument, got 1 row\."):
        InterpolationDisplay.from_estimator(digits_model, X[0])
    with pytest.raises(ValueError, match="must be one row each, got 3 and 1"):
        InterpolationDisplay.from_estimator(digits_model, X[:3], X[0])


def test_names_of_lines_have_their_colours_on_axes_with_other_lines(iris, ax):
    ax.plot([0, 1], [0, 1], color="black")
    shown = InterpolationDisplay.from_rows(iris.iloc[[0, 99]], iris.iloc[:5], ax=ax)
    texts = {text.get_text(): text.get_color() for text in ax.texts}
    assert texts == {
        name: line.get_color() for name, line in zip(iris.columns, shown.path_, strict=True)
    }
