"""What a user should know of parameters before a fit and of what became of it, in warnings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.exceptions import (
    CodesCollapsedWarning,
    DiscriminatorWinsWarning,
    ParameterWithoutEffectWarning,
    ReconstructionCollapsedWarning,
    TrainingInterruptedWarning,
)
from aae_sklearn.game._loop import TrainingResult
from aae_sklearn.model._model import Model
from aae_sklearn.rows._rows import select_rows
from aae_sklearn.runtime._randomness import make_generator
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import TrainingConfig
from aae_sklearn.settings._effects import idle_parameters


@dataclass(frozen=True)
class _Cures:
    """What to do about a mean row, a game that is lost, and codes without spread."""

    reconstruction: str
    match: str
    spread: str


# Each was tried: tests/estimators/test_remedies.py.
_CURES = {
    "inputs": _Cures(
        "raise max_iter or n_components, or lower adversarial_weight",
        "raise adversarial_weight",
        "raise max_iter, or lower n_components",
    ),
    "taught": _Cures(
        "raise max_iter or n_components",
        "raise adversarial_weight, or use neighbor_weight=0",
        "raise max_iter, or lower n_components",
    ),
    "layout": _Cures(
        "raise max_iter or n_components",
        "raise adversarial_weight, lower n_components, or use neighbor_weight=0",
        "raise adversarial_weight, lower n_components, or use neighbor_weight=0",
    ),
}


_DIVERGED = "lower learning_rate_init, or raise batch_size"


def warn_of_idle(
    params: Mapping[str, Any], standing: Mapping[str, Any], config: TrainingConfig
) -> None:
    """Warn of each parameter that was set and has no effect under the others.

    Parameters
    ----------
    params, standing : mapping of str to object
        Parameters of the estimator, and their defaults.
    config : TrainingConfig
    """
    for idle in idle_parameters(params, standing, config):
        warn_user(str(idle), ParameterWithoutEffectWarning)


def warn_about(model: Model, training: TrainingResult, rows: Any) -> None:
    """Warn of what a user should know of a fit that ended: each case has its own class.

    Parameters
    ----------
    model : Model
    training : TrainingResult
    rows : {array, sparse matrix} of shape (n_samples, n_features)
        The rows that were fitted; some of them are looked at.
    """
    if training.interrupted:
        has_warm_start = model.config.network.heads is None
        goes_on = ", and warm_start=True would go on from it" if has_warm_start else ""
        warn_user(
            f"Ctrl-C ended the training in epoch {len(training.records)} of "
            f"{model.config.n_epochs}; the model is usable as it stands{goes_on}",
            TrainingInterruptedWarning,
        )
    n_rows = rows.shape[0]
    some = select_rows(rows, np.arange(0, n_rows, -(-n_rows // defaults.DIAGNOSED_ROWS)))
    for category, problem in _problems(model, training, some):
        warn_user(problem, category)


def _problems(
    model: Model, training: TrainingResult, rows: Any
) -> Iterator[tuple[type[Warning], str]]:
    cures = _CURES[model.config.features.kind]
    explained = model.explained_variance(rows)
    is_far = explained < defaults.DIVERGED_EXPLAINED_VARIANCE
    if explained < defaults.COLLAPSED_EXPLAINED_VARIANCE:
        yield (
            ReconstructionCollapsedWarning,
            f"the reconstruction explains {explained:.3g} of the variance, no better than the "
            f"mean row does; {_DIVERGED if is_far else cures.reconstruction}",
        )
    loss = training.records[-1].losses.get("discriminator_loss", math.inf)
    is_many = model.config.n_rows >= defaults.JUDGED_MATCH_ROWS
    if is_many and loss < defaults.WINNING_DISCRIMINATOR_LOSS:
        yield (
            DiscriminatorWinsWarning,
            f"the discriminator tells most codes from the prior (its loss is {loss:.3f}; "
            f"equilibrium is 1.386); {cures.match}",
        )
    heads = model.config.network.heads  # probabilities of classes sum to 1: they do not spread
    sampled = model.draw_working(rows, make_generator(0, model.device))  # means may spread less
    spread = _spread(sampled[:, 0 if heads is None else heads.n_classes :])
    if spread.min() < defaults.COLLAPSED_SPREAD:
        yield (
            CodesCollapsedWarning,
            f"the codes' standard deviations along their {len(spread)} principal directions "
            f"range from {spread.max():.3f} down to {spread.min():.3f}, where the prior's are "
            f"near 1; {cures.spread}",
        )


def _spread(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Standard deviations of the codes along their principal directions, largest first.

    Of fewer rows than a code has components there are as many directions as rows allow.
    """
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    spread: NDArray[np.float64] = np.linalg.svd(centred, compute_uv=False) / np.sqrt(len(codes))
    return spread[: max(1, len(codes) - 1)]
