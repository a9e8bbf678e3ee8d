"""What went wrong in a fit that ended, said in warnings with the numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aae_sklearn.exceptions import (
    CodesCollapsedWarning,
    DiscriminatorWinsWarning,
    ReconstructionCollapsedWarning,
    TrainingInterruptedWarning,
)
from aae_sklearn.game._loop import TrainingResult
from aae_sklearn.model._model import Model
from aae_sklearn.rows._missing import select_filled
from aae_sklearn.settings import _defaults as defaults


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
        warnings.warn(
            f"Ctrl-C ended the training in epoch {len(training.records)} of "
            f"{model.config.n_epochs}; the model is usable as it stands, and warm_start=True "
            "would go on from it",
            TrainingInterruptedWarning,
            stacklevel=4,
        )
    n_rows = rows.shape[0]
    some = select_filled(rows, np.arange(0, n_rows, -(-n_rows // defaults.DIAGNOSED_ROWS)))
    for category, problem in _problems(model, training, some):
        warnings.warn(problem, category, stacklevel=4)


def _problems(
    model: Model, training: TrainingResult, rows: Any
) -> Iterator[tuple[type[Warning], str]]:
    explained = model.explained_variance(rows)
    if explained < defaults.COLLAPSED_EXPLAINED_VARIANCE:
        yield (
            ReconstructionCollapsedWarning,
            f"the reconstruction explains {explained:.3f} of the variance, no better than the "
            "mean row does; raise max_iter or n_components, or lower adversarial_weight",
        )
    loss = training.records[-1].losses.get("discriminator_loss", math.inf)
    if loss < defaults.WINNING_DISCRIMINATOR_LOSS:
        yield (
            DiscriminatorWinsWarning,
            f"the discriminator tells nearly all codes from the prior (its loss is {loss:.3f}; "
            "equilibrium is 1.386); raise adversarial_weight or max_iter, or lower "
            "discriminator_learning_rate_init",
        )
    spread = _spread(model.encode_working(rows))
    if spread.min() < defaults.COLLAPSED_SPREAD:
        yield (
            CodesCollapsedWarning,
            f"the codes' standard deviations along their {len(spread)} principal directions "
            f"range from {spread.max():.3f} down to {spread.min():.3f}, where the prior's are "
            "near 1; raise adversarial_weight or max_iter, or lower n_components",
        )


def _spread(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Standard deviations of the codes along their principal directions, largest first."""
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    spread: NDArray[np.float64] = np.linalg.svd(centred, compute_uv=False) / np.sqrt(len(codes))
    return spread
