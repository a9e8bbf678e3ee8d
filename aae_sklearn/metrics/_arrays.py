"""Checks of arrays that all measures share, and chunks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import check_array, gen_batches

from aae_sklearn.rows._kinds import nan_where_masked
from aae_sklearn.rows._label_values import in_one_kind, without_mask
from aae_sklearn.settings import _defaults as defaults

FloatArray = NDArray[np.float64]

ENTRIES_PER_CHUNK = 2**22  # of a distance matrix: 32 MB in float64

# These metrics scale by the variance of the rows that they are given, here a chunk.
METRICS_OF_ALL_ROWS = ("seuclidean", "mahalanobis")


def check_rows(X: Any, name: str, *, accept_sparse: bool = False) -> Any:
    """Rows as finite float64 numbers; a CSR matrix stays sparse if `accept_sparse`."""
    sparse_formats = ["csr"] if accept_sparse else False
    rows = check_array(
        nan_where_masked(X), dtype=np.float64, accept_sparse=sparse_formats, ensure_min_samples=2,
        input_name=name,
    )  # fmt: skip
    cells = rows.data if sparse.issparse(rows) else rows
    if max(cells.max(initial=0.0), -cells.min(initial=0.0)) > defaults.SQUARABLE:
        raise ValueError(
            f"{name} has numbers beyond {defaults.SQUARABLE:g}, whose squares float64 does not "
            f"hold; divide {name} by a constant"
        )
    return rows


def check_count(
    name: str, value: Any, most: int | None = None, of: str = "", *, least: int = 1
) -> None:
    """Refuse what is no whole number from the least to the most there can be."""
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if most is not None and most < least:
        raise ValueError(f"{name} can be {most} at most{of}; pass more rows")
    if is_whole and int(value) >= least and (most is None or value <= most):
        return
    limits = f"of at least {least}" if most is None else f"between {least} and {most}{of}"
    raise ValueError(f"{name} must be a whole number {limits}, got {value!r}")


def check_same_length(a: Any, b: Any, names: tuple[str, str]) -> None:
    """Refuse two arrays that do not describe the same rows."""
    if a.shape[0] != b.shape[0]:
        raise ValueError(
            f"{names[0]} has {a.shape[0]} rows and {names[1]} has {b.shape[0]}; "
            "pass the same rows in the same order"
        )


def check_rows_and_codes(X: Any, codes: ArrayLike, metric: Any) -> tuple[Any, FloatArray]:
    """Rows, or a square matrix of their distances, and one code for each."""
    if metric in METRICS_OF_ALL_ROWS:
        raise ValueError(
            f"metric={metric!r} depends on all rows and cannot be computed in chunks; "
            "scale the rows first and use metric='euclidean'"
        )
    rows = check_rows(X, "X", accept_sparse=metric != "precomputed")
    map_codes = check_rows(codes, "codes")
    check_same_length(rows, map_codes, ("X", "codes"))
    if metric == "precomputed" and rows.shape[0] != rows.shape[1]:
        raise ValueError(
            f"metric='precomputed' needs a square matrix of distances, got {rows.shape}"
        )
    return rows, map_codes


def check_same_width(a: Any, b: Any, names: tuple[str, str], advice: str) -> None:
    """Refuse two arrays with different numbers of columns."""
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"{names[1]} must have {a.shape[1]} columns as {names[0]} has, "
            f"got {b.shape[1]}; {advice}"
        )


def row_chunks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Slices of rows, each of at most ENTRIES_PER_CHUNK entries in ``n_columns`` columns."""
    yield from gen_batches(n_rows, max(1, ENTRIES_PER_CHUNK // n_columns))


def random_rows(
    rows: FloatArray, max_samples: int | None, random_state: np.random.RandomState
) -> FloatArray:
    """At most ``max_samples`` of the rows, chosen without replacement."""
    some = random_indices(len(rows), max_samples, random_state)
    return rows if some is None else rows[some]


def random_indices(
    n_rows: int, max_samples: int | None, random_state: np.random.RandomState
) -> NDArray[np.intp] | None:
    """Indices of ``max_samples`` rows, or None if there are no more."""
    if max_samples is None:
        return None
    check_count("max_samples", max_samples, least=2)
    if n_rows <= max_samples:
        return None
    return random_state.choice(n_rows, max_samples, replace=False)


def as_labels(y: ArrayLike, n_rows: int, name: str) -> NDArray[Any]:
    """Labels as an array of shape (n_rows,); refuse other shapes."""
    labels = np.asarray(without_mask(y))
    if labels.shape != (n_rows,):
        raise ValueError(f"{name} must have shape ({n_rows},), got {labels.shape}")
    return in_one_kind(labels, name)
