"""Labels as people pass them: dates, missing ones, nullable and mixed types, too many."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.colors import to_rgba
from sklearn.decomposition import PCA

from aae_sklearn.display import EmbeddingDisplay
from aae_sklearn.display._columns import as_column, is_missing, name_of
from aae_sklearn.display._palette import find_classes
from aae_sklearn.display._style import FAINT

N = 400
CODES = np.random.default_rng(0).normal(size=(N, 2))
DAYS = pd.date_range("2024-01-01", periods=N)


def grey_rows(shown):
    """Places of the grey points."""
    grey = (shown.points_.get_facecolors()[:, :3] == to_rgba(FAINT)[:3]).all(axis=1)
    return set(map(tuple, shown.points_.get_offsets()[grey]))


@pytest.mark.parametrize(
    "dates",
    [
        pd.Series(DAYS),
        pd.Series(DAYS.tz_localize("Europe/Berlin")),
        pd.Series(DAYS.to_period("D")),
        DAYS.to_numpy(),
        DAYS.tolist(),
        [day.date() for day in DAYS],
        pl.Series(DAYS.tolist()),
        pd.Series(DAYS).where(np.arange(N) % 50 > 0),
    ],
    ids=["series", "zone", "period", "numpy", "timestamps", "date", "polars", "NaT"],
)
def test_dates_get_a_colour_bar_with_dates(dates):
    shown = EmbeddingDisplay.from_codes(CODES, dates)
    shown.figure_.canvas.draw()
    assert shown.labels_ == []
    assert shown.legend_ is None
    ticks = [label.get_text() for label in shown.colorbar_.ax.get_yticklabels()]
    assert {"2025", "Jul"} <= set(ticks)
    # In viridis the green channel grows with the value.
    offsets, green = shown.points_.get_offsets(), shown.points_.get_facecolors()[:, 1]
    row = {tuple(code): k for k, code in enumerate(CODES)}
    day = np.array([row[tuple(code)] for code in offsets])
    grey = np.isclose(green, to_rgba(FAINT)[1])
    assert (np.diff(green[~grey][np.argsort(day[~grey])]) >= 0).all()


def test_a_scale_of_dates_spans_their_range():
    low, high = EmbeddingDisplay.from_codes(CODES, DAYS).colorbar_.mappable.get_clim()
    first, last = (date.toordinal() for date in (dt.date(2024, 1, 1), dt.date(2025, 2, 3)))
    epoch = dt.date(1970, 1, 1).toordinal()
    assert low == pytest.approx(first - epoch, abs=3)
    assert high == pytest.approx(last - epoch, abs=3)


@pytest.mark.parametrize(
    ("unit", "name"), [("D", "days"), ("h", "days"), ("min", "hours"), ("us", "seconds")]
)
def test_durations_count_in_a_unit_that_fits(unit, name):
    durations = pd.Series(pd.to_timedelta(np.arange(N), unit=unit), name="age")
    shown = EmbeddingDisplay.from_codes(CODES, durations)
    assert shown.colorbar_.ax.get_ylabel() == f"age ({name})"


def test_dates_can_be_classes():
    days = np.where(np.arange(N) % 2, np.datetime64("2024-05-01"), np.datetime64("2025-06-01"))
    shown = EmbeddingDisplay.from_codes(CODES, days, color_by="classes")
    texts = [text.get_text() for text in shown.legend_.get_texts()]
    assert texts == ["2024-05-01", "2025-06-01"]


@pytest.mark.parametrize(
    "make",
    [
        lambda known: np.where(known, "a", None),
        lambda known: np.where(known, 1.0, np.nan),
        lambda known: pd.Series(np.ones(N)).astype("Int64").mask(~known),
        lambda known: pd.Series(known).astype("boolean").mask(~known),
        lambda known: pd.Series(np.where(known, "a", "b"), dtype="category").cat.set_categories(
            ["a"]
        ),
        lambda known: pd.Series(np.where(known, "a", "b")).mask(~known),
        lambda known: pd.Series(np.arange(N) / 7.0).mask(~known),
        lambda known: pd.Series(np.arange(N)).astype("Int64").mask(~known),
    ],
    ids=["None", "NaN", "Int64", "boolean", "category", "str", "values", "Int64 values"],
)
def test_missing_labels_are_grey_and_said_to_be(make):
    known = np.arange(N) % 4 > 0
    shown = EmbeddingDisplay.from_codes(CODES, make(known), labels=None)
    assert grey_rows(shown) == set(map(tuple, CODES[~known]))
    assert "100 unlabelled, grey" in shown.note_.get_text()


def test_integers_with_missing_ones_keep_their_names():
    y = pd.Series(np.arange(N) % 4).astype("Int64").mask(np.arange(N) % 4 == 3)
    shown = EmbeddingDisplay.from_codes(CODES, y, label_names=list("abcd"), labels="legend")
    names = [text.get_text() for text in shown.legend_.get_texts()]
    assert names == ["a", "b", "c", "unlabelled"]
    shown = EmbeddingDisplay.from_codes(CODES, y, labels="legend")
    assert [text.get_text() for text in shown.legend_.get_texts()][:3] == ["0", "1", "2"]


def test_labels_of_types_that_cannot_be_compared_are_text():
    column = as_column([1, "a", None, 2.5], 4, "y")
    assert column.tolist() == ["1", "a", None, "2.5"]
    np.testing.assert_array_equal(is_missing(column), [False, False, True, False])


def test_a_frame_of_one_column_is_its_column():
    frame = pd.DataFrame({"CD19": np.arange(N) / 3})
    assert EmbeddingDisplay.from_codes(CODES, frame).colorbar_.ax.get_ylabel() == "CD19"
    assert name_of([1, 2]) is None
    with pytest.raises(ValueError, match="one label or value per row"):
        as_column(frame.assign(other=1), N, "y")


def test_names_of_rows_are_not_classes():
    names = np.array([f"doc {k}" for k in range(N)])
    with pytest.warns(UserWarning, match="400 different labels, most of them on a single row"):
        shown = EmbeddingDisplay.from_codes(CODES, names)
    assert shown.labels_ == []
    assert shown.legend_ is None
    assert "none of 400 labels coloured" in shown.note_.get_text()


def test_of_too_many_classes_the_largest_are_coloured_and_it_is_said():
    names = np.array([f"class {k % 90}" for k in range(N)])
    with pytest.warns(UserWarning, match="90 different labels, the 40 most frequent"):
        shown = EmbeddingDisplay.from_codes(CODES, names)
    assert len(shown.labels_) == 40
    assert "40 of 90 labels coloured" in shown.note_.get_text()


def test_forty_classes_need_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        EmbeddingDisplay.from_codes(CODES, [f"class {k % 40}" for k in range(N)])


def test_text_has_no_values_and_old_and_new_labels_are_of_one_kind():
    with pytest.raises(ValueError, match="color_by='values' needs numbers or dates"):
        EmbeddingDisplay.from_codes(CODES, ["a"] * N, color_by="values")
    with pytest.raises(ValueError, match="must be of one kind, got datetime64"):
        EmbeddingDisplay.from_codes(CODES, DAYS, new_codes=CODES[:2], new_y=[0.5, 0.6])


@pytest.mark.parametrize(
    ("y", "y_new", "message"),
    [
        (np.arange(N) % 3, ["a", "b"], r"such as 'a' and 0; .* np.asarray\(y\)"),
        (np.arange(N) % 3, np.array(["a", "b"]), "such as 'a' and 0;"),
        (np.arange(N) % 2 == 0, [None, "b"], "such as 'b' and True;"),
        (["a"] * N, [1, 2], r"such as 'a' and 1; .* np.asarray\(y_new\)"),
        (
            (np.arange(N) % 2).astype("M8[D]"),
            ["a", "b"],
            r"such as 'a' and 1970-01-01.*np.asarray\(y\)",
        ),
    ],
)
def test_old_and_new_labels_are_all_strings_or_none_is(y, y_new, message):
    pca = PCA(2).fit(CODES)
    with pytest.raises(ValueError, match=f"y and y_new mix strings and other values, {message}"):
        EmbeddingDisplay.from_estimator(pca, CODES, y, X_new=CODES[:2], y_new=y_new)
    with pytest.raises(ValueError, match="y and new_y mix strings and other values"):
        EmbeddingDisplay.from_codes(CODES, y, new_codes=CODES[:2], new_y=y_new)
    as_text = np.asarray(y).astype(str), np.asarray(y_new).astype(str)
    EmbeddingDisplay.from_codes(CODES, as_text[0], new_codes=CODES[:2], new_y=as_text[1])
    EmbeddingDisplay.from_codes(CODES, y, new_codes=CODES[:2], new_y=[None, None])


@pytest.mark.parametrize(
    "labels",
    [
        ["a", float("nan"), "b", "a"],
        ("a", float("nan"), "b", "a"),
        np.ma.masked_array(["a", "a", "b", "a"], [0, 1, 0, 0]),
    ],
    ids=["list", "tuple", "masked"],
)
def test_a_missing_label_among_text_is_no_class(labels):
    column = as_column(labels, 4, "y")
    np.testing.assert_array_equal(is_missing(column), [False, True, False, False])
    assert find_classes(column).names == ("a", "b")


def test_masked_values_are_missing():
    column = as_column(np.ma.masked_array([1.5, 1e9, 2.5], [0, 1, 0]), 3, "y")
    np.testing.assert_array_equal(column, [1.5, np.nan, 2.5])
