"""What one epoch of training amounted to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LOSSES = ("reconstruction_loss", "discriminator_loss", "encoder_loss")
VALIDATION_SCORE = "validation_score"


@dataclass(frozen=True)
class EpochRecord:
    """Mean losses of one epoch.

    Attributes
    ----------
    losses : mapping of str to float
        By the name of the term, for example "reconstruction_loss" (squared error of a row over
        the variance of a row, or cross-entropy per feature over that of the mean row),
        "discriminator_loss" (both of its terms; 2 ln 2 at equilibrium) and "encoder_loss"
        (ln 2 at equilibrium).
    validation_score : float or None
        Explained variance of the validation rows, None where there are none.
    """

    losses: Mapping[str, float]
    validation_score: float | None = None


def as_lists(records: Iterable[EpochRecord]) -> dict[str, list[float]]:
    """Turn records into plain lists by name; a loss or score that was not taken has none."""
    records = list(records)
    names = dict.fromkeys([*LOSSES, *(name for record in records for name in record.losses)])
    lists = {
        name: [record.losses[name] for record in records if name in record.losses]
        for name in names
    }
    scores = [record.validation_score for record in records]
    lists[VALIDATION_SCORE] = [score for score in scores if score is not None]
    return lists
