"""Running averages of weights."""

import numpy as np
import pytest
import torch

from aae_sklearn.game._averages import WeightAverages
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def module():
    return torch.nn.Linear(3, 2)


def fill(module, value):
    with torch.no_grad():
        for weight in module.parameters():
            weight.fill_(value)


def averages_of(module, values):
    """Averages after the weights went through the values."""
    averages = WeightAverages(module)
    for value in values:
        fill(module, value)
        averages.update()
    return averages


def test_average_of_what_never_changes_is_itself(module):
    averages = averages_of(module, [0.7] * 500)
    assert all(torch.allclose(average, torch.tensor(0.7)) for average in averages.averages)


def test_the_initialisation_is_forgotten_at_once(module):
    fill(module, 1e6)
    averages = averages_of(module, [2.0])
    assert all((average == 2).all() for average in averages.averages)


def test_average_is_between_what_was(module):
    values = np.random.RandomState(0).uniform(1, 2, 300)
    averages = averages_of(module, values)
    value = averages.averages[0][0, 0].item()
    assert 1 < value < 2
    assert abs(value - values[100:].mean()) < abs(values[-1] - values[100:].mean()) + 0.1


def test_average_scatters_less_than_what_it_averages(module):
    values = np.random.RandomState(0).standard_normal(2000)
    fill(module, 0.0)
    averages, course = WeightAverages(module), []
    for value in values:
        fill(module, value)
        averages.update()
        course.append(averages.averages[0][0, 0].item())
    assert np.std(course[1000:]) < 0.3 * np.std(values[1000:])


def test_averages_are_applied_for_a_while(module):
    averages = averages_of(module, [1.0] * 50 + [5.0])
    weights = list(module.parameters())
    before = [weight.clone() for weight in weights]
    mean = [average.clone() for average in averages.averages]
    with averages.applied():
        assert all(map(torch.equal, module.parameters(), mean))
    assert all(map(torch.equal, module.parameters(), before))
    assert all(map(torch.equal, averages.averages, mean))
    assert all(weight is now for weight, now in zip(weights, module.parameters(), strict=True))
    assert all(weight.requires_grad for weight in weights)


def test_weights_come_back_after_a_failure(module):
    averages = averages_of(module, [1.0] * 50 + [5.0])
    before = [weight.clone() for weight in module.parameters()]
    with pytest.raises(ZeroDivisionError), averages.applied():
        raise ZeroDivisionError
    assert all(map(torch.equal, module.parameters(), before))


@torch.no_grad()
def test_averages_may_be_adopted(module):
    averages = averages_of(module, [1.0] * 50 + [5.0])
    averages.adopt()
    assert all(map(torch.equal, module.parameters(), averages.averages))
    assert all((weight < 5).all() for weight in module.parameters())


def test_averages_go_on_from_their_state(module):
    averages = averages_of(module, [1.0, 2.0, 7.0])
    twin = WeightAverages(module)
    twin.load_state_dict(averages.state_dict())
    fill(module, 3.0)
    averages.update()
    twin.update()
    assert all(map(torch.equal, twin.averages, averages.averages))


def test_early_averages_are_over_a_tenth_of_the_steps(module):
    """Shares of 10 / (9 + n) at first: worked out by hand for 0, 1, 1."""
    averages = averages_of(module, [0.0, 1.0, 1.0])
    expected = 1 - (1 - 10 / 11) * (1 - 10 / 12)
    assert averages.averages[0][0, 0].item() == pytest.approx(expected, rel=1e-6)


def test_later_averages_forget_like_an_exponential(module, monkeypatch):
    """Shares fall to a twentieth and no further, as in the twin."""
    monkeypatch.setattr(defaults, "AVERAGE_DECAY", 0.95)
    values = np.random.RandomState(0).uniform(size=400)
    expected = 0.0
    for n_done, value in enumerate(values, start=1):
        expected += max(0.05, 10 / (9 + n_done)) * (value - expected)
    found = averages_of(module, values).averages[0][0, 0].item()
    assert found == pytest.approx(expected, rel=1e-4)
