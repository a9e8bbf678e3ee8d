"""What a linear classifier says of the classes of all rows, and how far it is to be believed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit

from aae_sklearn.settings import _defaults as defaults

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

_ALWAYS_SHOWN = -1  # PredefinedSplit never holds it out


@dataclass(frozen=True)
class LinearGuess:
    """Probabilities by a logistic regression, and their share in a mean with others.

    Attributes
    ----------
    probabilities : ndarray of shape (n_rows, n_classes)
    share : float
        From 0 to 1.
    """

    probabilities: Floats
    share: float

    def mixed_with(self, others: Floats) -> Floats:
        """The weighted mean of these and other probabilities."""
        return _mix(others, self.probabilities, self.share)


@dataclass(frozen=True)
class LabelledRows:
    """Rows with a label, in parts that are held out in turn.

    Attributes
    ----------
    x : ndarray of shape (n_labelled, n_inputs)
    codes : ndarray of shape (n_labelled,)
        Their classes.
    n_classes : int
    part : ndarray of shape (n_labelled,)
        Rows of a class take turns; the only row of one is always shown.
    """

    x: Floats
    codes: Indices
    n_classes: int
    part: Indices

    @classmethod
    def divide(cls, x: Floats, given: Floats) -> LabelledRows:
        """Parts of rows whose classes are 1 in `given`."""
        codes = given.argmax(axis=1)
        is_alone = np.bincount(codes)[codes] == 1
        part = np.where(is_alone, _ALWAYS_SHOWN, _turns(codes) % defaults.LINEAR_PARTS)
        return cls(x, codes, given.shape[1], part)

    def cross_guess(self, guess: Callable[[Indices, Indices], Floats]) -> Floats:
        """Probabilities for each part, guessed from the rows that are shown then."""
        guesses = np.zeros((len(self.codes), self.n_classes), dtype=np.float32)
        for shown, held_out in PredefinedSplit(self.part).split():
            guesses[held_out] = guess(shown, held_out)
        return guesses

    def cross_regress(self, strength: float) -> Floats:
        """What a logistic regression guesses of each part."""

        def guess(shown: Indices, held_out: Indices) -> Floats:
            return self.regress(shown, strength)(self.x[held_out])

        return self.cross_guess(guess)

    def regress(self, shown: Indices, strength: float) -> Callable[[Floats], Floats]:
        """Probabilities of classes by a logistic regression of the rows that are shown."""
        regression = LogisticRegression(C=strength, max_iter=defaults.LINEAR_MAX_ITER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            regression.fit(self.x[shown].astype(np.float64), self.codes[shown])
        return lambda x: regression.predict_proba(x).astype(np.float32)

    def surprise(self, guesses: Floats) -> float:
        """Mean negative logarithm of what the true classes of rows in parts got."""
        judged = np.flatnonzero(self.part != _ALWAYS_SHOWN)
        of_true = guesses[judged, self.codes[judged]]
        doubt = defaults.LINEAR_DOUBT
        return -float(np.log((1 - doubt) * of_true + doubt / self.n_classes).mean())


def guess_linearly(
    x: Floats, given: Floats, spread: Callable[[Floats], Floats]
) -> LinearGuess | None:
    """A logistic regression of the labelled rows, where it knows what labels that spread do not.

    Where classes are groups, labels that spread over the graph of neighbours err less; where they
    are directions, the regression does. Cross-validation on the labelled rows says which
    (benchmarks/notes/labels.md, "A linear guess").

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_inputs)
        With a variance of 1 in all columns together.
    given : ndarray of shape (n_rows, n_classes)
        1 at the class of a row that has a label, and else 0.
    spread : callable
        From labels as `given` to probabilities of all rows.

    Returns
    -------
    guess : LinearGuess or None
        None if it is to have no share.
    """
    index = np.flatnonzero(given.any(axis=1))
    step = -(-len(index) // defaults.LINEAR_MAX_LABELS)
    index = index[_turns(given[index].argmax(axis=1)) % step == 0]  # the first of each class, too
    rows = LabelledRows.divide(x[index], given[index])
    if (rows.part == _ALWAYS_SHOWN).all():
        return None

    def spread_without(_: Indices, held_out: Indices) -> Floats:
        others = given.copy()
        others[index[held_out]] = 0
        guesses: Floats = spread(others)[index[held_out]]
        return guesses

    spread_guesses = rows.cross_guess(spread_without)
    best = (rows.surprise(spread_guesses), 0.0, 0.0)
    for strength in defaults.LINEAR_STRENGTHS:
        guesses = rows.cross_regress(strength)
        for share in defaults.LINEAR_SHARES:
            surprise = rows.surprise(_mix(spread_guesses, guesses, share))
            best = min(best, (surprise, share, strength))
    _, share, strength = best
    if share == 0:
        return None
    return LinearGuess(rows.regress(np.arange(len(index)), strength)(x), share)


def _turns(codes: Indices) -> Indices:
    """How many rows of its class come before each."""
    order = np.argsort(codes, kind="stable")
    turns = np.empty_like(order)
    turns[order] = np.arange(len(codes)) - np.searchsorted(codes[order], codes[order])
    return turns


def _mix(some: Floats, others: Floats, share: float) -> Floats:
    """The mean of both, with so large a share of the others."""
    mixed: Floats = some + np.float32(share) * (others - some)
    return mixed
