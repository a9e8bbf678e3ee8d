"""h5ad: counts, layers, colours, and the codes back in the file."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.command._cells import _logarithms, plain_strings

anndata = pytest.importorskip("anndata")
pytestmark = pytest.mark.filterwarnings("ignore")  # those of anndata's own imports


@pytest.fixture
def cells(tmp_path):
    """A file of 40 cells with counts of 12 genes."""
    rng = np.random.RandomState(0)
    counts = rng.poisson(rng.gamma(1.0, 8.0, size=12), size=(40, 12)).astype(np.float32)
    counts[0, 0] = 90
    path = tmp_path / "cells.h5ad"
    with plain_strings():
        data = anndata.AnnData(sparse.csr_matrix(counts))
        data.obs["kind"] = np.array(["a", "b"])[np.arange(40) % 2]
        data.layers["double"] = data.X * 2
        data.obsm["X_pca"] = rng.normal(size=(40, 5))
        data.write_h5ad(path)
    return path


def test_codes_are_written_where_scanpy_looks_for_them(command, cells):
    status, out, err = command(cells, "--color", "kind", "--codes", "mapped.h5ad")
    assert status == 0, err
    assert "counts: over the sum of each cell, times 10,000, logarithm of 1 + x" in out
    mapped = anndata.read_h5ad("mapped.h5ad")
    assert mapped.obsm["X_aae"].shape == (40, 2)
    np.testing.assert_array_equal(mapped.X.toarray(), anndata.read_h5ad(cells).X.toarray())


def test_counts_are_normalised_as_by_the_formula(cells):
    counts = anndata.read_h5ad(cells).X
    dense = counts.toarray().astype(float)
    expected = np.log1p(1e4 * dense / dense.sum(axis=1, keepdims=True))
    for rows in (counts, dense):
        logs, said = _logarithms(rows)
        logs = logs.toarray() if sparse.issparse(logs) else logs
        np.testing.assert_allclose(logs, expected, rtol=1e-5)
        assert len(said) == 1
    assert _logarithms(expected)[1] == []


def test_components_and_genes(command, refused, cells):
    status, _, err = command(cells, "--key", "X_pca", "--color", "3", "--codes", "codes.csv")
    assert status == 0, err
    with open("codes.csv") as file:
        assert file.readline().strip() == "row,code_1,code_2,3"
    assert "neither a column of obs nor a gene; obs has kind" in refused(cells, "--color", "z")
    assert "there are: double, X_pca" in refused(cells, "--key", "raw")
