"""What a user calls the rows and columns that a fit sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Names:
    """Numbers of rows, and names of columns, for messages.

    Attributes
    ----------
    rows : ndarray of shape (n_rows,) or None
        Which rows of X these are; None for all.
    columns : sequence of str or None
        None for numbers.
    """

    rows: NDArray[np.int64] | None = None
    columns: Sequence[str] | None = None

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Those of the columns that an estimator has seen."""
        return cls(columns=getattr(estimator, "feature_names_in_", None))

    def of_rows(self, rows: NDArray[np.int64] | None) -> Self:
        """These, of some rows."""
        return replace(self, rows=rows)

    def without_columns(self) -> Self:
        """These, where columns are no longer those of X."""
        return replace(self, columns=None)

    def row(self, row: int) -> str:
        """A row."""
        return f"{self._row(row)} (counted from 0)"

    def column(self, column: int) -> str:
        """A column."""
        if self.columns is None:
            return f"column {column} (counted from 0)"
        return f"column {self.columns[column]!r}"

    def cell(self, row: int, column: int) -> str:
        """A cell."""
        named = self._row(row) if self.columns is None else self.row(row)
        return f"{named}, {self.column(column)}"

    def _row(self, row: int) -> str:
        return f"row {row if self.rows is None else int(self.rows[row])}"


NO_NAMES = Names()
