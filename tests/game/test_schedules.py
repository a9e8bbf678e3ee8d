"""Rates rise and fall within their peak, and noise ends."""

from functools import partial

import numpy as np
import pytest

from aae_sklearn.game._schedules import Clock, EndlessSchedule, PlannedSchedule


@pytest.mark.parametrize("n_steps", [1, 2, 10, 1000])
def test_rates_rise_and_fall_within_their_peak(n_steps):
    schedule = PlannedSchedule(n_steps)
    factors = [schedule.rate_factor(step) for step in range(n_steps)]
    assert all(0 < factor <= 1 for factor in factors)
    peak = int(np.argmax(factors))
    assert factors[peak] == 1
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert peak <= 0.5 * n_steps


def test_rates_peak_after_15_percent_of_the_steps():
    schedule = PlannedSchedule(1000)
    assert [schedule.rate_factor(step) for step in (74, 149, 150)] == [0.5, 1, 1]
    assert schedule.rate_factor(151) < 1


def test_rates_end_at_zero_and_stay_there():
    schedule = PlannedSchedule(1000)
    assert schedule.rate_factor(1000) == pytest.approx(0, abs=1e-12)
    assert schedule.rate_factor(2000) == pytest.approx(0, abs=1e-12)
    assert schedule.rate_factor(999) < 1e-3


def test_rates_without_an_end_rise_and_then_fall_with_the_root_of_the_steps():
    schedule = EndlessSchedule()
    factors = [schedule.rate_factor(step) for step in (0, 74, 149, 150, 600, 15_000)]
    np.testing.assert_allclose(factors, [1 / 150, 0.5, 1, 1, 0.5, 0.1])


@pytest.mark.parametrize("schedule", [partial(PlannedSchedule, 1000), EndlessSchedule])
def test_blur_falls_along_a_line_to_the_least(schedule):
    steps = (0, 350, 700, 999, 10_000)
    blur = [schedule().blur(step) for step in steps]
    np.testing.assert_allclose(blur, [0.4, 0.2, 0, 0, 0], atol=1e-12)
    blur = [schedule(least_blur=0.3).blur(step) for step in steps]
    np.testing.assert_allclose(blur, [0.4, 0.3, 0.3, 0.3, 0.3])


def test_a_clock_says_what_its_schedule_says_of_the_steps_done():
    schedule = PlannedSchedule(10)
    clock = Clock(schedule)
    for step in range(12):
        assert clock.rate_factor == schedule.rate_factor(step)
        assert clock.blur == schedule.blur(step)
        clock.tick()
    assert clock.n_done == 12
