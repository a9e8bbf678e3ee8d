"""What a reader finds around a picture: titles, notes, axis names, panels, colours by name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from sklearn.decomposition import PCA

from aae_sklearn.display import (
    DecodedGridDisplay,
    EmbeddingDisplay,
    HistoryDisplay,
    InterpolationDisplay,
    PriorMatchDisplay,
    ReconstructionDisplay,
    SamplesDisplay,
    StyleGridDisplay,
)
from aae_sklearn.priors import NormalPrior

IMAGES = (DecodedGridDisplay, SamplesDisplay, ReconstructionDisplay, InterpolationDisplay)
ALL = (*IMAGES, EmbeddingDisplay, PriorMatchDisplay, HistoryDisplay)


def draw(display, model, X, **kwargs):
    rows = X[:2] if display is InterpolationDisplay else X[:200]
    return display.from_estimator(model, rows, **kwargs)


@pytest.mark.parametrize(
    "display",
    [*IMAGES, EmbeddingDisplay, PriorMatchDisplay, HistoryDisplay],
    ids=lambda cls: cls.__name__,
)
def test_a_title_replaces_the_default(labelled_digits, digits_model, display):
    shown = draw(display, digits_model, labelled_digits[0])
    shown.ax_.set_title("mine")
    titles = [shown.ax_.get_title(loc=place) for place in ("left", "center", "right")]
    assert titles == ["", "mine", ""]
    assert draw(display, digits_model, labelled_digits[0], title="").ax_.get_title() == ""


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_notes_do_not_touch_titles_or_the_next_panel(layout):
    codes = np.random.default_rng(0).standard_cauchy((2000, 2))
    figure, axes = plt.subplots(2, 2, figsize=(6, 6), layout=layout)
    for ax in axes.flat:
        shown = EmbeddingDisplay.from_codes(codes, name="A title that is rather long", ax=ax)
        assert "outside" in shown.note_.get_text()
    figure.canvas.draw()
    for ax in axes.flat:
        (note,) = ax.texts
        frame, box = ax.get_window_extent(), note.get_window_extent()
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1


@pytest.mark.parametrize("n_classes", [3, 8, 12])
@pytest.mark.parametrize("layout", [None, "constrained"])
def test_panels_of_the_same_classes_have_the_same_key_inside_of_them(n_classes, layout):
    rng = np.random.default_rng(0)
    y = np.arange(600) % n_classes
    centers = 9 * rng.normal(size=(n_classes, 2))
    mixed, apart = rng.normal(size=(600, 2)), centers[y] + 0.1 * rng.normal(size=(600, 2))
    figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout=layout)
    shown = [
        EmbeddingDisplay.from_codes(codes, y, ax=ax)
        for codes, ax in zip((mixed, apart), axes, strict=True)
    ]
    assert len({part.legend_ is None for part in shown}) == 1
    assert len({len(part.labels_) for part in shown}) == 1
    figure.canvas.draw()
    for part in shown:
        if part.legend_ is not None:
            box, frame = part.legend_.get_window_extent(), part.ax_.get_window_extent()
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1
            assert not part.note_.get_window_extent().overlaps(box)


@pytest.mark.parametrize(("labels", "has_legend"), [("legend", True), ("medians", False)])
def test_the_key_of_a_panel_can_be_chosen(labels, has_legend, ax):
    y = np.arange(300) % 12
    shown = EmbeddingDisplay.from_codes(
        np.random.default_rng(0).normal(size=(300, 2)), y, labels=labels, ax=ax
    )
    assert (shown.legend_ is not None) == has_legend
    assert bool(shown.labels_) != has_legend


def test_lines_lead_only_from_names_that_were_moved_off_their_class():
    rng = np.random.default_rng(0)
    mixed = EmbeddingDisplay.from_codes(
        rng.normal(size=(3000, 2)), [f"class {k % 30}" for k in range(3000)], labels="medians"
    )
    assert sum(text.arrow_patch.get_visible() for text in mixed.labels_) < 4
    codes, names = 1e-3 * rng.normal(size=(1200, 2)), [f"class {k % 12}" for k in range(1200)]
    codes[:400], names[:400] = rng.uniform(-1, 1, size=(400, 2)), ["far"] * 400
    heap = EmbeddingDisplay.from_codes(codes, names)
    assert any(text.arrow_patch.get_visible() for text in heap.labels_)


def test_axes_are_named_after_components_not_after_columns():
    X = np.random.default_rng(0).normal(size=(100, 4))
    model = PCA(2).set_output(transform="pandas").fit(X)
    assert list(model.transform(X).columns) == ["pca0", "pca1"]
    for shown in (
        EmbeddingDisplay.from_estimator(model, X),
        EmbeddingDisplay.from_codes(model.transform(X)),
        DecodedGridDisplay.from_estimator(model, X),
        PriorMatchDisplay.from_codes(model.transform(X), model.transform(X)),
    ):
        assert shown.ax_.get_xlabel() == "code 1"
        assert shown.ax_.get_ylabel() == "code 2"
    named = EmbeddingDisplay.from_codes(model.transform(X), axis_labels=("size", "shape"))
    assert (named.ax_.get_xlabel(), named.ax_.get_ylabel()) == ("size", "shape")
    with pytest.raises(ValueError, match="axis_labels must hold 2 names, got 1"):
        EmbeddingDisplay.from_codes(model.transform(X), axis_labels=("size",))


@pytest.mark.parametrize("key", ["color", "c"])
def test_a_colour_by_name_colours_all_rows(key):
    codes = np.random.default_rng(0).normal(size=(50, 2))
    shown = EmbeddingDisplay.from_codes(codes, **{key: "red"})
    assert set(map(tuple, shown.points_.get_facecolors()[:, :3])) == {(1.0, 0.0, 0.0)}
    with pytest.raises(ValueError, match=f"{key}='red' and y both colour the points"):
        EmbeddingDisplay.from_codes(codes, np.arange(50) % 2, **{key: "red"})
    with pytest.raises(ValueError, match=f"{key} must be one matplotlib colour"):
        EmbeddingDisplay.from_codes(codes, **{key: ["a"] * 50})


def test_a_colour_asks_for_points_where_their_density_would_be_shaded():
    codes = np.random.default_rng(0).normal(size=(50_001, 2))
    shown = EmbeddingDisplay.from_codes(codes, s=0.5)
    assert len(shown.points_.get_offsets()) == 50_001


@pytest.mark.parametrize("display", [*IMAGES, PriorMatchDisplay], ids=lambda cls: cls.__name__)
def test_an_image_says_what_to_pass_instead_of_a_colour(labelled_digits, digits_model, display):
    shape = {"image_shape": (8, 8)} if display in IMAGES else {}
    with pytest.raises(TypeError, match="color='red' has no effect on an image; pass a colormap"):
        draw(display, digits_model, labelled_digits[0], color="red", **shape)


def test_history_and_bars_take_a_colour(iris, iris_model):
    shown = HistoryDisplay.from_estimator(iris_model, color="red")
    assert {line.get_color() for line in shown.lines_.values()} == {"red"}
    bars = DecodedGridDisplay.from_estimator(iris_model, color="red").tiles_
    assert set(map(tuple, bars.get_facecolors())) == {to_rgba("red")}


def test_feature_names_are_those_of_the_fit_and_wrong_ones_are_refused(iris):
    model = PCA(2).fit(iris)
    model.prior_ = NormalPrior()
    shown = DecodedGridDisplay.from_estimator(model)
    assert shown.feature_names == list(iris.columns)
    with pytest.raises(ValueError, match="feature_names must hold one name per feature, 4, got 2"):
        DecodedGridDisplay.from_estimator(model, iris, feature_names=["a", "b"])


def test_dollar_signs_of_names_are_no_formulas():
    y = np.array(["$0_$9", "$10_$19", "$5-$10"])[np.arange(30) % 3]
    codes = np.random.RandomState(0).standard_normal((30, 2))
    for labels in ("medians", "legend"):
        shown = EmbeddingDisplay.from_codes(codes, y, labels=labels)
        shown.figure_.canvas.draw()
        texts = shown.ax_.texts if labels == "medians" else shown.legend_.get_texts()
        written = {text.get_text() for text in texts}
        assert {name.replace("$", r"\$") for name in y} <= written
    columns = ["$a_$b", "$c", "d"]
    rows = np.random.RandomState(0).standard_normal((9, 3))
    bars = ReconstructionDisplay.from_rows(rows, rows / 2, feature_names=columns)
    bars.figure_.canvas.draw()
    grid = StyleGridDisplay(rows.reshape(3, 3, 3), ["$1_$2", "b", "c"]).plot()
    grid.figure_.canvas.draw()


@pytest.mark.parametrize("shape", [(16,), "4x4", 16, (-4, -4), (4.0, 4.0), (4, 4, 2)])
def test_what_is_no_shape_of_an_image_is_refused(shape):
    rows = np.random.RandomState(0).standard_normal((9, 16))
    for draw_it in (
        lambda: ReconstructionDisplay.from_rows(rows, rows, image_shape=shape),
        lambda: InterpolationDisplay.from_rows(rows[:2], rows, image_shape=shape),
        lambda: StyleGridDisplay(rows.reshape(3, 3, 16), "abc", image_shape=shape),
        lambda: SamplesDisplay(rows, rows, rows[:, 0], 1.0, image_shape=shape),
        lambda: DecodedGridDisplay(rows, ([0, 1, 2], [0, 1, 2]), image_shape=shape),
    ):
        with pytest.raises(ValueError, match="image_shape must be"):
            draw_it()


def test_equal_rows_have_no_reconstruction_error_to_draw():
    rows = np.ones((3, 4))
    with pytest.raises(ValueError, match="rows are all the same"):
        ReconstructionDisplay.from_rows(rows, rows + 1)


def test_one_wide_code_has_no_principal_components():
    with pytest.raises(ValueError, match=r"5-D codes .* pass more rows, and this one as X_new"):
        EmbeddingDisplay.from_codes(np.zeros((1, 5)))
