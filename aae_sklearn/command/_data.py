"""A file that was read: rows for the model, and what belongs to them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class Data:
    """Rows that can be fitted.

    Attributes
    ----------
    rows : {ndarray, DataFrame, sparse matrix} of shape (n_rows, n_features)
        Numbers; NaN is a missing cell.
    name : str
        Of the file.
    notes : tuple of str
        What was done to the file, a sentence each.
    index : sequence of shape (n_rows,) or None
        Names of the rows.
    color : sequence of shape (n_rows,) or None
        Classes or values by which the map is coloured.
    color_name : str or None
    columns : DataFrame of shape (n_rows, n_columns) or None
        The columns as they stand in the file.
    metric : str
        Of the estimator.
    scaling : {"common", "per_feature"}
        Of the estimator.
    reader : transformer or None
        From the columns of a file to those that are fitted.
    encoder : fitted transformer or None
        From these columns to rows.
    standardizer : fitted transformer or None
        From rows to what the model reads, and back.
    image_shape : tuple of int or None
        Where a row is an image.
    feature_names : sequence of str or None
        Names of the columns of rows.
    cells : AnnData or None
        What an h5ad file holds.
    """

    rows: Any
    name: str
    notes: tuple[str, ...] = ()
    index: Any = None
    color: Any = None
    color_name: str | None = None
    columns: Any = None
    metric: str = "euclidean"
    scaling: str = "common"
    reader: Any = None
    encoder: Any = None
    standardizer: Any = None
    image_shape: Any = None
    feature_names: Any = None
    cells: Any = None

    @property
    def standardized(self) -> Any:
        """Rows as the model reads them."""
        return self.rows if self.standardizer is None else self.standardizer.transform(self.rows)

    @property
    def has_missing(self) -> bool:
        """Whether a cell is NaN."""
        cells = self.rows.data if sparse.issparse(self.rows) else np.asarray(self.rows)
        return bool(cells.dtype.kind == "f" and np.isnan(cells).any())


def of_frame(frame: Any, options: argparse.Namespace, **parts: Any) -> Data:
    """Data of a table: index and colour are columns of it."""
    return Data(
        name=options.data.name,
        index=frame[options.index] if options.index else frame.index,
        color=frame[options.color] if options.color else None,
        color_name=options.color,
        columns=frame,
        **parts,
    )


def some_rows(n_rows: int, options: argparse.Namespace) -> NDArray[np.int64] | None:
    """Numbers of rows chosen at random, in their order; None for all."""
    if not options.rows or options.rows >= n_rows:
        return None
    rng = np.random.RandomState(options.seed)
    return np.sort(rng.choice(n_rows, options.rows, replace=False))


def plain_scaling(options: argparse.Namespace) -> str:
    """What was asked for; else columns of one unit."""
    return "common" if options.scaling == "auto" else str(options.scaling)
