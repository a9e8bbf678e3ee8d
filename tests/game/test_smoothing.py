"""How much few rows are smoothed, against leave-one-out by hand."""

import numpy as np
import pytest
import torch

from aae_sklearn.game._smoothing import best_spread
from aae_sklearn.settings import _defaults as defaults


def slow_spread(places, x):
    """The same, row by row."""
    errors = []
    for spread in defaults.SPREADS:
        error = 0.0
        for i in range(len(x)):
            others = np.arange(len(x)) != i
            squared = ((places[others] - places[i]) ** 2).sum(axis=1)
            weights = np.exp((squared.min() - squared) / (2 * spread**2))
            error += ((weights @ x[others] / weights.sum() - x[i]) ** 2).sum()
        errors.append(error)
    return defaults.SPREADS[int(np.argmin(errors))]


def rows(noise, n_rows=80, n_components=2):
    """Places, and rows that are a smooth function of them but for noise."""
    rng = np.random.RandomState(0)
    places = rng.standard_normal((n_rows, n_components))
    smooth = np.column_stack([np.sin(2 * places[:, 0]), places.sum(axis=1), np.ones(n_rows)])
    return places, smooth + noise * rng.standard_normal(smooth.shape)


def found(places, x):
    return best_spread(torch.tensor(places, dtype=torch.float), torch.tensor(x, dtype=torch.float))


@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0, 10.0])
@pytest.mark.parametrize("n_components", [1, 2, 5])
def test_it_equals_its_slow_twin(noise, n_components):
    given = rows(noise, n_components=n_components)
    assert found(*given) == slow_spread(*given)


def test_the_more_noise_the_more_is_smoothed():
    spreads = [found(*rows(noise, 400)) for noise in (0.0, 0.5, 2.0, 50.0)]
    assert spreads == sorted(set(spreads))
    assert spreads[-1] == defaults.SPREADS[-1]


def test_some_rows_are_predicted_by_all(monkeypatch):
    """Of a hundred places each holds two rows that are alike, so the narrowest kernel is best."""
    monkeypatch.setattr(defaults, "PREDICTED_ROWS", 10)
    rng = np.random.RandomState(0)
    places, x = rng.standard_normal((100, 2)), rng.standard_normal((100, 4))
    assert found(np.tile(places, (2, 1)), np.tile(x, (2, 1))) == defaults.SPREADS[0]


@pytest.mark.parametrize("n_rows", [2, 3])
def test_rows_that_say_nothing_are_not_smoothed(n_rows):
    """One other row, or others that are alike."""
    places = np.arange(2.0 * n_rows).reshape(-1, 2)
    assert found(places, np.ones((n_rows, 3))) == defaults.SPREADS[0]
