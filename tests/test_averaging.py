"""Running averages of weights."""

import numpy as np
import pytest
import torch

from aae_sklearn.game._averages import WeightAverages


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


def test_swap_exchanges_and_twice_is_no_change(module):
    averages = averages_of(module, [1.0] * 50 + [5.0])
    before = [weight.clone() for weight in module.parameters()]
    mean = [average.clone() for average in averages.averages]
    averages.swap()
    assert all(map(torch.equal, module.parameters(), mean))
    averages.swap()
    assert all(map(torch.equal, module.parameters(), before))


def test_swap_keeps_the_parameters_themselves(module):
    weights = list(module.parameters())
    averages_of(module, [1.0]).swap()
    assert all(weight is now for weight, now in zip(weights, module.parameters(), strict=True))
    assert all(weight.requires_grad for weight in weights)
