"""The linear guess: where it gets a share, and that rows are never judged by their own label."""

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import make_moons

from aae_sklearn.estimators._linear_guess import LabelledRows, LinearGuess, guess_linearly
from aae_sklearn.estimators._teachers import spread_sharply
from aae_sklearn.game._teaching import unit_variance
from aae_sklearn.layout._graph import coordinate_graph
from aae_sklearn.layout._spreading import symmetric_weights
from aae_sklearn.settings import _defaults as defaults


def one_hot_of_some(y, n_of_each):
    """Labels of the first rows of each class."""
    given = np.zeros((len(y), y.max() + 1), dtype=np.float32)
    for label in np.unique(y):
        given[np.flatnonzero(y == label)[:n_of_each], label] = 1
    return given


def guess_of(x, y, n_of_each):
    x = unit_variance(torch.from_numpy(x.astype(np.float32)))
    spread = partial(spread_sharply, symmetric_weights(coordinate_graph(x, 10)))
    given = one_hot_of_some(y, n_of_each)
    return guess_linearly(x.numpy(), given, spread), spread(given)


def test_classes_that_are_directions_are_guessed_linearly():
    x = np.random.RandomState(0).normal(size=(600, 40))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    guess, spread = guess_of(x, y, 40)
    assert guess.share >= 0.5
    right = (guess.mixed_with(spread).argmax(axis=1) == y).mean()
    assert right > (spread.argmax(axis=1) == y).mean() + 0.1


def test_classes_that_are_groups_are_left_to_labels_that_spread():
    x, y = make_moons(600, noise=0.05, random_state=0)
    guess, spread = guess_of(x, y, 10)
    assert guess is None
    assert (spread.argmax(axis=1) == y).mean() > 0.99


def test_one_label_of_each_class_can_judge_nothing():
    x, y = make_moons(100, noise=0.05, random_state=0)
    assert guess_of(x, y, 1)[0] is None


@pytest.mark.parametrize("n_of_each", [2, 3, 12])
def test_rows_are_guessed_from_other_rows(n_of_each):
    codes = np.repeat([0, 1, 2], n_of_each)
    x = np.eye(3, dtype=np.float32)[codes]
    rows = LabelledRows.divide(x, np.eye(4, dtype=np.float32)[codes])
    seen = []

    def guess(shown, held_out):
        assert set(codes[shown]) == {0, 1, 2}
        assert sorted([*shown, *held_out]) == list(range(len(codes)))
        seen.append(held_out)
        return np.full((len(held_out), 4), 0.25, dtype=np.float32)

    guesses = rows.cross_guess(guess)
    assert sorted(np.concatenate(seen)) == list(range(len(codes)))
    assert rows.surprise(guesses) == pytest.approx(np.log(4), rel=1e-5)


def test_a_class_with_one_row_is_always_shown_and_not_judged():
    given = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2]]
    rows = LabelledRows.divide(np.zeros((5, 2), dtype=np.float32), given)
    held_out = []
    rows.cross_guess(lambda _, held: held_out.append(held) or np.zeros((len(held), 3)))
    assert sorted(np.concatenate(held_out)) == [0, 1, 3, 4]
    sure_but_of_row_2 = given * (np.arange(5) != 2)[:, None]
    assert rows.surprise(sure_but_of_row_2) == pytest.approx(rows.surprise(given))


def test_many_labels_are_thinned_and_no_class_is_lost(monkeypatch):
    x = np.random.RandomState(0).normal(size=(600, 40))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    y[[300, 301]] = 2
    monkeypatch.setattr(defaults, "LINEAR_MAX_LABELS", 100)
    guess, _ = guess_of(x, y, 200)
    assert guess.probabilities.shape == (600, 3)
    assert (guess.probabilities[:, 2] > 0).all()


def test_a_mixture_is_a_weighted_mean():
    one, other = np.float32([[1, 0]]), np.float32([[0, 1]])
    np.testing.assert_allclose(LinearGuess(one, 0.25).mixed_with(other), [[0.25, 0.75]])
