"""What holds for every picture."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

from aae_sklearn import display
from aae_sklearn.display import (
    EmbeddingDisplay,
    HistoryDisplay,
    InterpolationDisplay,
    PriorMatchDisplay,
    ReconstructionDisplay,
    StyleGridDisplay,
)

# All but the web page, which has tests of its own.
ALL = [getattr(display, name) for name in display.__all__ if name != "Explorer"]
OF_ANY_MODEL = [cls for cls in ALL if cls is not StyleGridDisplay]  # which asks for classes
OF_PANELS = [HistoryDisplay, PriorMatchDisplay, ReconstructionDisplay]


def test_importing_the_pictures_does_not_import_matplotlib():
    code = "import sys, aae_sklearn.display; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("picture", ALL, ids=lambda cls: cls.__name__)
def test_the_signature_is_that_of_scikit_learns_displays(picture):
    parameters = list(inspect.signature(picture.from_estimator).parameters.values())
    assert [p.name for p in parameters[:3]] == ["estimator", "X", "y"]
    assert all(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in parameters[3:])
    assert "ax" in {p.name for p in parameters}


def draw(picture, model, X, ax):
    if picture is StyleGridDisplay:
        return picture(np.ones((2, 3, 4)), ["a", "b", "c"]).plot(ax)
    return picture.from_estimator(model, X[:2] if picture is InterpolationDisplay else X, ax=ax)


def draw_all(model, X, axes):
    return [draw(cls, model, X, ax) for cls, ax in zip(OF_ANY_MODEL, axes, strict=False)]


def test_each_draws_on_the_axes_given_and_says_where(labelled_digits, digits_model):
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 4)
    displays = draw_all(digits_model, labelled_digits[0][:200], axes.flat)
    assert len(plt.get_fignums()) == 1
    for shown in displays:
        assert shown.figure_ is figure
        assert shown.ax_ in figure.axes
    figure.canvas.draw()


def test_each_can_be_drawn_again_on_a_figure_of_its_own(labelled_digits, digits_model):
    for shown in draw_all(digits_model, labelled_digits[0][:200], [None] * len(OF_ANY_MODEL)):
        first = shown.figure_
        assert shown.plot() is shown
        assert shown.figure_ is not first


def test_pictures_stand_in_subfigures_and_free_axes(labelled_digits, digits_model):
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(9, 4))
    left, right = figure.subfigures(1, 2)
    shown = EmbeddingDisplay.from_estimator(digits_model, *labelled_digits, ax=left.subplots())
    assert shown.labels_ or shown.legend_
    free = right.add_axes((0.1, 0.1, 0.8, 0.8))
    panels = HistoryDisplay.from_estimator(digits_model, ax=free).axes_.values()
    boxes = [panel.get_position() for panel in panels]
    assert min(box.x0 for box in boxes) == pytest.approx(0.1)
    assert max(box.y1 for box in boxes) == pytest.approx(0.9)


def test_missing_fitted_state_is_named(labelled_digits):
    with pytest.raises(TypeError, match="has no history_"):
        HistoryDisplay.from_estimator(object())
    with pytest.raises(TypeError, match="has no embedding_"):
        EmbeddingDisplay.from_estimator(object(), np.zeros((3, 2)))


@pytest.mark.parametrize("picture", ALL, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda plt: plt.subplots(2, 2)[1], r"Axes, got ndarray; .* ax=axes\[0, 0\]\."),
        (lambda plt: plt.subplots(2)[1], r"Axes, got ndarray; .* ax=axes\[0\]\."),
        (lambda plt: plt.figure(), r"Axes, got Figure; .* ax=figure\.add_subplot\(\)\."),
        (lambda plt: plt.subplots(), r"Axes, got tuple; .* ax=plt\.subplots\(\)\[1\]\."),
    ],
)
def test_what_is_not_one_axes_is_refused(picture, make, message, labelled_digits, digits_model):
    from matplotlib import pyplot as plt

    with pytest.raises(TypeError, match=message):
        draw(picture, digits_model, labelled_digits[0][:50], make(plt))


@pytest.mark.parametrize("picture", ALL, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"projection": "polar"}, "got polar axes"),
        ({"projection": "mollweide"}, "got mollweide axes"),
        ({"projection": "3d"}, "got 3d axes|with depth need codes with three"),
        ({"xscale": "log"}, "got a scale that is log"),
        ({"yscale": "symlog"}, "got a scale that is symlog"),
    ],
)
def test_only_panels_stand_in_axes_that_are_not_plain(
    picture, keywords, message, labelled_digits, digits_model
):
    from matplotlib import pyplot as plt

    axes = plt.figure().add_subplot(**keywords)
    if picture in OF_PANELS:
        assert draw(picture, digits_model, labelled_digits[0][:50], axes).figure_ is axes.figure
        return
    with pytest.raises(ValueError, match=message):
        draw(picture, digits_model, labelled_digits[0][:50], axes)
