"""A saved Pipeline reads other files as the command read its own."""

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
joblib = pytest.importorskip("joblib")

RNG = np.random.default_rng(0)
NUMBERS = pd.DataFrame(RNG.normal(size=(60, 3)), columns=list("abc"))
KINDS = ["red", "green", "blue"] * 20


def saved(command, frame, *words):
    """The Pipeline of a table, and its codes."""
    frame.to_csv("table.csv", index=False)
    status, _, err = command("table.csv", *words, "--save", "model.joblib", "--codes", "codes.npy")
    assert status == 0, err
    return joblib.load("model.joblib"), np.load("codes.npy")


def test_texts_of_a_frame_or_of_a_list(command):
    words = np.array([["sea", "ship", "wave", "port"], ["wheat", "corn", "farm", "field"]])
    body = [" ".join(RNG.choice(words[i % 2], 3)) for i in range(60)]
    frame = pd.DataFrame({"topic": np.arange(60) % 2, "body": body})
    model, codes = saved(command, frame, "--text", "body")
    np.testing.assert_allclose(model.transform(frame), codes, atol=1e-6)
    np.testing.assert_allclose(model.transform(body), codes, atol=1e-6)
    assert np.isfinite(model.transform(frame.assign(body=None))).all()
    with pytest.raises(ValueError, match="X has no column 'body'; it has topic"):
        model.transform(frame[["topic"]])


def test_names_and_words_with_blanks_before_them(command):
    frame = NUMBERS.assign(kind=KINDS)
    model, codes = saved(command, frame)
    blank = frame.assign(kind=" " + frame["kind"]).rename(columns=lambda name: f" {name}")
    np.testing.assert_allclose(model.transform(blank), codes, atol=1e-6)


def test_flags_of_which_one_is_missing(command):
    model, codes = saved(command, NUMBERS.assign(flag=NUMBERS["a"] > 0))
    gappy = NUMBERS.assign(flag=(NUMBERS["a"] > 0).astype(object))
    gappy.loc[0, "flag"] = np.nan
    np.testing.assert_allclose(model.transform(gappy)[1:], codes[1:], atol=1e-6)


@pytest.mark.parametrize("columns", [{}, {"kind": KINDS}])
def test_rows_whose_index_is_not_unique(command, columns):
    frame = NUMBERS.assign(**columns)
    model, codes = saved(command, frame)
    twice = model.transform(pd.concat([frame, frame]))
    np.testing.assert_allclose(twice, np.concatenate([codes, codes]), atol=1e-6)


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [("{:,}", "commas separate thousands"), ("{},5", "commas are decimal points")],
)
def test_commas_of_thousands_and_of_decimals(command, capsys, cell, meaning):
    price = RNG.integers(10, 90_000, size=60)
    frame = pd.DataFrame({"price": [cell.format(value) for value in price], "a": NUMBERS["a"]})
    frame.to_csv("table.csv", index=False)
    _, out, _ = command("table.csv", "--save", "model.joblib", "--codes", "codes.npy")
    assert f"{meaning}: price" in out
    model = joblib.load("model.joblib")
    read = model[0].transform(frame)["price"]
    np.testing.assert_array_equal(read, price + 0.5 * ("5" in cell))
    np.testing.assert_allclose(model.transform(frame), np.load("codes.npy"), atol=1e-6)
