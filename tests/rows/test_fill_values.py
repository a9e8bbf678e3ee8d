"""Numbers that look like missing cells are told, and others are not."""

import warnings

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import FillValuesWarning
from aae_sklearn.rows._bounds import Extremes
from aae_sklearn.rows._fill_values import warn_of_fill_values
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.runtime._names import NO_NAMES, Names


@pytest.fixture
def rows():
    return np.random.RandomState(0).uniform(10, 60, (200, 4))


def check(rows, names=NO_NAMES):
    warn_of_fill_values(rows, fit_standardizer(rows, "common").extremes, names)


@pytest.mark.parametrize("value", [-99.0, -999.0, 999.0, 9_999.0])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_a_fill_value_is_told_with_its_column_and_the_others(rows, value, container):
    rows[::10, 2] = value
    others = np.delete(rows[:, 2], np.arange(0, 200, 10))
    words = (
        rf"column 2 .*has {value:g} in 20 of 200 rows, where other cells lie between "
        rf"{others.min():g} and {others.max():g}; .*missing_values='mask'"
    )
    with pytest.warns(FillValuesWarning, match=words):
        check(container(rows))


def test_a_negative_number_among_positive_ones_is_told_however_far_they_reach(rows):
    wide = rows * 100
    wide[::10, 2] = -999
    with pytest.warns(FillValuesWarning, match="column 2 .*has -999 in 20 of 200 rows"):
        check(wide)


def test_several_columns_are_named(rows):
    rows[:4, 1] = rows[:4, 3] = -999
    with pytest.warns(FillValuesWarning, match=r"'age' has .*; the same may hold for .*'mass';"):
        check(rows, Names(columns=("id", "age", "size", "mass")))
    many = np.repeat(rows[:, 1:2], 9, axis=1)
    many[9, 4] = np.nan
    with pytest.warns(FillValuesWarning, match=r"column 4 .* and 4 more columns;"):
        warn_of_fill_values(many, Extremes(np.full(9, -999.0), np.full(9, 60.0)), NO_NAMES)


def test_missing_cells_are_no_fill_values(rows):
    rows[::10, 2] = -999
    aae = AdversarialAutoencoder(max_iter=1, layout_max_iter=5, hidden_layer_sizes=(8,))
    with pytest.warns(FillValuesWarning) as told:
        aae.fit(rows)
    assert told[0].filename == __file__  # the line of the user, not of the package
    rows[::10, 2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error", FillValuesWarning)
        aae.set_params(missing_values="mask").fit(rows)


def test_nothing_is_said_of_numbers_that_may_be_meant(rows):
    one = rows.copy()
    one[7, 2] = -999  # a single cell
    near = rows.copy()
    near[::10, 2] = 99  # among numbers up to 60
    of_two = rows.copy()
    of_two[:, 2] = np.where(rows[:, 2] > 30, 99, 0)
    other = rows.copy()
    other[::10, 2] = -990
    debts = rows * 30 - 900
    debts[::10, 2] = -999  # among other negative numbers
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for table in (rows, one, near, of_two, other, debts, rows * 999 / rows.max()):
            check(table)
