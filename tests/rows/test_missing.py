"""Cells that are filled in, against the law that rows were drawn from."""

import numpy as np
import pytest

from aae_sklearn.rows._missing import fit_filler


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
