"""Losses over epochs."""

import math

import numpy as np
import pytest
from matplotlib.text import Text
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn.display import HistoryDisplay

EVERYTHING = {
    "reconstruction_loss": [1.0, 0.6, 0.5, 0.5],
    "discriminator_loss": [1.2, 1.3, 1.38, 1.4],
    "encoder_loss": [1.0, 0.8, 0.7, 0.69],
    "validation_score": [0.1, 0.3, 0.4, 0.35],
}


def test_each_curve_is_drawn_from_epoch_one():
    shown = HistoryDisplay.from_history(EVERYTHING)
    assert set(shown.lines_) == set(EVERYTHING)
    for key, line in shown.lines_.items():
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(line.get_ydata(), EVERYTHING[key])
    assert len(shown.axes_) == 3


def test_the_levels_of_the_equilibrium_are_2_ln_2_and_ln_2():
    shown = HistoryDisplay.from_history(EVERYTHING)
    game = shown.axes_["losses of the game"]
    levels = {
        line.get_color(): line.get_ydata()[0]
        for line in game.lines
        if line.get_ydata()[0] == line.get_ydata()[-1]
    }
    assert levels[shown.lines_["discriminator_loss"].get_color()] == 2 * math.log(2)
    assert levels[shown.lines_["encoder_loss"].get_color()] == math.log(2)


def test_the_best_score_is_marked():
    shown = HistoryDisplay.from_history(EVERYTHING)
    panel = shown.axes_["held-out score"]
    assert panel.lines[1].get_xdata()[0] == 3
    assert panel.lines[1].get_ydata()[0] == 0.4
    assert [text.get_text() for text in panel.texts] == ["best 0.4\nepoch 3"]


def test_missing_and_empty_curves_have_no_panel():
    history = {
        "encoder_loss": [0.7],
        "reconstruction_loss": [],
        "validation_score": [np.nan],
        "x": [1],
    }
    shown = HistoryDisplay.from_history(history, title="A short fit")
    assert list(shown.axes_) == ["losses of the game"]
    assert shown.lines_["encoder_loss"].get_marker() == "o"
    with pytest.raises(ValueError, match=r"none of the keys .* got \['loss'\]"):
        HistoryDisplay.from_history({"loss": [1.0]})


def test_a_pipeline_is_asked_for_its_last_step(iris, iris_model):
    pipeline = make_pipeline(StandardScaler(), type(iris_model)()).fit(iris)
    shown = HistoryDisplay.from_estimator(pipeline, linewidth=3)
    assert shown.lines_["encoder_loss"].get_linewidth() == 3


def test_names_of_the_levels_stay_apart_where_losses_are_large():
    history = {"encoder_loss": [60.0, 0.7], "discriminator_loss": [0.1, 1.38]}
    shown = HistoryDisplay.from_history(history)
    shown.figure_.canvas.draw()
    upper, lower = (Text.get_window_extent(text) for text in shown.ax_.texts)
    assert upper.y0 >= lower.y1
    assert [text.get_text().split()[0] for text in shown.ax_.texts] == ["discriminator", "encoder"]
