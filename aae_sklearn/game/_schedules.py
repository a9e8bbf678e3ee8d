"""What changes as training goes on: learning rates, and noise in the game."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from aae_sklearn.settings import _defaults as defaults


class Schedule(Protocol):
    """Rates and noise as a function of the number of steps done."""

    def rate_factor(self, step: int) -> float:
        """Share of the peak learning rate."""

    def blur(self, step: int) -> float:
        """Standard deviation of the noise on what a discriminator reads."""


@dataclass(frozen=True)
class PlannedSchedule:
    """Rates rise over the first steps, then fall along a cosine to 0.

    Attributes
    ----------
    n_steps : int
        Steps that are planned.
    least_blur : float
        What is left of the noise in the end.
    """

    n_steps: int
    least_blur: float = 0.0

    def rate_factor(self, step: int) -> float:
        warm_up = n_warm_up_steps(self.n_steps)
        if step < warm_up:
            return (step + 1) / warm_up
        progress = min(1.0, (step - warm_up) / max(1, self.n_steps - warm_up))
        return (1 + math.cos(math.pi * progress)) / 2

    def blur(self, step: int) -> float:
        end = defaults.BLUR_END_SHARE * self.n_steps
        return max(self.least_blur, defaults.BLUR_SPREAD * (1 - step / end))


@dataclass(frozen=True)
class EndlessSchedule:
    """Rates rise, then fall with the root of the steps, for as long as it goes.

    Warm-up and noise are those of a plan of so many steps as a stream is thought to have.

    Attributes
    ----------
    least_blur : float
        What is left of the noise in the end.
    """

    least_blur: float = 0.0

    def rate_factor(self, step: int) -> float:
        warm_up = n_warm_up_steps(defaults.STREAM_STEPS)
        return (step + 1) / warm_up if step < warm_up else math.sqrt(warm_up / step)

    def blur(self, step: int) -> float:
        return PlannedSchedule(defaults.STREAM_STEPS, self.least_blur).blur(step)


def n_warm_up_steps(n_steps: int) -> int:
    """Steps in which the rate rises; at least one."""
    return max(1, round(defaults.WARM_UP_SHARE * n_steps))


class Clock:
    """How many steps are done, and what follows from it.

    Attributes
    ----------
    schedule : Schedule
    n_done : int
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.n_done = 0

    @property
    def rate_factor(self) -> float:
        """Share of the peak learning rate in the present step."""
        return self.schedule.rate_factor(self.n_done)

    @property
    def blur(self) -> float:
        """Standard deviation of the noise on what a discriminator reads in the present step."""
        return self.schedule.blur(self.n_done)

    def tick(self) -> None:
        """One more step is done."""
        self.n_done += 1
