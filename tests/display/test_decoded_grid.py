"""The decoded plane: which codes are decoded, and where their tiles stand."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn.display import DecodedGridDisplay
from aae_sklearn.display._grid import ticked
from aae_sklearn.display._tiles import as_images, mosaic, most_variable
from aae_sklearn.priors import (
    BallPrior,
    EmpiricalPrior,
    GaussianMixturePrior,
    LaplacePrior,
    NormalPrior,
    StudentTPrior,
    SwissRollPrior,
    UniformPrior,
)


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
    shown = ticked(n_grid)
    np.testing.assert_array_equal(shown, (n_grid - 1 - shown)[::-1])
    assert len(np.unique(shown)) == min(n_grid, 5 if n_grid % 2 else 4)


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
    assert ("most variable" in shown.ax_.get_xlabel()) == (n_drawn < n_features)


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
    with pytest.raises(ValueError, match=r"components=\(0, 2\) must be from 0 to 1"):
        DecodedGridDisplay.from_estimator(digits_model, components=(0, 2))
    with pytest.raises(ValueError, match=r"components=\(0, -1\) must be from 0 to 1"):
        DecodedGridDisplay.from_estimator(digits_model, components=(0, -1))
    with pytest.raises(ValueError, match=r"with two components, got 1; .* InterpolationDis"):
        DecodedGridDisplay.from_estimator(PCA(1).fit(X), X)
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


class Roll:
    """A ring: no mass in the middle and in the corners."""

    def sample(self, n_samples, n_components, random_state=None):
        rng = np.random.RandomState(random_state)
        codes = rng.normal(size=(n_samples, n_components))
        codes[:, :2] /= np.linalg.norm(codes[:, :2], axis=1, keepdims=True)
        return codes * rng.uniform(0.8, 1.0, size=(n_samples, 1))


def decoder_with(prior, n_components=2):
    model = PCA(n_components).fit(np.random.default_rng(0).normal(size=(50, 16)))
    model.prior_ = prior
    return model


@pytest.mark.parametrize(
    ("prior", "name"),
    [
        (NormalPrior(), "normal"),
        (UniformPrior(), "uniform"),
        (SwissRollPrior(), "swiss roll"),
        (StudentTPrior(df=3), "student t (df=3)"),
        (GaussianMixturePrior(), "gaussian mixture"),
        (EmpiricalPrior(np.random.default_rng(0).normal(size=(500, 2))), "empirical"),
        (Roll(), "roll"),
    ],
)
def test_the_title_names_the_prior(prior, name):
    shown = DecodedGridDisplay.from_estimator(decoder_with(prior))
    assert shown.ax_.get_title() == f"Decoded plane of the {name} prior"
    pipeline = make_pipeline(StandardScaler().fit(np.ones((2, 16))), decoder_with(prior))
    assert DecodedGridDisplay.from_estimator(pipeline).prior_name == name


@pytest.mark.parametrize(
    "prior", [NormalPrior(), UniformPrior(), StudentTPrior(df=1), LaplacePrior()]
)
@pytest.mark.parametrize("n_components", [2, 5])
def test_priors_with_mass_everywhere_have_no_pale_tile(prior, n_components):
    model = decoder_with(prior, n_components)
    shown = DecodedGridDisplay.from_estimator(model, image_shape=(4, 4))
    assert shown.has_mass.all()
    assert shown.veil_ is None
    assert "pale" not in shown.ax_.get_xlabel()


def test_tiles_outside_of_a_ball_are_pale():
    shown = DecodedGridDisplay.from_estimator(decoder_with(BallPrior()), image_shape=(4, 4))
    x, y = np.meshgrid(*shown.ticks)
    radius = np.hypot(x, y).ravel()
    np.testing.assert_array_equal(shown.has_mass[radius > 1.0], False)
    np.testing.assert_array_equal(shown.has_mass[radius < 0.95], True)
    corners = {tuple(path.get_extents().min) for path in shown.veil_.get_paths()}
    place = np.flatnonzero(~shown.has_mass)
    assert corners == set(zip(place % 15, place // 15, strict=True))
    assert shown.ax_.get_xlabel() == "code 1\npale: hardly any of the prior"
    assert shown.veil_.get_zorder() > shown.tiles_.get_zorder()


@pytest.mark.parametrize("n_components", [2, 3])
def test_without_a_density_samples_tell_where_mass_is(n_components):
    model = decoder_with(Roll(), n_components)
    shown = DecodedGridDisplay.from_estimator(model, n_grid=11, image_shape=(4, 4))
    mass = shown.has_mass.reshape(11, 11)
    assert not mass[5, 5]
    assert not mass[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert mass[5, [0, -1]].all()


def test_without_a_prior_tiles_far_from_all_rows_are_pale(iris):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=4000)
    rows = np.column_stack([x, x + 0.1 * rng.normal(size=4000), 0 * x])
    shown = DecodedGridDisplay.from_estimator(_Plane(), rows, n_grid=9)
    mass = shown.has_mass.reshape(9, 9)
    assert mass.diagonal().all()
    assert not mass[0, -1]
    assert "pale: hardly any rows" in shown.ax_.get_xlabel()
    few = DecodedGridDisplay.from_estimator(PCA(2).fit(iris), iris)
    assert few.ax_.get_title() == "Decoded plane"


class _Plane:
    """The first two columns as codes."""

    def transform(self, X):
        return X[:, :2]

    def inverse_transform(self, Z):
        return np.column_stack([Z, 0 * Z[:, 0]])


def test_noise_outside_of_the_prior_does_not_set_the_contrast():
    rows = np.tile(np.linspace(0, 1, 16), (9, 1))
    rows[8] = 1e6
    shown = DecodedGridDisplay(
        rows, (np.arange(3.0), np.arange(3.0)), image_shape=(4, 4), has_mass=np.arange(9) < 8
    ).plot()
    assert shown.tiles_.get_clim()[1] <= 1.0


def test_images_are_drawn_where_no_tile_has_mass(labelled_digits, digits_model, monkeypatch):
    ball = BallPrior()
    monkeypatch.setattr(digits_model, "prior_", ball)
    shown = DecodedGridDisplay.from_estimator(digits_model, n_grid=2, image_shape=(8, 8))
    assert not shown.has_mass.any()
    low, high = shown.tiles_.get_clim()
    assert shown.rows.min() <= low < high <= shown.rows.max()


def test_rows_are_not_all_mapped_where_a_prior_lays_the_grid(labelled_digits, digits_model):
    class Counting(type(digits_model)):
        def transform(self, X):
            self.n_mapped = len(X)
            return super().transform(X)

    X = labelled_digits[0]
    model = Counting().fit(X)
    DecodedGridDisplay.from_estimator(model, X, n_grid=2)
    assert model.n_mapped == 1
