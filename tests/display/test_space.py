"""Maps with three components."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from sklearn.decomposition import PCA

from aae_sklearn.display import EmbeddingDisplay
from aae_sklearn.display._palette import PALETTE


@pytest.fixture
def blobs():
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    return np.eye(3)[y] * 5 + 0.3 * rng.normal(size=(300, 3)), y


def drawn(points):
    """Rows of x, y, z in the order in which they were drawn."""
    return np.column_stack(points._offsets3d)


def test_three_components_are_drawn_in_axes_with_depth(blobs):
    codes, y = blobs
    shown = EmbeddingDisplay.from_codes(codes, y)
    assert shown.ax_.name == "3d"
    names = [getattr(shown.ax_, f"get_{axis}label")() for axis in "xyz"]
    assert names == ["code 1", "code 2", "code 3"]
    np.testing.assert_array_equal(np.sort(drawn(shown.points_), 0), np.sort(codes, 0))
    shown.figure_.canvas.draw()
    colors, counts = np.unique(shown.points_.get_facecolors()[:, :3], axis=0, return_counts=True)
    assert set(map(tuple, colors)) == {to_rgba(color)[:3] for color in PALETTE[:3]}
    np.testing.assert_array_equal(counts, 100)
    assert [text.get_text() for text in shown.legend_.get_texts()] == ["0", "1", "2"]
    assert shown.note_.get_text() == "300 rows"


def test_scales_of_space_are_equal(blobs):
    shown = EmbeddingDisplay.from_codes(blobs[0] * [1, 2, 4])
    ax = shown.ax_
    spans = [np.ptp(limits) for limits in (ax.get_xlim(), ax.get_ylim(), ax.get_zlim())]
    ratio = np.array(spans) / ax._box_aspect
    np.testing.assert_allclose(ratio, ratio[0])


def test_names_new_rows_and_values_are_drawn_in_space(blobs):
    codes, y = blobs
    shown = EmbeddingDisplay.from_codes(codes, y, new_codes=codes[:7] + 1, labels="medians")
    for k, text in enumerate(shown.labels_):
        middle = np.median(codes[y == k], axis=0)
        np.testing.assert_allclose(text.get_position_3d(), middle, atol=0.3)
    np.testing.assert_allclose(np.sort(drawn(shown.new_points_), 0), np.sort(codes[:7] + 1, 0))
    assert EmbeddingDisplay.from_codes(codes, codes[:, 0]).colorbar_ is not None


def test_far_rows_are_counted_and_not_drawn_out_of_the_box(blobs):
    codes = np.vstack([np.tile(blobs[0], (10, 1)), [[500.0, 0, 0]]])
    shown = EmbeddingDisplay.from_codes(codes)
    assert "1 outside" in shown.note_.get_text()
    assert drawn(shown.points_).max() < 100


def test_flat_axes_and_thumbnails_show_principal_components(blobs, ax):
    codes, _ = blobs
    expected = PCA(2, svd_solver="full").fit_transform(codes)
    images = np.zeros((300, 2, 2))
    for shown in (
        EmbeddingDisplay.from_codes(codes, ax=ax),
        EmbeddingDisplay.from_codes(codes, images=images),
        EmbeddingDisplay(codes, axis_labels=("code 1", "code 2", "code 3")).plot(
            plt.subplots()[1]
        ),
    ):
        assert shown.ax_.name == "rectilinear"
        places = np.abs(np.sort(shown.points_.get_offsets(), axis=0))
        np.testing.assert_allclose(
            np.sort(places, axis=0), np.sort(np.abs(expected), axis=0), atol=1e-6
        )
        assert "principal component 1 of the 3-D codes" in shown.ax_.get_xlabel()


def test_more_than_three_say_what_the_axes_are():
    codes = np.random.default_rng(0).normal(size=(60, 5))
    shown = EmbeddingDisplay.from_codes(codes)
    assert shown.ax_.name == "rectilinear"
    assert "principal component 2 of the 5-D codes" in shown.ax_.get_ylabel()


def test_two_components_are_refused_on_axes_with_depth(blobs):
    space = plt.subplots(subplot_kw={"projection": "3d"})[1]
    assert EmbeddingDisplay.from_codes(blobs[0], ax=space).ax_ is space
    with pytest.raises(ValueError, match="need codes with three components, got 2"):
        EmbeddingDisplay.from_codes(blobs[0][:, :2], ax=space)
    with pytest.raises(ValueError, match="shading=True needs a plane"):
        EmbeddingDisplay.from_codes(blobs[0], shading=True)
