"""scikit-learn's callbacks, told of the fit and of each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aae_sklearn.game._history import EpochRecord
from aae_sklearn.model._model import Model


class FitTask:
    """The task that scikit-learn's callbacks see of a fit, with one subtask for each epoch.

    Parameters
    ----------
    estimator : estimator with scikit-learn's callback mixin
    n_epochs : int
    rows, y : the data of the fit
    """

    def __init__(self, estimator: Any, n_epochs: int, rows: Any, y: object) -> None:
        self.estimator = estimator
        # An autoencoder's target is the rows; ScoringMonitor scores only where there is one.
        self.data = {"X": rows, "y": rows if y is None else y}
        self.context = estimator._init_callback_context(max_subtasks=n_epochs)
        self.context.call_on_fit_task_begin(estimator=estimator, **self.data)

    def epochs(self, model: Model, known: Mapping[str, Any]) -> EpochTasks:
        """An observer of the epochs in which the model is trained.

        `known` holds fitted attributes that are known before the fit ends, such as the classes.
        """
        return EpochTasks(self, model, known)

    def finish(self) -> None:
        """Tell that the fit has ended."""
        self.context.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes={}, **self.data
        )


class EpochTasks:
    """Observer that opens and closes a subtask for each epoch."""

    def __init__(self, fit: FitTask, model: Model, known: Mapping[str, Any]) -> None:
        self.fit = fit
        self.model = model
        self.known = known

    def begin(self, epoch: int) -> None:
        self.context = self.fit.context.subcontext(task_name="epoch")
        self.context.call_on_fit_task_begin(estimator=self.fit.estimator, **self.fit.data)

    def end(self, epoch: int, record: EpochRecord) -> bool:
        return bool(
            self.context.call_on_fit_task_end(
                estimator=self.fit.estimator,
                reconstruction_attributes=self._attributes,
                **self.fit.data,
            )
        )

    def _attributes(self) -> dict[str, Any]:
        """Fitted state as of now; a copy, since training goes on."""
        return {
            **self.known,
            "_model": self.model.copy(),
            "prior_": self.model.seen_prior,
            "embedding_": np.empty((0, self.model.config.network.n_seen)),
        }
