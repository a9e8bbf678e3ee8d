"""What counts as a class, what as no label, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from aae_sklearn.estimators._labels import class_index, known_classes, read_labels
from aae_sklearn.rows._label_values import known_labels


@pytest.mark.parametrize(
    ("y", "unlabeled", "classes", "index"),
    [
        ([3, -1, 5, 3], "auto", [3, 5], [0, -1, 1, 0]),
        ([-1, 1, 1, -1], "auto", [-1, 1], [0, 1, 1, 0]),
        ([-1, 1, 0, -1], "auto", [0, 1], [-1, 1, 0, -1]),
        ([0, 1, 7, 7], 7, [0, 1], [0, 1, -1, -1]),
        (["b", "a", "", "b"], "", ["a", "b"], [1, 0, -1, 1]),
        (["b", None, "a", None], "auto", ["a", "b"], [1, -1, 0, -1]),
        ([2.0, np.nan, 4.0, 2.0], np.nan, [2.0, 4.0], [0, -1, 1, 0]),
        ([2.0, np.nan, 4.0, 2.0], None, [2.0, 4.0], [0, -1, 1, 0]),
        (["b", None, "a", None], None, ["a", "b"], [1, -1, 0, -1]),
        (pd.Series([3, pd.NA, 5, 3], dtype="Int64"), None, [3, 5], [0, -1, 1, 0]),
        (pd.Categorical([3, None, 5, 3]), "auto", [3, 5], [0, -1, 1, 0]),
        ([True, False, True, False], "auto", [False, True], [1, 0, 1, 0]),
        (pd.Series(["x", pd.NA, "y", "x"]), "auto", ["x", "y"], [0, -1, 1, 0]),
        (np.array([4, -1, 2, 4], dtype=object), "auto", [2, 4], [1, -1, 0, 1]),
        (["b", None, "a", "b"], pd.NA, ["a", "b"], [1, -1, 0, 1]),
    ],
)
def test_classes_are_ascending_and_rows_without_a_label_have_none(y, unlabeled, classes, index):
    labels = read_labels(y, 4, unlabeled)
    assert labels.names.tolist() == classes
    assert labels.codes.tolist() == index
    np.testing.assert_array_equal(labels.one_hot().argmax(axis=1), np.maximum(index, 0))
    assert (labels.one_hot().sum(axis=1) == labels.is_known).all()
    assert labels.is_known.tolist() == [place >= 0 for place in index]


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="needs numpy 2")
def test_numpys_strings_of_any_length_are_labels():
    y = np.array(["b", None, "a", "b"], dtype=np.dtypes.StringDType(na_object=None))
    labels = read_labels(y, 4, "auto")
    assert labels.names.tolist() == ["a", "b"]
    assert labels.codes.tolist() == [1, -1, 0, 1]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([-1, -1, -1], "no class: all of its 3 values are .*-1.*AdversarialAutoencoderClusterer"),
        ([2, -1, 2], "only one class, .*2.* in 2 labelled rows"),
        ([0, 1], "2 labels for 3 rows"),
        ([0.0, np.nan, 1.0], "y contains NaN, first in row 1; .* use unlabeled=None"),
        ([0.5, 1.25, 3.1], "Unknown label type"),
        (["b", "", "a"], "has the string '', .* pass unlabeled='' if it is an unknown label"),
        (["b", "a", "-1"], "has the string '-1', which would be a class"),
        (np.array(["b", "a", ""], dtype=object), "has the string ''"),
        (np.array([1, "a", 1], dtype=object), "mixes strings and numbers, such as 'a' and 1;"),
        (np.array(["a", 1, None], dtype=object), "mixes strings and numbers, such as 'a' and 1;"),
        (None, "requires y to be passed"),
    ],
)
def test_what_cannot_be_learnt_is_told(y, message):
    with pytest.raises(ValueError, match=message):
        read_labels(y, 3, "auto")


@pytest.mark.parametrize(
    ("y", "classes", "labelled"),
    [
        ([1, -1, 1, -1], [0, 1], [True, False, True, False]),
        ([1, -1, 1, -1], [-1, 1], [True, True, True, True]),
        ([7, -1, 0, 1], [0, 1], [True, False, True, True]),  # a class that was not fitted is wrong
        (["a", None, "long", "a"], ["a", "b"], [True, False, True, True]),
    ],
)
def test_what_has_a_label_follows_from_the_classes_that_were_fitted(y, classes, labelled):
    known, is_labelled = known_classes(np.array(y, dtype=object), 4, "auto", np.array(classes))
    assert is_labelled.tolist() == labelled
    assert known.tolist() == [label for label, has in zip(y, labelled, strict=True) if has]
    with pytest.raises(ValueError, match="y has no class: all of its 3 values are"):
        known_classes(np.full(3, -1), 3, "auto", np.array([0, 1]))


def test_a_label_that_is_none_of_the_classes_is_named():
    classes = np.array(["a", "b"])
    assert class_index(classes, "b", 2).tolist() == [1, 1]
    assert class_index(classes, ["b", "a"], 2).tolist() == [1, 0]
    with pytest.raises(ValueError, match="'c' is none of the classes 'a', 'b'"):
        class_index(classes, "c", 2)
    with pytest.raises(ValueError, match=r"shape \(3,\); pass one label, or 2"):
        class_index(classes, ["a", "b", "a"], 2)


@pytest.mark.parametrize("read", [read_labels, known_labels])
def test_masked_labels_are_unknown(read):
    y = np.ma.array([3, 1, 2, 1, 2], mask=[True, False, False, False, False])
    found = read(y, 5, "auto")
    is_known = found.is_known if hasattr(found, "is_known") else found[1]
    assert is_known.tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("read", [read_labels, known_labels])
@pytest.mark.parametrize(("values", "dtype"), [([True, False], "boolean"), ([3, 7], "Int64")])
def test_nullable_labels_that_are_missing_are_unknown(read, values, dtype):
    y = pd.Series([pd.NA, *values, *values], dtype=dtype)
    found = read(y, 5, "auto")
    is_known = found.is_known if hasattr(found, "is_known") else found[1]
    assert is_known.tolist() == [False, True, True, True, True]
    names = found.names if hasattr(found, "names") else np.unique(found[0])
    assert names.tolist() == sorted(values)


@pytest.mark.parametrize("read", [read_labels, known_labels])
def test_dates_are_no_labels(read):
    y = pd.Series(pd.to_datetime(["2020-01-01", None, "2020-01-02", "2020-01-01"]))
    with pytest.raises(ValueError, match="numbers, strings or booleans, got dtype datetime64"):
        read(y, 4, "auto")


def test_unlabeled_is_one_value():
    with pytest.raises(ValueError, match=r"unlabeled must be one value, got \[\]"):
        read_labels([0, 1], 2, [])
