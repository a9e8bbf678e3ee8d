"""Cells that are filled in, against the distribution that rows were drawn from."""

import numpy as np
import pytest
import torch
from scipy import sparse

from aae_sklearn.rows._filled import Filled, known_by_index
from aae_sklearn.rows._missing import _fit_loadings, fit_filler
from aae_sklearn.rows._rows import select_rows
from aae_sklearn.runtime._names import Names
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture
def low_rank():
    rng = np.random.RandomState(0)
    return rng.standard_normal((500, 2)) @ rng.standard_normal((2, 12)) + 5


@pytest.mark.parametrize("kind", ["common", "per_feature"])
def test_rows_of_few_directions_are_filled_in_nearly_exactly(low_rank, kind):
    is_missing = np.random.RandomState(1).uniform(size=low_rank.shape) < 0.2
    rows = np.where(is_missing, np.nan, low_rank)
    filled = fit_filler(rows, kind).fill(rows)
    error = np.square((filled - low_rank)[is_missing]).mean() / low_rank.var()
    assert error < 0.01
    np.testing.assert_array_equal(filled[~is_missing], low_rank[~is_missing])


def test_a_row_is_filled_in_by_itself(low_rank):
    rows = low_rank.copy()
    rows[::3, ::4] = np.nan
    filler = fit_filler(rows, "common")
    np.testing.assert_allclose(filler.fill(rows[:7]), filler.fill(rows)[:7], rtol=1e-12)
    assert filler.fill(low_rank) is low_rank


def test_a_wild_cell_does_not_spoil_the_others(low_rank):
    rows = low_rank.copy()
    rows[::3, ::4] = np.nan
    wild = rows.copy()
    wild[1, 1] = 1e30
    usual, found = (fit_filler(r, "common").fill(rows) for r in (rows, wild))
    np.testing.assert_allclose(found, usual, atol=0.5)


def test_known_cells_of_a_file_are_read_again_and_not_kept(low_rank, tmp_path):
    rows = low_rank.astype("f4")
    rows[::3, ::4] = np.nan
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    filler, index = fit_filler(rows, "common"), torch.tensor([9, 0, 301, 2])
    for kind in (mapped, sparse.csr_array(rows), rows):
        known = known_by_index(Filled(kind, filler.fill), torch.device("cpu"))
        np.testing.assert_array_equal(known(index), ~np.isnan(rows[index]))
    of_map = known_by_index(Filled(mapped, filler.fill), torch.device("cpu"))
    held = [cell.cell_contents for cell in of_map.__closure__]
    assert not any(isinstance(value, torch.Tensor) for value in held)


def test_a_column_without_a_known_cell_has_no_loading():
    rng = np.random.default_rng(0)
    x, known = rng.standard_normal((9, 5)), np.ones((9, 5), dtype=bool)
    known[:, 2], known[0, 3] = False, False
    loadings, noise = _fit_loadings(np.where(known, x, 0.0), known, 1)
    assert np.isfinite(loadings).all()
    assert (loadings[:, 2] == 0).all()
    assert (noise > 0).all()


def test_columns_that_the_deciding_rows_do_not_know_are_looked_up(low_rank, monkeypatch):
    monkeypatch.setattr(defaults, "FILLING_ROWS", 20)
    rows = low_rank.copy()
    rows[1:, 3], rows[:300, 4] = np.nan, np.nan
    rows[400:, 4] = np.nan
    rows[np.linspace(0, 499, 20).astype(int), 4:6] = np.nan
    filled = fit_filler(rows, "common").fill(rows)
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(filled[~np.isnan(rows)], rows[~np.isnan(rows)])
    rows[:, 5] = np.nan
    names = Names(columns=["a", "b", "c", "d", "e", "f"])
    with pytest.raises(ValueError, match="column 'f' of X has no known cell"):
        fit_filler(rows, "common", names)


@pytest.mark.parametrize("order", ["C", "F"])
def test_chosen_rows_are_not_filled_in_again(low_rank, order):
    rows = low_rank.copy(order=order)
    rows[::3, ::4] = np.nan
    filler = fit_filler(rows, "common")
    calls = []
    filled = Filled(rows, lambda some: calls.append(len(some)) or filler.fill(some))
    index = np.array([0, 5, 6, 499])
    n_calls = len(calls)
    chosen = select_rows(filled, index)
    read = chosen[0:4]
    assert len([n for n in calls[n_calls:] if n > 1]) == 0
    np.testing.assert_array_equal(read, filler.fill(rows)[index])
    np.testing.assert_array_equal(chosen.known(slice(1, 3)), ~np.isnan(rows[index[1:3]]))
    assert chosen.dtype == rows.dtype
