"""What one epoch of training amounted to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class EpochRecord:
    """Mean losses of one epoch.

    Attributes
    ----------
    reconstruction_loss : float
        Squared error of a row over the variance of a row, or cross-entropy per feature.
    discriminator_loss : float
        Both terms of the discriminator's loss; 2 ln 2 is a draw.
    encoder_loss : float
        The encoder's side of the game; ln 2 is a draw.
    validation_score : float or None
        Explained variance of the validation rows, None where there are none.
    """

    reconstruction_loss: float
    discriminator_loss: float
    encoder_loss: float
    validation_score: float | None = None

    def losses(self) -> dict[str, float]:
        """The losses by name."""
        values = asdict(self)
        values.pop("validation_score")
        return values


def as_lists(records: Iterable[EpochRecord]) -> dict[str, list[float]]:
    """Turn records into plain lists by name; a name without values has an empty list."""
    records = list(records)
    return {
        field.name: [
            value for record in records if (value := getattr(record, field.name)) is not None
        ]
        for field in fields(EpochRecord)
    }
