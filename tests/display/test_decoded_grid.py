"""The decoded plane: which codes are decoded, and where their tiles stand."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn.display import DecodedGridDisplay
from aae_sklearn.display._tiles import as_images, mosaic, most_variable
from aae_sklearn.display._decoded_grid import _ticked


def test_tiles_stand_at_quantiles_of_the_prior(digits_model):
    shown = DecodedGridDisplay.from_estimator(digits_model, n_grid=5, image_shape=(8, 8))
    levels = norm.ppf([0.02, 0.26, 0.5, 0.74, 0.98])
    for ticks in shown.ticks:
        np.testing.assert_allclose(ticks, levels, atol=0.08)
    codes = [(a, b) for b in shown.ticks[1] for a in shown.ticks[0]]
    np.testing.assert_allclose(shown.rows, digits_model.inverse_transform(np.array(codes)))


def test_images_are_small_enough_for_more_tiles_than_lines(digits_model):
    images = DecodedGridDisplay.from_estimator(digits_model, image_shape=(8, 8))
    lines = DecodedGridDisplay.from_estimator(digits_model)
    assert len(images.rows) == 15**2
    assert len(lines.rows) == 8**2


def test_the_grid_is_oriented_as_the_map(digits_model):
    shown = DecodedGridDisplay.from_estimator(digits_model, n_grid=4, image_shape=(8, 8))
    sheet = shown.tiles_.get_array()
    assert tuple(shown.tiles_.get_extent()) == (0, 4, 0, 4)
    lower_left, upper_right = shown.rows[0], shown.rows[-1]
    # Tiles of 8 pixels are magnified to 32.
    np.testing.assert_allclose(sheet[-32::4, :32:4].ravel(), lower_left)
    np.testing.assert_allclose(sheet[:32:4, -32::4].ravel(), upper_right)
    names = [label.get_text() for label in shown.ax_.get_xticklabels()]
    values = [float(name.replace("\N{MINUS SIGN}", "-")) for name in names]
    np.testing.assert_allclose(values, shown.ticks[0], atol=0.06)


@pytest.mark.parametrize("n_grid", range(1, 21))
def test_tiles_with_a_number_are_the_same_from_either_side(n_grid):
    ticked = _ticked(n_grid)
    np.testing.assert_array_equal(ticked, (n_grid - 1 - ticked)[::-1])
    assert len(np.unique(ticked)) == min(n_grid, 5 if n_grid % 2 else 4)


def test_without_a_prior_quantiles_are_those_of_the_codes(labelled_digits):
    X, _ = labelled_digits
    model = make_pipeline(StandardScaler(), PCA(3)).fit(X)
    shown = DecodedGridDisplay.from_estimator(model, X, n_grid=3, components=(0, 2), coverage=0.5)
    codes = model.transform(X)
    for values, k in zip(shown.ticks, (0, 2), strict=True):
        np.testing.assert_allclose(values, np.quantile(codes[:, k], [0.25, 0.5, 0.75]))
    middle = model.inverse_transform(np.median(codes, axis=0)[None])
    np.testing.assert_allclose(shown.rows[4], middle[0])
    assert shown.ax_.get_ylabel() == "code 3"


def test_few_features_are_bars_in_their_own_range(iris, iris_model):
    shown = DecodedGridDisplay.from_estimator(iris_model, iris, n_grid=3)
    bars = np.array([path.get_extents().bounds for path in shown.tiles_.get_paths()])
    heights = bars[:, 3].reshape(9, 4)
    from_top = shown.rows.reshape(3, 3, 4)[::-1].reshape(9, 4)
    expected = (from_top - from_top.min(0)) / np.ptp(from_top, axis=0)
    np.testing.assert_allclose((heights - 0.03) / 0.77, expected, atol=1e-9)
    texts = [text.get_text() for text in shown.ax_.get_legend().get_texts()]
    assert texts == list(iris.columns)


@pytest.mark.parametrize(("n_features", "n_drawn"), [(20, 20), (300, 60)])
def test_more_features_are_a_line(n_features, n_drawn):
    rows = np.random.default_rng(0).normal(size=(6, n_features))
    shown = DecodedGridDisplay.from_rows(rows, ([0, 1, 2], [0, 1]))
    segments = shown.tiles_.get_segments()
    assert len(segments) == 6
    assert {len(segment) for segment in segments} == {n_drawn}
    assert ("most variable" in shown.ax_.get_title(loc="right")) == (n_drawn < n_features)


def test_colour_images_stay_in_colour():
    rows = np.random.default_rng(0).uniform(size=(4, 2 * 3 * 3))
    shown = DecodedGridDisplay.from_rows(rows, ([0, 1], [0, 1]), image_shape=(2, 3, 3))
    sheet = shown.tiles_.get_array()
    low, high = np.quantile(rows, [0.02, 0.99])
    expected = np.clip((rows[0] - low) / (high - low), 0, 1)
    np.testing.assert_allclose(sheet[-20::10, :30:10, :3].ravel(), expected)
    assert set(np.unique(sheet[..., 3])) == {0.0, 1.0}  # the gaps are empty


def test_a_decoder_that_knows_one_image_is_drawn():
    shown = DecodedGridDisplay.from_rows(np.ones((4, 16)), ([0, 1], [0, 1]), image_shape=(4, 4))
    assert shown.tiles_.get_clim() == (1.0, 2.0)


def test_what_does_not_fit_is_refused(labelled_digits, digits_model):
    X, _ = labelled_digits
    with pytest.raises(ValueError, match="PCA has no prior_: pass rows as X"):
        DecodedGridDisplay.from_estimator(PCA(2).fit(X))
    with pytest.raises(ValueError, match="StandardScaler does not say n_components"):
        DecodedGridDisplay.from_estimator(StandardScaler().fit(X))
    with pytest.raises(ValueError, match="needs codes with 3 components, the estimator has 2"):
        DecodedGridDisplay.from_estimator(digits_model, components=(0, 2))
    with pytest.raises(ValueError, match=r"2 \* 3 = 6, got 5"):
        DecodedGridDisplay.from_rows(X[:5], ([0, 1], [0, 1, 2]))


def test_a_mosaic_goes_row_by_row_with_gaps():
    images = np.arange(3)[:, None, None] * np.ones((3, 2, 2))
    sheet = mosaic(images, n_columns=2, gap=1)
    assert sheet.shape == (5, 5)
    np.testing.assert_array_equal(sheet[[0, 0, 3], [0, 3, 0]], [0, 1, 2])
    assert np.isnan(sheet[2]).all()
    assert np.isnan(sheet[3:, 3:]).all()


def test_image_shapes_are_checked():
    rows = np.zeros((2, 12))
    assert as_images(rows, (2, 2, 3)).shape == (2, 2, 2, 3)
    assert as_images(rows, (3, 4, 1)).shape == (2, 3, 4)
    with pytest.raises(ValueError, match="has 9 values, the rows have 12 features"):
        as_images(rows, (3, 3))
    with pytest.raises(ValueError, match="image_shape must be"):
        as_images(rows, (3, 2, 2))


def test_the_most_variable_features_keep_their_order():
    rows = np.random.default_rng(0).normal(size=(50, 200)) * np.arange(200)
    kept = most_variable(rows)
    assert (np.diff(kept) > 0).all()
    assert rows[:, kept].var(axis=0).min() > np.delete(rows, kept, axis=1).var(axis=0).max()
