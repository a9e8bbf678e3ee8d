"""What y may hold, against scikit-learn's and pandas' own reading of it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder

from aae_sklearn.rows._label_values import UNKNOWN, known_labels
from aae_sklearn.rows._labels import as_classes, read_targets


def read_classes(y, n_rows, unlabeled="auto"):
    return as_classes(*known_labels(y, n_rows, unlabeled))


LETTERS = ["b", "a", "b", "c"]


@pytest.mark.parametrize(
    "y",
    [
        [3, 1, 3, 2],
        [0.0, 2.0, 0.0, 1.0],
        [True, False, True, False],
        LETTERS,
        np.array(LETTERS),
        np.array(LETTERS, dtype=object),
        pd.Series(LETTERS, dtype="string"),
        pd.Series(LETTERS, dtype="category"),
    ],
)
def test_classes_are_those_of_a_label_encoder(y):
    encoder = LabelEncoder()
    expected = encoder.fit_transform(np.asarray(y))
    classes = read_classes(y, 4)
    np.testing.assert_array_equal(classes.codes, expected)
    np.testing.assert_array_equal(classes.names, encoder.classes_)
    np.testing.assert_array_equal(read_classes(np.reshape(y, (4, 1)), 4).codes, expected)


@pytest.mark.parametrize(
    ("y", "unlabeled"),
    [
        ([7, -1, 7, 5], -1),
        ([7, -1, 7, 5], "auto"),
        (["x", None, "x", "a"], "auto"),
        ([2, None, 2, 1], "auto"),
        (pd.Series(["x", None, "x", "a"], dtype="string"), "auto"),
        (np.array(["x", -1, "x", "a"], dtype=object), "auto"),
        ([7, 0, 7, 5], 0),
        (["x", "", "x", "a"], ""),
        (["x", "?", "x", "a"], "?"),
        (["x", None, "x", "a"], None),
        ([2.0, np.nan, 2.0, 1.0], None),
        (np.array(["x", -1, "x", "a"], dtype=object), -1),
        (pd.Series(["x", None, "x", "a"], dtype="string"), None),
        (pd.Series(["x", None, "x", "a"], dtype="category"), None),
        (pd.Series([2, None, 2, 1], dtype="Int64"), None),
    ],
)
def test_unknown_labels_have_a_code_of_their_own(y, unlabeled):
    classes = read_classes(y, 4, unlabeled)
    np.testing.assert_array_equal(classes.codes, [1, UNKNOWN, 1, 0])
    np.testing.assert_array_equal(classes.is_known, [True, False, True, True])
    np.testing.assert_array_equal(classes.take(np.array([3, 1])).codes, [0, UNKNOWN])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y is None; pass a label for each row"),
        ([1, 2, 2], "X has 4 rows and y has 3 labels"),
        ([[1, 0]] * 4, r"one label for each row, got shape \(4, 2\)"),
        ([-1] * 4, "all 4 are unknown by unlabeled='auto'"),
        ([1, 2, np.nan, 2], r"missing value in row 2 .*unlabeled=None"),
        ([1, 2, np.nan, -1], "missing value in row 2"),
        ([1, 2, np.inf, 2.0], "infinite values"),
        (["a", 1, "b", 2], "mixes strings and numbers, such as 'a' and 1"),
        (["a", "", "b", "b"], "pass unlabeled=''"),
        (np.array(["a", -1, "b", "b"]), "the string '-1', which would be a class"),
        ([1, {}, 2, 2], "got {}"),
        (np.array(["2026-01-01"] * 4, dtype="M8[D]"), "got dtype datetime64"),
        ([5, 5, -1, 5], "all known labels of y are 5"),
        ([5, 6, 7, 8], "no two rows have the same label in y, which has 4 classes"),
    ],
)
def test_what_cannot_be_labels_is_told(y, message):
    with pytest.raises(ValueError, match=message):
        read_targets(y, 4)


def test_minus_one_and_one_are_two_classes_if_nothing_is_said():
    np.testing.assert_array_equal(read_classes([-1, 1, 1], 3).codes, [0, 1, 1])
    np.testing.assert_array_equal(read_classes([-1, 1, 1], 3, -1).codes, [UNKNOWN, 0, 0])


def test_classes_are_alike_or_not_and_unknown_ones_between():
    classes = read_classes([1, 1, 2, -1], 4)
    rows, others = np.zeros((2, 2), dtype=int), np.array([[0, 1], [2, 3]])
    same, different = classes.unlikeness(rows, others)
    np.testing.assert_array_equal(same, 0)
    assert different[0] == 1
    assert 0 < different[1] < 1
    assert classes.unlikeness(others, rows)[1, 1] == different[1]


def test_numbers_are_the_more_unlike_the_further_their_ranks_are_apart():
    y = np.random.RandomState(0).standard_cauchy(50)
    first, second = np.triu_indices(50, k=1)
    rank = pd.Series(y).rank().to_numpy()
    apart = np.abs(rank[first] - rank[second])
    targets = read_targets(y, 50)
    unlike = targets.unlikeness(first, second)
    near = unlike < 1
    np.testing.assert_allclose(unlike[near], unlike[near].max() * apart[near] / apart[near].max())
    assert 5 < apart[near].max() < apart[~near].min() < 25
    np.testing.assert_array_equal(targets.unlikeness(first, first), 0)


def test_numbers_do_not_depend_on_the_unit_and_may_be_unknown():
    y = np.array([0.5, np.nan, 3.0, 1e9, 2.0])
    targets, scaled = read_targets(y, 5, None), read_targets(1e-3 * y + 7, 5, None)
    np.testing.assert_array_equal(targets.ranks, scaled.ranks)
    np.testing.assert_array_equal(np.isnan(targets.ranks), np.isnan(y))
    rows = np.array([0, 1])
    assert 0 < targets.unlikeness(rows, rows)[1] < 1
    np.testing.assert_array_equal(np.isnan(targets.take(rows).ranks), [False, True])
