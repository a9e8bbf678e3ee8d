"""Single cells: h5ad files of AnnData."""

from __future__ import annotations

import argparse
import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.preprocessing import FunctionTransformer

from aae_sklearn.command._data import Data, plain_scaling, some_rows
from aae_sklearn.command._errors import UNREADABLE, CommandError, count, need, shown

TARGET_SUM = 1e4  # counts of a cell after normalisation, scanpy's convention


def read_h5ad(path: Path, options: argparse.Namespace) -> Data:
    """Cells by the expression of their genes."""
    cells = _open(path)
    notes = [f"{path.name}: {count(cells.n_obs, 'cell')}, {count(cells.n_vars, 'gene')}"]
    has_counts = are_counts(_matrix(cells, options.key))
    keep = some_rows(cells.n_obs, options)
    if keep is not None:
        with plain_strings():
            cells = cells[keep].copy()
        notes.append(f"{len(keep):,} of them, chosen at random")
    rows = _matrix(cells, options.key)
    if has_counts:
        rows = log_counts(rows)
        notes.append("counts: over the sum of each cell, times 10,000, logarithm of 1 + x")
    return Data(
        rows=rows,
        name=path.name,
        feature_names=_names(cells, options.key),
        notes=tuple(notes),
        index=np.asarray(cells.obs_names),
        color=_color(cells, options.color),
        color_name=options.color,
        scaling=plain_scaling(options),
        columns=cells.obs,
        reader=FunctionTransformer(log_counts) if has_counts else None,
        cells=cells,
    )


def _open(path: Path) -> Any:
    anndata = need("anndata", "reading h5ad")
    try:
        with plain_strings():
            return anndata.read_h5ad(path)
    except UNREADABLE as error:
        raise CommandError(f"{path} cannot be read as h5ad: {error}") from error


@contextlib.contextmanager
def plain_strings() -> Iterator[None]:
    """A context in which pandas keeps strings as objects.

    From pandas 3 on it has strings of its own, which anndata up to 0.12 does not write.
    """
    pandas = need("pandas", "reading h5ad")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas says that this will not last beyond its version 3
        with pandas.option_context("future.infer_string", False):
            yield


def _matrix(cells: Any, key: str | None) -> Any:
    there = [*cells.layers, *cells.obsm]
    if key is None and cells.X is None:
        raise CommandError(f"there is no X; name another array by --key: {shown(there) or 'none'}")
    if key is not None and key not in there:
        raise CommandError(f"--key: no layer or obsm is called {key!r}; there are: {shown(there)}")
    if key is None:
        return cells.X
    return cells.layers[key] if key in cells.layers else cells.obsm[key]


def _names(cells: Any, key: str | None) -> list[str] | None:
    """Names of genes; components have none."""
    return None if key in cells.obsm else [str(name) for name in cells.var_names]


def are_counts(rows: Any) -> bool:
    """Whether all are whole numbers, none is negative, and some are large."""
    values = rows.data if sparse.issparse(rows) else np.asarray(rows)
    return bool(
        values.size and values.min() >= 0 and values.max() >= 20 and not (values % 1).any()
    )


def log_counts(rows: Any) -> Any:
    """Logarithms of counts over the sum of each row, also in the Pipeline that is saved."""
    totals = np.asarray(rows.sum(axis=1), dtype=np.float64).ravel()
    factors = TARGET_SUM / np.maximum(totals, 1.0)
    if sparse.issparse(rows):
        scaled = sparse.diags_array(factors) @ rows.tocsr().astype(np.float32)
        return sparse.csr_matrix(scaled.log1p().astype(np.float32))
    return np.log1p(np.asarray(rows, dtype=np.float32) * factors[:, None]).astype(np.float32)


def _color(cells: Any, name: str | None) -> Any:
    """A column of obs, or the expression of a gene."""
    if name is None:
        return None
    if name in cells.obs:
        return cells.obs[name]
    if (cells.var_names == name).sum() > 1:
        raise CommandError(f"--color: several genes are called {name}; rename them")
    if name in cells.var_names:
        return np.asarray(cells.obs_vector(name))
    raise CommandError(
        f"--color: {name!r} is neither a column of obs nor a gene; obs has "
        f"{shown(list(cells.obs.columns)) or 'no columns'}"
    )
