"""What the first line of a text file says, and rows that are longer than it."""

import numpy as np
import pytest

pytest.importorskip("pandas")

ROWS = np.random.RandomState(0).normal(size=(30, 3)).round(3) + 5


def lines(separator=",", point="."):
    """The rows as text."""
    cells = [[f"{cell:.3f}".replace(".", point) for cell in row] for row in ROWS]
    return [separator.join(row) for row in cells]


def written(first, *others):
    with open("rows.csv", "w", encoding="utf-8") as file:
        file.write("\n".join([first, *others]))
    return "rows.csv"


@pytest.mark.parametrize(
    ("first", "separator", "point"),
    [
        ("4.5,,3", ",", "."),
        ("4.5,NA,3", ",", "."),
        ("?,5.5,3", ",", "."),
        ("4,5;5,5;6,5", ";", ","),
        ("\ufeff4.5,5.5,6.5", ",", "."),
        ("4.5e+00 5.5e+00 6.5e+00", " ", "."),
        ("4.5\t5.5\t6.5", "\t", "."),
    ],
)
def test_numbers_in_the_first_line_are_a_row(command, first, separator, point):
    path = written(first, *lines(separator, point))
    _, out, err = command(path)
    assert "rows.csv: 31 rows, 3 columns" in out, err
    assert "numbers: 0, 1, 2\n" in out


@pytest.mark.parametrize("first", ["a,b,c", ",1990,1991", "0,1,2", "1.5,b,2.5"])
def test_names_in_the_first_line_are_none(command, first):
    _, out, err = command(written(first, *lines()))
    assert "rows.csv: 30 rows, 3 columns" in out, err


@pytest.mark.parametrize(("typed", "separator"), [("\\t", "\t"), (" ", "  ")])
def test_a_separator_may_be_typed_as_it_is_called(command, typed, separator):
    path = written(separator.join("abc"), *lines(separator))
    _, out, err = command(path, "--sep", typed)
    assert "numbers: a, b, c\n" in out, err


def test_a_separator_at_the_end_of_each_row_makes_no_column_of_names(command):
    rows = [f"{i * i},k{i % 3}," for i in range(40)]
    _, out, err = command(written("a,b", *rows), "--color", "b", "--codes", "codes.csv")
    assert "rows.csv: 40 rows, 2 columns" in out, err
    assert "numbers: a\n" in out
    with open("codes.csv") as file:
        assert [line.strip().split(",")[-1] for line in file][1:4] == ["k0", "k1", "k2"]


def test_rows_with_a_cell_more_begin_with_their_names(command):
    rows = [f"row {i},{line}" for i, line in enumerate(lines())]
    _, out, err = command(written("a,b,c", *rows), "--color", "b", "--codes", "codes.csv")
    assert "so their first cell is their name" in out, err
    with open("codes.csv") as file:
        cells = [line.strip().split(",") for line in file]
    assert [row[0] for row in cells[:3]] == ["row", "row 0", "row 1"]
    np.testing.assert_allclose([float(row[3]) for row in cells[1:]], ROWS[:, 1])


@pytest.mark.parametrize("title", ["# made by x", "one,two"])
def test_a_title_above_the_names_is_refused(refused, title):
    rows = [f"{i},{line}" for i, line in enumerate(lines())]
    sentence = refused(written(title, "a,b,c,d", *rows))
    assert "delete what stands above the names" in sentence


def test_separators_in_quotes_separate_nothing(command):
    rows = [f"{row[0]};{row[1]};{row[2]}" for row in ROWS]
    _, out, err = command(written('"income, gross, of a year";age;"height, cm"', *rows))
    assert "numbers: income, gross, of a year, age, height, cm\n" in out, err


def test_decimal_commas_of_one_column_need_a_separator(command, refused):
    path = written("a", *[f"{row[0]:.1f}".replace(".", ",") for row in ROWS])
    assert "rows have 2 cells and the first line has 1" in refused(path)
    _, out, err = command(path, "--sep", ";")
    assert "commas are decimal points: a" in out, err
