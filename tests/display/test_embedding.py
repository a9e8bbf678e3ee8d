"""The map: where points lie, what colour they have, what stands in the key."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn.display import EmbeddingDisplay
from aae_sklearn.display._arrays import robust_limits
from aae_sklearn.display._labels import separate_boxes
from aae_sklearn.display._palette import PALETTE, find_classes
from aae_sklearn.display._points import density_image, point_style
from aae_sklearn.display._style import FAINT, spread_out
from aae_sklearn.display._thumbnails import choose_rows


def as_set(*columns):
    return set(map(tuple, np.round(np.column_stack(columns), 6)))


def as_tuples(codes):
    return set(map(tuple, codes))


def blobs(n_classes, n_rows=400, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_classes
    angle = 2 * np.pi * np.arange(n_classes) / n_classes
    centers = 10 * np.column_stack([np.cos(angle), np.sin(angle)])
    return centers[y] + rng.normal(size=(n_rows, 2)) * 0.5, y


def test_each_row_is_drawn_at_its_code_in_the_colour_of_its_class():
    codes, y = blobs(4)
    shown = EmbeddingDisplay.from_codes(codes, y)
    colors = np.array([to_rgba(PALETTE[k])[:3] for k in y])
    drawn = as_set(shown.points_.get_offsets(), shown.points_.get_facecolors()[:, :3])
    assert drawn == as_set(codes, colors)


def test_the_order_of_drawing_does_not_follow_the_classes():
    codes, _ = blobs(4)
    offsets = EmbeddingDisplay.from_codes(codes).points_.get_offsets()
    assert not np.array_equal(offsets, codes)


@pytest.mark.parametrize("make", [TSNE, lambda **_: make_pipeline(StandardScaler(), TSNE())])
def test_the_map_of_a_tsne_is_its_embedding(labelled_digits, make):
    rows = labelled_digits[0][:60]
    tsne = make()
    embedding = tsne.fit_transform(rows)
    for X in (None, rows, csr_array(rows), rows.tolist()):
        shown = EmbeddingDisplay.from_estimator(tsne, X)
        np.testing.assert_array_equal(shown.codes, embedding)
    assert shown.ax_.get_title() == "TSNE"
    with pytest.raises(ValueError, match="50 rows and embedding_ has 60"):
        EmbeddingDisplay.from_estimator(tsne, rows[:50])


def test_wide_codes_are_drawn_by_their_principal_components(labelled_digits):
    rows = labelled_digits[0]
    shown = EmbeddingDisplay.from_codes(rows[:1000], new_codes=rows[1000:])
    pca = PCA(2, svd_solver="full").fit(rows[:1000])
    for drawn, given in ((shown.codes, rows[:1000]), (shown.new_codes, rows[1000:])):
        np.testing.assert_allclose(np.abs(drawn), np.abs(pca.transform(given)), atol=1e-6)
    assert f"({pca.explained_variance_ratio_[0]:.0%})" in shown.ax_.get_xlabel()


def test_a_single_component_is_spread_over_a_strip_without_an_axis(labelled_digits):
    codes = PCA(1).fit_transform(labelled_digits[0])
    shown = EmbeddingDisplay.from_codes(codes[:-5], new_codes=codes[-5:])
    np.testing.assert_array_equal(shown.codes[:, 0], codes[:-5, 0])
    np.testing.assert_array_equal(shown.new_codes[:, 0], codes[-5:, 0])
    assert shown.ax_.get_ylabel() == ""
    assert len(shown.ax_.get_yticks()) == 0


def test_scales_are_equal_and_every_code_is_inside(ax):
    codes, y = blobs(3)
    shown = EmbeddingDisplay.from_codes(codes * [1, 4], y, ax=ax)
    ax.figure.canvas.draw()
    origin, across, up = ax.transData.transform([[0, 0], [1, 0], [0, 1]])
    assert across[0] - origin[0] == pytest.approx(up[1] - origin[1])
    assert shown.note_.get_text() == "400 rows"
    inside = ax.viewLim.count_contains(shown.codes)
    assert inside == len(codes)


def test_heavy_tails_leave_the_bulk_legible_and_are_counted():
    codes = np.random.default_rng(0).standard_cauchy((4000, 2))
    shown = EmbeddingDisplay.from_codes(codes)
    (left, right), (bottom, top) = shown.ax_.get_xlim(), shown.ax_.get_ylim()
    assert right - left < 60  # all together they span thousands
    outside = np.sum(
        (codes[:, 0] < left) | (codes[:, 0] > right) | (codes[:, 1] < bottom) | (codes[:, 1] > top)
    )
    assert f"{outside:,} outside" in shown.note_.get_text()


def test_limits_hold_all_of_a_normal_distribution_and_of_a_far_small_cluster():
    normal = np.random.default_rng(0).normal(size=100_000)
    for values in (normal, np.append(np.zeros(990) + normal[:990], 12 + normal[:10])):
        low, high = robust_limits(values)
        assert low < values.min()
        assert high > values.max()
    assert robust_limits(np.ones(3)) == (0.5, 1.5)


def test_lone_far_rows_do_not_shrink_the_map_and_a_small_far_class_stays():
    values = np.concatenate([np.random.default_rng(0).normal(size=9_996), [13, 13.5, 14, 14.2]])
    assert 3.5 < robust_limits(values)[1] < 7
    values[:20] = 13
    assert robust_limits(values)[1] > 13


def test_names_stand_at_the_medians_where_classes_lie_apart():
    codes, y = blobs(5)
    shown = EmbeddingDisplay.from_codes(codes, y, label_names=list("abcde"))
    assert [text.get_text() for text in shown.labels_] == list("abcde")
    for k, text in enumerate(shown.labels_):
        np.testing.assert_allclose(text.xy, np.median(codes[y == k], axis=0), atol=0.4)
        assert tuple(text.xy) in as_tuples(codes[y == k])
    assert shown.legend_ is None


def test_the_name_of_a_class_in_two_pieces_stands_on_one_of_them():
    codes, y = blobs(6)
    pieces = y % 3
    stray = codes[pieces == 0].mean(axis=0)
    codes[0] = stray
    shown = EmbeddingDisplay.from_codes(codes, pieces, labels="medians")
    for k, text in enumerate(shown.labels_):
        own = codes[pieces == k]
        n_close = np.sum(np.linalg.norm(own - text.xy, axis=1) < 2)
        assert n_close > 50


def test_a_name_does_not_hide_a_small_class():
    codes, y = blobs(3)
    codes = np.where((y == 0)[:, None], [30.0, 30.0], codes)
    shown = EmbeddingDisplay.from_codes(codes, y, label_names=["a rather long name", "b", "c"])
    shown.figure_.canvas.draw()
    box = Text.get_window_extent(shown.labels_[0])
    assert not box.contains(*shown.ax_.transData.transform([30.0, 30.0]))


@pytest.mark.parametrize("n_classes", [16, 40])
def test_names_do_not_overlap(n_classes):
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(n_classes, 2))
    y = np.arange(4000) % n_classes
    codes = centers[y] + rng.normal(size=(4000, 2)) * 0.2
    shown = EmbeddingDisplay.from_codes(codes, [f"type {k:02d}" for k in y])
    shown.figure_.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in shown.labels_]
    assert len(boxes) == n_classes
    overlaps = [a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert not any(overlaps)


def test_equal_boxes_part_and_stay_in_the_frame():
    half = np.full((4, 2), [5.0, 2.0])
    corners = np.array([[0.0, 0.0], [40.0, 30.0]])
    centers = separate_boxes(np.full((4, 2), 1.0), half, corners)
    assert (centers - half >= corners[0] - 1e-9).all()
    gaps = np.abs(centers[:, None] - centers[None])[np.triu_indices(4, 1)]
    assert ((gaps[:, 0] >= 10 - 1e-5) | (gaps[:, 1] >= 4 - 1e-5)).all()


def test_boxes_without_room_stay_in_the_frame():
    half, corners = np.full((9, 2), 4.0), np.array([[0.0, 0.0], [10.0, 10.0]])
    centers = separate_boxes(np.zeros((9, 2)), half, corners, max_iter=20)
    assert (centers - half >= corners[0]).all()
    assert (centers + half <= corners[1]).all()


def test_mixed_classes_get_a_legend():
    rng = np.random.default_rng(0)
    codes, y = rng.normal(size=(300, 2)), np.array(["control", "treated"])[np.arange(300) % 2]
    legend = EmbeddingDisplay.from_codes(codes, y).legend_
    assert [text.get_text() for text in legend.get_texts()] == ["control", "treated"]
    colors = [to_rgba(handle.get_color()) for handle in legend.legend_handles]
    assert colors == [to_rgba(color) for color in PALETTE[:2]]


def test_a_class_among_another_gets_a_legend_wherever_their_middles_lie():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(1200, 2))
    y = np.where(rng.uniform(size=1200) + codes[:, 0] / 4 > 0.75, "more", "less")
    assert EmbeddingDisplay.from_codes(codes, y).legend_ is not None
    assert EmbeddingDisplay.from_codes(codes + 3 * (y == "more")[:, None], y).legend_ is None


def test_shared_axes_hold_the_rows_of_every_panel():
    rng = np.random.default_rng(0)
    wide, narrow = 2 * rng.normal(size=(500, 2)), 0.7 * rng.normal(size=(500, 2)) + 3
    _, axes = plt.subplots(1, 2, sharex=True, sharey=True)
    EmbeddingDisplay.from_codes(wide, ax=axes[0])
    alone = axes[0].get_xlim(), axes[0].get_ylim()
    EmbeddingDisplay.from_codes(narrow, ax=axes[1])
    for before, limits in zip(alone, (axes[0].get_xlim(), axes[0].get_ylim()), strict=True):
        assert limits[0] <= before[0]
        assert limits[1] >= before[1]
    EmbeddingDisplay.from_codes(narrow, ax=axes[0])
    assert axes[0].get_xlim()[0] <= alone[0][0]


def test_on_given_axes_the_legend_goes_to_the_emptiest_corner(ax):
    rng = np.random.default_rng(0)
    codes = rng.uniform(size=(2000, 2))
    codes = codes[~((codes > [0.6, -1]) & (codes < [2, 0.5])).all(axis=1)]
    shown = EmbeddingDisplay.from_codes(codes, np.arange(len(codes)) % 2, ax=ax, labels="legend")
    ax.figure.canvas.draw()
    box = shown.legend_.get_window_extent().transformed(ax.transAxes.inverted())
    assert box.x0 > 0.5
    assert box.y1 < 0.5


def test_one_class_gets_a_legend_and_no_key_can_be_asked_for():
    codes, _ = blobs(2)
    assert EmbeddingDisplay.from_codes(codes, np.zeros(len(codes), int)).legend_ is not None
    shown = EmbeddingDisplay.from_codes(codes, np.zeros(len(codes), int), labels=None)
    assert shown.legend_ is None
    assert shown.labels_ == []


def test_values_are_drawn_with_a_colour_bar():
    codes, _ = blobs(4)
    value = pd.Series(codes[:, 0], name="CD19")
    shown = EmbeddingDisplay.from_codes(codes, value, cmap="magma")
    assert shown.colorbar_.ax.get_ylabel() == "CD19"
    offsets, colors = shown.points_.get_offsets(), shown.points_.get_facecolors()
    # In magma the sum of the channels grows with the value.
    order = np.argsort(offsets[:, 0])
    assert (np.diff(colors[order, :3].sum(axis=1)) >= -0.02).all()


def test_missing_values_and_labels_are_grey():
    codes, y = blobs(3)
    value = np.where(y == 0, np.nan, codes[:, 0])
    for column in (value, np.where(y == 0, -1, y), pd.Series(y).map({1: "a", 2: "b"})):
        shown = EmbeddingDisplay.from_codes(codes, column)
        grey = (shown.points_.get_facecolors()[:, :3] == to_rgba(FAINT)[:3]).all(axis=1)
        assert as_set(shown.points_.get_offsets()[grey]) == as_set(codes[y == 0])
    shown = EmbeddingDisplay.from_codes(codes, np.full(len(codes), np.nan))
    assert shown.points_.get_facecolors().shape[0] == len(codes)


def test_unlabelled_rows_stand_last_in_the_legend():
    codes, y = blobs(4)
    shown = EmbeddingDisplay.from_codes(codes, np.where(y == 3, -1, y), labels="legend")
    names = [text.get_text() for text in shown.legend_.get_texts()]
    assert names == ["0", "1", "2", "unlabelled"]


def test_minus_one_is_a_class_of_outlier_detectors():
    assert find_classes(np.array([-1, 1, 1])).names == ("-1", "1")


def test_beyond_forty_classes_the_smallest_are_other():
    y = np.repeat(np.arange(45).astype(str), np.arange(1, 46))
    classes = find_classes(y)
    assert classes.rest_name == "other"
    assert set(y[classes.index == -1]) == {"0", "1", "2", "3", "4"}
    assert all(
        classes.names[k] == name for k, name in zip(classes.index, y, strict=True) if k >= 0
    )


@pytest.mark.parametrize(
    ("y", "color_by", "is_value"),
    [
        (np.arange(100), "auto", True),
        (np.arange(100) % 12, "auto", False),
        (np.arange(100) % 12, "values", True),
        (np.arange(100) % 12 / 1.0, "auto", False),
        (np.arange(100) / 7, "auto", True),
        (np.arange(100) % 2 == 0, "auto", False),
        (np.round(np.arange(100) % 3 + 0.5, 1), "classes", False),
    ],
)
def test_what_y_is_follows_from_its_values(y, color_by, is_value):
    codes, _ = blobs(2, n_rows=100)
    shown = EmbeddingDisplay.from_codes(codes, y, color_by=color_by)
    assert (shown.colorbar_ is not None) == is_value


def test_names_of_classes():
    y = np.array([0, 2, 2])
    assert find_classes(y, ["a", "b", "c"]).names == ("a", "c")
    assert find_classes(y.astype(float)).names == ("0", "2")
    assert find_classes(np.array(["x", "y"]), ["first", "second"]).names == ("first", "second")
    with pytest.raises(ValueError, match="y has 2 classes, got 1 names"):
        find_classes(np.array(["x", "y"]), ["first"])


def test_new_points_lie_over_the_old():
    codes, y = blobs(4)
    shown = EmbeddingDisplay.from_codes(codes[:300], y[:300], new_codes=codes[300:])
    assert as_set(shown.new_points_.get_offsets()) == as_set(codes[300:])
    assert shown.new_points_.get_zorder() > shown.points_.get_zorder()
    assert shown.new_points_.get_facecolors()[:, 3].min() > shown.points_.get_alpha()
    assert shown.note_.get_text() == "300 rows\n100 new in black"


def test_new_points_share_the_colours_of_the_classes():
    codes, y = blobs(4)
    for old_y in (y[:300], None):
        shown = EmbeddingDisplay.from_codes(
            codes[:300], old_y, new_codes=codes[300:], new_y=y[300:]
        )
        colors = np.array([to_rgba(PALETTE[k])[:3] for k in y[300:]])
        drawn = as_set(shown.new_points_.get_offsets(), shown.new_points_.get_facecolors()[:, :3])
        assert drawn == as_set(codes[300:], colors)
        assert "outlined" in shown.note_.get_text()
    one_class = EmbeddingDisplay.from_codes(codes[:300], new_codes=codes[::4], new_y=y[::4])
    assert "100 new outlined" in one_class.note_.get_text()


def test_new_rows_go_through_transform(labelled_digits, digits_model):
    X, _ = labelled_digits
    shown = EmbeddingDisplay.from_estimator(digits_model, X[:90], X_new=X[90:100])
    np.testing.assert_allclose(shown.new_codes, digits_model.transform(X[90:100]))


def test_more_points_are_smaller_and_fainter():
    sizes, alphas = zip(*(point_style(n, 140_000) for n in (100, 500, 5_000, 50_000)), strict=True)
    assert sorted(sizes, reverse=True) == list(sizes)
    assert sorted(alphas, reverse=True) == list(alphas)
    assert point_style(1000, 70_000)[0] == pytest.approx(point_style(1000, 140_000)[0] / 2)


def test_style_can_be_overridden():
    shown = EmbeddingDisplay.from_codes(blobs(2)[0], s=3.0, alpha=0.5, title="mine")
    assert shown.points_.get_sizes()[0] == 3.0
    assert shown.points_.get_alpha() == 0.5
    assert shown.ax_.get_title() == "mine"


def test_many_rows_are_shaded():
    codes, y = blobs(4, n_rows=60_000)
    shown = EmbeddingDisplay.from_codes(codes, y)
    image = shown.points_.get_array()
    assert image.ndim == 3
    left, right, bottom, _top = shown.points_.get_extent()
    scale = image.shape[1] / (right - left)
    for k in range(4):  # the pixel of each centre has the colour of the class
        x, height = codes[y == k][0]
        pixel = image[int((height - bottom) * scale), int((x - left) * scale)]
        np.testing.assert_allclose(pixel[:3], to_rgba(PALETTE[k])[:3], atol=0.02)
    assert (
        EmbeddingDisplay.from_codes(codes, shading=False).points_.get_offsets().shape[0] == 60_000
    )


def test_the_shading_is_opaque_where_rows_are_many_and_empty_where_none():
    codes = np.array([[0.5, 0.5]] * 50 + [[0.1, 0.9], [5.0, 5.0]])
    grid = (0, 1, 0, 1), (100, 100)
    image = density_image(codes, np.tile([1.0, 0.0, 0.0, 1.0], (52, 1)), *grid)
    assert np.sum(image[..., 3] > 0) == 2
    side = image.shape[0]
    assert image[side // 2, side // 2, 3] > image[int(0.9 * side), int(0.1 * side), 3] >= 0.25
    assert (density_image(codes + 9, np.ones((52, 4)), *grid) == 0).all()


def test_thumbnails_show_the_row_nearest_to_the_middle_of_their_cell():
    rng = np.random.default_rng(0)
    codes = rng.uniform(size=(9000, 2))
    rows, cells, width = choose_rows(codes, (0, 1, 0, 1))
    assert len({tuple(cell) for cell in cells}) == len(cells) == 24**2
    for row, cell in zip(rows[::50], cells[::50], strict=True):
        middle = (cell + 0.5) * width
        members = np.floor(codes / width).astype(int).clip(0, 23)
        members = (members == cell).all(axis=1)
        distance = np.linalg.norm(codes - middle, axis=1)
        assert distance[row] == distance[members].min()


@pytest.mark.parametrize("shape", [(8, 8), (4, 16), (64, 1), (1, 64), (8, 8, 1)])
def test_images_are_drawn_on_the_map(labelled_digits, digits_model, shape):
    X, y = labelled_digits
    shown = EmbeddingDisplay.from_estimator(digits_model, X, y, image_shape=shape)
    (sheet,) = shown.ax_.images
    assert sheet.get_array().shape[2] == 4
    assert sheet.get_array()[..., 3].max() == 1.0  # ink
    assert sheet.get_array()[..., 3].min() == 0.0  # the ground is the map


@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 3)])
def test_photographs_are_opaque(shape):
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(30, *shape))
    shown = EmbeddingDisplay.from_codes(rng.normal(size=(30, 2)), images=images)
    alphas = shown.ax_.images[0].get_array()[..., 3]
    assert set(np.unique(alphas)) == {0.0, 1.0}


def test_what_does_not_fit_is_refused():
    codes, y = blobs(3)
    with pytest.raises(
        ValueError, match=r"y must hold one label .* shape \(400,\), got .*\(399,\)"
    ):
        EmbeddingDisplay.from_codes(codes, y[1:])
    with pytest.raises(ValueError, match="labels must be"):
        EmbeddingDisplay.from_codes(codes, y, labels="inside")
    with pytest.raises(ValueError, match="color_by must be"):
        EmbeddingDisplay.from_codes(codes, y, color_by="y")
    with pytest.raises(ValueError, match="must have n_components=2 columns"):
        EmbeddingDisplay.from_codes(codes, new_codes=np.ones((3, 3)))
    with pytest.raises(
        ValueError, match="new_y holds labels of new rows; pass these as new_codes"
    ):
        EmbeddingDisplay.from_codes(codes, y, new_y=y)
    with pytest.raises(ValueError, match="y_new holds labels of new rows; pass these as X_new"):
        EmbeddingDisplay.from_estimator(PCA().fit(codes), codes, y, y_new=y)
    with pytest.raises(ValueError, match="shading must be True, False or 'auto', got 'yes'"):
        EmbeddingDisplay.from_codes(codes, shading="yes")
    with pytest.raises(
        ValueError, match="takes no s; leave that out, or draw points by shading=F"
    ):
        EmbeddingDisplay.from_codes(codes, shading=True, s=3)
    with pytest.raises(ValueError, match="NaN or infinity in every row"):
        EmbeddingDisplay.from_codes(np.full((5, 2), np.nan))
    with pytest.raises(ValueError, match=r"numbers beyond 1e.150, .* divide codes by a"):
        EmbeddingDisplay.from_codes(codes * 5e305)
    with pytest.raises(ValueError, match="codes must be a 2-D array"):
        EmbeddingDisplay.from_codes(codes[:, 0])
    with pytest.raises(ValueError, match="codes must be real numbers, got complex128; pass real"):
        EmbeddingDisplay.from_codes(codes * 1j)


def test_names_of_lines_are_spread_in_order():
    heights = np.array([3.0, 0.0, 0.5, 100.0])
    spread = spread_out(heights, gap=10.0)
    assert (np.diff(np.sort(spread)) >= 10 - 1e-9).all()
    np.testing.assert_array_equal(np.argsort(spread), np.argsort(heights))
    assert spread[3] == 100.0


def test_the_pixels_of_a_shading_do_not_depend_on_the_unit():
    codes = np.random.default_rng(0).normal(size=(2000, 1))
    shapes = [
        EmbeddingDisplay.from_codes(unit * codes, shading=True).points_.get_array().shape
        for unit in (1e-3, 1.0, 1e3)
    ]
    heights, widths = np.transpose(shapes)[:2]
    assert np.ptp(heights) <= 3  # by the digits of the ticks
    assert heights.min() > 100
    assert set(widths) == {420}


@pytest.mark.parametrize("value", [0.0, 1e17, -1e149])
def test_codes_that_are_all_the_same_are_drawn(value):
    codes = np.full((10, 2), value)
    shown = EmbeddingDisplay.from_codes(codes)
    assert shown.ax_.viewLim.count_contains(codes) == 10
    assert shown.note_.get_text() == "10 rows"


def test_wide_codes_that_are_all_the_same_explain_no_variance():
    assert "(0%)" in EmbeddingDisplay.from_codes(np.ones((10, 5))).ax_.get_xlabel()


def test_classes_may_have_one_name():
    codes, y = blobs(3)
    shown = EmbeddingDisplay.from_codes(codes, y, label_names=["a", "b", "a"], labels="medians")
    assert [text.get_text() for text in shown.labels_] == ["a", "b", "a"]


def test_a_few_values_among_equal_ones_have_a_colour_of_their_own():
    codes = np.random.default_rng(0).normal(size=(1000, 2))
    values = np.zeros(1000)
    values[:3] = [1.5, 2.0, 4.0]
    shown = EmbeddingDisplay.from_codes(codes, values)
    assert shown.colorbar_.mappable.get_clim() == (0.0, 4.0)
