"""Codes against the prior."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, norm

from aae_sklearn.display import PriorMatchDisplay
from aae_sklearn.display._density import density, levels_of_shares
from aae_sklearn.display._style import MUTED


@pytest.fixture
def draws():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3000, 2)), rng.normal(size=(9000, 2))


def test_ks_figures_are_scipys_and_stand_in_the_legend(draws):
    codes, z_prior = draws
    codes = codes * [1.0, 1.5]
    shown = PriorMatchDisplay.from_codes(codes, z_prior)
    expected = {
        "code 1": ks_2samp(codes[:, 0], z_prior[:, 0]).statistic,
        "code 2": ks_2samp(codes[:, 1], z_prior[:, 1]).statistic,
        "radius": ks_2samp(np.hypot(*codes.T), np.hypot(*z_prior.T)).statistic,
    }
    assert shown.ks_ == pytest.approx(expected)
    texts = [text.get_text() for text in shown.axes_["quantiles"].get_legend().get_texts()]
    assert texts == [f"{name}, KS {value:.3f}" for name, value in expected.items()]


def test_the_radius_tells_what_marginals_do_not(draws):
    # Signs that agree leave each marginal normal; a shuffle of one leaves both as they are.
    codes = np.random.default_rng(1).normal(size=(3000, 1)) * [1.0, 1.0]
    ks = PriorMatchDisplay.from_codes(codes, draws[1]).ks_
    assert ks["radius"] > 3 * max(ks["code 1"], ks["code 2"])


def test_quantile_curves_have_the_slope_of_the_scale(draws):
    codes, z_prior = draws
    shown = PriorMatchDisplay.from_codes(codes * 2 + 1, z_prior * 5)
    x, y = shown.curves_["code 1"].get_data()
    spread = 5.0
    np.testing.assert_allclose(x, norm.ppf(np.linspace(0.005, 0.995, 199)), atol=0.15)
    slope, start = np.polyfit(x, y, 1)
    assert slope == pytest.approx(2 / spread, abs=0.02)
    assert start == pytest.approx(1 / spread, abs=0.02)
    levels = [line for line in shown.axes_["quantiles"].lines if line.get_color() == MUTED]
    np.testing.assert_array_equal(*levels[0].get_data())


def test_contours_hold_the_shares_they_promise(draws):
    _, z_prior = draws
    extent = (-5.0, 5.0, -5.0, 5.0)
    grid = density(z_prior, extent)
    assert grid.sum() == pytest.approx(1, abs=1e-3)
    levels = levels_of_shares(grid)
    assert list(levels) == [0.5, 0.9, 0.99]
    for share, level in levels.items():
        assert grid[grid >= level].sum() == pytest.approx(share, abs=0.02)


def test_the_density_lies_where_the_codes_lie(draws):
    _, z_prior = draws
    codes = np.random.default_rng(0).normal(size=(500, 2)) * 0.05 + [2.0, -1.0]
    shown = PriorMatchDisplay.from_codes(codes, z_prior)
    image = shown.ax_.images[0]
    left, right, bottom, top = image.get_extent()
    row, column = np.unravel_index(image.get_array().argmax(), image.get_array().shape)
    x = left + (column + 0.5) * (right - left) / 60
    y = bottom + (row + 0.5) * (top - bottom) / 60
    np.testing.assert_allclose([x, y], [2.0, -1.0], atol=0.2)
    assert {"joint", "top", "right", "quantiles"} == set(shown.axes_)


def test_marginals_count_every_row(draws):
    codes, z_prior = draws
    shown = PriorMatchDisplay.from_codes(codes[:, :1], z_prior[:, :1])
    outline = shown.ax_.patches[-1].get_xy()
    assert set(shown.ks_) == {"code 1"}
    # A step outline visits each bin's height twice, at its two edges.
    assert outline[:, 1].sum() / 2 == pytest.approx(1, abs=0.01)


def test_wide_codes_show_their_worst_components():
    rng = np.random.default_rng(0)
    codes, z_prior = rng.normal(size=(1000, 12)), rng.normal(size=(1000, 12))
    codes[:, 7] += 3
    shown = PriorMatchDisplay.from_codes(codes, z_prior, components=(7, 3))
    assert len(shown.curves_) == 6
    assert "code 8" in shown.curves_
    assert shown.ax_.get_xlabel() == "code 8"
    legend = shown.axes_["quantiles"].get_legend()
    assert legend.get_title().get_text() == "the 6 largest of 13"


def test_heavy_tails_bend_the_scale():
    rng = np.random.default_rng(0)
    codes, z_prior = rng.standard_cauchy((2000, 2)), rng.standard_cauchy((2000, 2))
    axis = PriorMatchDisplay.from_codes(codes, z_prior).axes_["quantiles"]
    assert axis.get_xscale() == axis.get_yscale() == "asinh"


def test_draws_are_those_of_the_prior(labelled_digits, digits_model):
    X, _ = labelled_digits
    shown = PriorMatchDisplay.from_estimator(digits_model, X, n_draws=500, random_state=3)
    np.testing.assert_array_equal(shown.z_prior, digits_model.prior_.sample(500, 2, 3))
    np.testing.assert_array_equal(shown.codes, digits_model.transform(X))


def test_what_does_not_fit_is_refused(draws, labelled_digits, digits_model):
    codes, z_prior = draws
    with pytest.raises(ValueError, match="n_components=2 columns like codes, got 1"):
        PriorMatchDisplay.from_codes(codes, z_prior[:, :1])
    for components in ((0, 2), (0, -1)):
        with pytest.raises(ValueError, match=r"components=\(0, -?\d\) must be from 0 to 1"):
            PriorMatchDisplay.from_codes(codes, z_prior, components=components)
    with pytest.raises(TypeError, match="PCA has no prior_"):
        PriorMatchDisplay.from_estimator(digits_model.pca_, labelled_digits[0])


def test_the_key_says_what_the_contours_are():
    codes = np.random.default_rng(0).normal(size=(200, 2))
    shown = PriorMatchDisplay.from_codes(codes, codes)
    texts = [text.get_text() for text in shown.ax_.get_legend().get_texts()]
    assert texts == ["codes", "prior", "50, 90, 99 % of the prior"]


def test_shares_that_reach_out_of_the_frame_have_no_contour():
    codes = np.random.default_rng(0).standard_cauchy((20_000, 2))
    shown = PriorMatchDisplay.from_codes(codes, codes)
    (left, right), (bottom, top) = shown.ax_.get_xlim(), shown.ax_.get_ylim()
    inside = np.mean(
        (codes > [left, bottom]).all(axis=1) & (codes < [right, top]).all(axis=1), axis=0
    )
    assert 0.9 < inside < 0.99
    texts = [text.get_text() for text in shown.ax_.get_legend().get_texts()]
    assert texts[-1] == "50, 90 % of the prior"
    extent = (left, right, bottom, top)
    assert list(levels_of_shares(density(codes, extent))) == [0.5, 0.9]
    assert levels_of_shares(density(codes, (1e3, 2e3, 1e3, 2e3))) == {}
