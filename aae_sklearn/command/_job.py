"""The fit, with what it warns about as sentences."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from aae_sklearn.command._data import Data
from aae_sklearn.command._errors import CommandError
from aae_sklearn.estimators._adversarial_autoencoder import AdversarialAutoencoder
from aae_sklearn.rows._bounds import Extremes
from aae_sklearn.rows._fill_values import warn_of_fill_values
from aae_sklearn.runtime._names import Names

MOST_ROWS_SCORED = 10_000
_WORDS = {
    "feature_scaling='per_feature'": "--scaling per_feature",
    "make them NaN and use missing_values='mask'": "leave them empty",
}


@dataclass(frozen=True)
class Fitted:
    """A model with the codes of all rows.

    Attributes
    ----------
    model : AdversarialAutoencoder
    codes : ndarray of shape (n_rows, n_components)
    explained_variance : float
        Of at most 10,000 rows, evenly spaced.
    warnings : tuple of str
    """

    model: Any
    codes: Any
    explained_variance: float
    warnings: tuple[str, ...]


def fit(data: Data, options: argparse.Namespace) -> Fitted:
    """Fit the model; progress goes to stderr, so that the report can be piped.

    Raises
    ------
    CommandError
        If the rows cannot be fitted.
    """
    _check_images(data, options)
    model = AdversarialAutoencoder(
        options.components,
        prior=options.prior,
        metric=options.metric or data.metric,
        feature_scaling=data.scaling,
        missing_values="mask" if data.has_missing or _saves_pipeline(options) else "error",
        random_state=options.seed,
        verbose=0 if options.quiet else 1,
    )
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("default")
        if data.standardizer is not None:  # which hides what a number looks like
            _warn_of_fill_values(data)
        codes, score = _fit_and_score(model, data.standardized)
    return Fitted(model, codes, score, _sentences(caught))


def _fit_and_score(model: AdversarialAutoencoder, rows: Any) -> tuple[Any, float]:
    try:
        codes = model.fit_transform(rows)
        step = -(-rows.shape[0] // MOST_ROWS_SCORED)
        return codes, float(model.score(rows[::step]))
    except (ValueError, TypeError, ArithmeticError) as error:
        if "metric_params" in str(error):
            raise CommandError(
                f"--metric {model.metric} has parameters, which only Python can pass "
                "(metric_params of AdversarialAutoencoder); use another metric"
            ) from error
        raise CommandError(f"the rows cannot be fitted: {error}") from error
    except MemoryError as error:
        raise CommandError("the rows do not fit in memory; map some: --rows") from error


def _saves_pipeline(options: argparse.Namespace) -> bool:
    """Whether rows with other missing cells may be read by what is saved."""
    return options.save is not None and options.save.suffix.lower() == ".joblib"


def _warn_of_fill_values(data: Data) -> None:
    rows = np.asarray(data.rows, dtype=float)
    extremes = Extremes(np.nanmin(rows, axis=0), np.nanmax(rows, axis=0))
    warn_of_fill_values(rows, extremes, Names(columns=list(data.feature_names)))


def _check_images(data: Data, options: argparse.Namespace) -> None:
    """Raise if rows have not as many columns as an image has pixels."""
    n_columns = data.rows.shape[1]
    if options.image and math.prod(options.image) != n_columns:
        words = "x".join(map(str, options.image))
        raise CommandError(
            f"--image {words} has {math.prod(options.image):,} pixels, and rows have "
            f"{n_columns:,} columns that are fitted"
        )


def _sentences(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Warnings in the words of the command: options for parameters."""
    messages = []
    for warning in caught:
        message = str(warning.message)
        for of_python, here in _WORDS.items():
            message = message.replace(of_python, here)
        messages.append(message)
    return tuple(dict.fromkeys(messages))
