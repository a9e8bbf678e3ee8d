"""Learning rates as a function of the step."""

from __future__ import annotations

import math

from aae_sklearn.settings import _defaults as defaults


def rate_factor(step: int, n_steps: int) -> float:
    """Rise over the first steps, then fall along a cosine to 0."""
    warm_up = max(1, round(defaults.WARM_UP_SHARE * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    progress = min(1.0, (step - warm_up) / max(1, n_steps - warm_up))
    return (1 + math.cos(math.pi * progress)) / 2


def endless_rate_factor(step: int, n_steps: int) -> float:
    """Rise as in `rate_factor`, then fall with the root of the steps, for as long as it goes."""
    warm_up = max(1, round(defaults.WARM_UP_SHARE * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return math.sqrt(warm_up / step)
