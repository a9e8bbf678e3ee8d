"""One column or one row that has all of the variance is named, and only such."""

import warnings

import numpy as np
import pytest

from aae_sklearn.exceptions import DominatedVarianceWarning
from aae_sklearn.rows._dominance import warn_of_dominance
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.runtime._names import NO_NAMES


@pytest.fixture
def rows():
    return np.random.RandomState(0).standard_normal((200, 5))


def check(rows, kind="common"):
    warn_of_dominance(rows, fit_standardizer(rows, kind), kind, NO_NAMES)


def test_a_column_in_another_unit_is_named_and_the_remedy_works(rows):
    rows[:, 2] *= 1000
    with pytest.warns(
        DominatedVarianceWarning, match=r"column 2 .* feature_scaling='per_feature'"
    ):
        check(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(rows, "per_feature")


def test_few_columns_of_many_are_named_together():
    rows = np.random.RandomState(0).standard_normal((200, 30))
    rows[:, [4, 9]] *= 1000
    with pytest.warns(DominatedVarianceWarning, match=r"column \d .* and .*column \d .* carry"):
        check(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(rows[:, :19])  # two of 19 are not few
        rows[:, :4] *= 1000
        check(rows)


def test_a_row_far_from_all_others_is_named(rows):
    rows[9] *= 200
    with pytest.warns(DominatedVarianceWarning, match=r"row 9 .* drop it"):
        check(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(np.delete(rows, 9, axis=0))


def test_few_rows_far_from_all_others_are_counted(rows):
    many = np.random.RandomState(0).standard_normal((1000, 5))
    many[100:110] = 300 * np.sign(many[100:110])
    with pytest.warns(DominatedVarianceWarning, match=r"10 rows, the first row 100 .* drop them"):
        check(many)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(many[:250])  # ten of 250 are not few
        check(np.delete(many, range(100, 110), axis=0))


def test_nothing_is_said_of_one_column_or_of_usual_rows(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(rows)
        check(rows[:, :1])


def test_constant_columns_do_not_count(rows):
    constant = np.ones((200, 25))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(np.hstack([rows[:, :1], constant]))  # no other unit gives the others a say
        check(np.hstack([rows * [1000, 1000, 1, 1, 1], constant]))  # two of five are not few
    with pytest.warns(DominatedVarianceWarning, match="column 0 "):
        check(np.hstack([rows * [1000, 1, 1, 1, 1], constant]))
