"""Rows, their reconstruction and the share that is lost."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from aae_sklearn.display import (
    DecodedGridDisplay,
    Explorer,
    InterpolationDisplay,
    ReconstructionDisplay,
)
from aae_sklearn.display._palette import PALETTE


def test_the_lost_share_is_one_minus_r2_per_feature(iris, iris_model):
    shown = ReconstructionDisplay.from_estimator(iris_model, iris)
    decoded = iris_model.inverse_transform(iris_model.transform(iris))
    np.testing.assert_allclose(shown.lost_, 1 - r2_score(iris, decoded, multioutput="raw_values"))
    r2 = r2_score(iris, decoded, multioutput="variance_weighted")
    assert shown.total_lost_ == pytest.approx(1 - r2)


def test_the_mean_row_loses_everything(labelled_digits):
    X, _ = labelled_digits
    shown = ReconstructionDisplay.from_rows(X, np.tile(X.mean(0), (len(X), 1)), image_shape=(8, 8))
    constant = X.var(axis=0) == 0
    assert constant.any()
    assert np.isnan(shown.lost_[constant]).all()
    np.testing.assert_allclose(shown.lost_[~constant], 1)
    assert "100%" in shown.axes_["error"].get_title()


def test_images_stand_above_their_reconstruction(labelled_digits, digits_model):
    X, _ = labelled_digits
    shown = ReconstructionDisplay.from_estimator(digits_model, X, image_shape=(8, 8), n_rows=3)
    decoded, rows = shown.tiles_
    assert tuple(decoded.get_extent()) == (0, 3, 0, 1)
    left, right, bottom, top = rows.get_extent()
    assert (left, right, top - bottom) == (0, 3, 1)
    assert bottom > 1
    np.testing.assert_allclose(rows.get_array()[::4, :32:4].ravel(), X[0])
    np.testing.assert_allclose(rows.get_array()[::4, -32::4].ravel(), X[-1])
    assert rows.get_clim() == decoded.get_clim() == (X.min(), X.max())
    names = [label.get_text() for label in shown.ax_.get_yticklabels()]
    assert names == ["decoded", "rows"]
    np.testing.assert_allclose(
        shown.axes_["error"].images[0].get_array().filled(np.nan).ravel(), shown.lost_
    )


def test_colour_images_lose_the_mean_over_channels():
    rng = np.random.default_rng(0)
    rows = rng.uniform(size=(20, 12))
    shown = ReconstructionDisplay.from_rows(rows, rows * 0.9, image_shape=(2, 2, 3))
    error = shown.axes_["error"].images[0].get_array()
    np.testing.assert_allclose(error, shown.lost_.reshape(2, 2, 3).mean(axis=-1))


def test_few_features_have_bars_by_name_the_worst_on_top(iris, iris_model):
    shown = ReconstructionDisplay.from_estimator(iris_model, iris)
    axis = shown.axes_["error"]
    widths = [bar.get_width() for bar in axis.patches]
    np.testing.assert_allclose(widths, np.sort(shown.lost_))
    order = np.argsort(shown.lost_)
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == [iris.columns[j] for j in order]
    assert [bar.get_facecolor() for bar in axis.patches] == [to_rgba(PALETTE[j]) for j in order]


@pytest.mark.parametrize("n_features", [20, 50, 200])
def test_more_features_share_one_colour_or_a_curve(n_features):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, n_features))
    names = [f"gene {j}" for j in range(n_features)]
    shown = ReconstructionDisplay.from_rows(
        rows, rows + rng.normal(size=rows.shape) * 0.1, feature_names=names
    )
    axis = shown.axes_["error"]
    if n_features == 20:
        assert len({bar.get_facecolor() for bar in axis.patches}) == 1
        assert axis.get_yticklabels()[-1].get_text() == names[np.argmax(shown.lost_)]
    else:
        np.testing.assert_allclose(axis.lines[0].get_ydata(), np.sort(shown.lost_))
    assert ("60 most variable" in shown.ax_.get_xlabel()) == (n_features == 200)


def test_other_shapes_are_refused(iris):
    with pytest.raises(ValueError, match=r"the shape of rows, \(150, 4\), got \(150, 3\)"):
        ReconstructionDisplay.from_rows(iris, iris.iloc[:, :3])


def test_a_constant_feature_has_no_lost_share_whatever_its_number():
    rows = np.column_stack([np.arange(1000.0), np.full(1000, 0.1)])
    shown = ReconstructionDisplay.from_rows(rows, rows + 0.01)
    assert np.isnan(shown.lost_[1])
    assert shown.lost_[0] == pytest.approx(0.01**2 / rows[:, 0].var())


@pytest.mark.parametrize("make", [lambda X, gone: np.where(gone, np.nan, X), np.ma.masked_array])
@pytest.mark.parametrize("n_features", [4, 50, 150])
def test_missing_cells_do_not_count(make, n_features):
    rng = np.random.default_rng(0)
    rows, gone = rng.normal(size=(60, n_features)), rng.uniform(size=(60, n_features)) < 0.2
    gone[:, 1] = True
    decoded = rows + 0.1 * rng.normal(size=rows.shape)
    shown = ReconstructionDisplay.from_rows(make(rows, gone), decoded)
    known = ~gone[:, 0]
    expected = np.mean((rows - decoded)[known, 0] ** 2) / rows[known, 0].var()
    assert shown.lost_[0] == pytest.approx(expected)
    assert np.isnan(shown.lost_[1])
    assert 0.005 < shown.total_lost_ < 0.02
    shown.figure_.canvas.draw()


def test_rows_that_are_all_the_same_are_refused():
    rows = np.full((5, 3), 0.1)
    rows[0, 0] = np.nan
    with pytest.raises(ValueError, match="rows are all the same"):
        ReconstructionDisplay.from_rows(rows, rows)


def test_features_of_one_name_have_a_bar_each(iris, iris_model):
    shown = ReconstructionDisplay.from_estimator(iris_model, iris, feature_names=["a", "b"] * 2)
    bars = shown.axes_["error"].patches
    assert len({bar.get_y() for bar in bars}) == 4
    np.testing.assert_allclose([bar.get_width() for bar in bars], np.sort(shown.lost_))


def test_styles_are_decoded_in_the_class_that_is_predicted(iris, classifiers):
    model, X = classifiers[0], iris.to_numpy()
    expected = model.inverse_transform(model.transform(X), label=model.predict(X))
    for estimator in (model, make_pipeline(FunctionTransformer(), model)):
        shown = ReconstructionDisplay.from_estimator(estimator, X)
        np.testing.assert_array_equal(shown.rows_decoded, expected)


@pytest.mark.parametrize("picture", [DecodedGridDisplay, InterpolationDisplay, Explorer])
def test_other_pictures_of_what_is_decoded_need_a_class_in_the_codes(picture, iris, classifiers):
    X = iris.to_numpy()[:2] if picture is InterpolationDisplay else iris.to_numpy()
    with pytest.raises(ValueError, match=r"styles, .* heads=True, or use StyleGridDisplay"):
        picture.from_estimator(classifiers[0], X)
    picture.from_estimator(classifiers[1], X)
