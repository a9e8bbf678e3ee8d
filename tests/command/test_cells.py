"""h5ad: counts, layers, colours, and the codes back in the file."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.command._cells import are_counts, log_counts, plain_strings

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
        logs = log_counts(rows)
        logs = logs.toarray() if sparse.issparse(logs) else logs
        np.testing.assert_allclose(logs, expected, rtol=1e-5)
        assert are_counts(rows)
    assert not are_counts(expected)


def test_components_and_genes(command, refused, cells):
    status, _, err = command(cells, "--key", "X_pca", "--color", "3", "--codes", "codes.csv")
    assert status == 0, err
    with open("codes.csv") as file:
        assert file.readline().strip() == "row,code_1,code_2,3"
    assert "neither a column of obs nor a gene; obs has kind" in refused(cells, "--color", "z")
    assert "there are: double, X_pca" in refused(cells, "--key", "raw")


def test_a_saved_pipeline_reads_counts(command, cells):
    joblib = pytest.importorskip("joblib")
    _, out, err = command(cells, "--rows", 30, "--save", "model.joblib", "--codes", "codes.npy")
    assert "counts: over" in out, err
    chosen = np.sort(np.random.RandomState(0).choice(40, 30, replace=False))
    codes = joblib.load("model.joblib").transform(anndata.read_h5ad(cells).X[chosen])
    np.testing.assert_allclose(codes, np.load("codes.npy"), atol=1e-6)


def test_cells_without_x_or_with_a_name_twice(refused, tmp_path):
    with plain_strings():
        data = anndata.AnnData(shape=(40, 3))
        data.obsm["X_pca"] = np.random.RandomState(0).normal(size=(40, 5))
        data.var_names = ["g", "g", "h"]
        data.write_h5ad(tmp_path / "cells.h5ad")
    assert "name another array by --key: X_pca" in refused("cells.h5ad")
    sentence = refused("cells.h5ad", "--key", "X_pca", "--color", "g")
    assert "several genes are called g" in sentence
