"""Files of numpy: which array is mapped, and by what it is coloured."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

ROWS = np.random.RandomState(0).normal(size=(40, 6)).astype(np.float32)
pytest.importorskip("pandas")


def test_a_plain_array(command):
    np.save("rows.npy", ROWS)
    status, out, _ = command("rows.npy", "--codes", "codes.npy")
    assert status == 0
    assert np.load("codes.npy").shape == (40, 2)
    assert "rows.npy: 40 rows of shape (6,)" in out


def test_images_are_rows_of_pixels(command):
    np.save("images.npy", ROWS.reshape(40, 2, 3))
    np.save("rows.npy", ROWS)
    command("images.npy", "--codes", "a.npy")
    command("rows.npy", "--codes", "b.npy")
    np.testing.assert_array_equal(np.load("a.npy"), np.load("b.npy"))


def test_color_has_two_spellings(command):
    np.savez("all.npz", X=ROWS, y=np.arange(40) % 2)
    status, out, _ = command("all.npz", "--colour", "y", "--codes", "codes.csv")
    assert status == 0
    assert "colour: y" in out


def test_labels_and_their_names(command):
    np.savez("all.npz", X=ROWS, y=np.arange(40) % 2, label_names=["odd", "even"], Z=ROWS[:9])
    status, out, err = command("all.npz", "--color", "y", "--codes", "codes.csv")
    assert status == 0, err
    assert "all.npz, array X: 40 rows" in out
    with open("codes.csv") as file:
        assert [line.split(",")[3].strip() for line in file][1:3] == ["odd", "even"]


def test_an_array_by_its_name(command):
    np.savez("all.npz", X=ROWS, other=ROWS[:30])
    command("all.npz", "--key", "other", "--codes", "codes.npy")
    assert np.load("codes.npy").shape == (30, 2)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
def test_a_sparse_matrix(command, refused, kind):
    sparse.save_npz("sparse.npz", sparse.csr_matrix(np.maximum(ROWS, 0)).asformat(kind))
    assert "holds one array and none called 'y'" in refused("sparse.npz", "--color", "y")
    status, _out, err = command("sparse.npz", "--rows", 30, "--codes", "codes.npy")
    assert status == 0, err
    assert np.load("codes.npy").shape == (30, 2)


def test_what_is_no_table_of_numbers(refused):
    np.save("vector.npy", np.arange(4.0))
    assert "a map needs rows and columns" in refused("vector.npy")
    np.save("objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    assert "Python objects, which may run code" in refused("objects.npy")
    np.savez("objects.npz", X=np.array([{}, 1], dtype=object))
    assert "Python objects, which may run code" in refused("objects.npz")
    np.save("words.npy", np.array([["a", "b"], ["c", "d"]]))
    assert "no plain numbers; save it as CSV" in refused("words.npy")
    np.savez("vectors.npz", a=np.arange(3), b=np.arange(3))
    assert "none of the arrays (a, b) has rows and columns" in refused("vectors.npz")
    with open("cut.npz", "wb") as file:
        file.write(b"PK\x03\x04")
    assert "cannot be read as arrays" in refused("cut.npz")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (lambda name: np.save(name, np.zeros((0, 4, 4))), "shape (0, 4, 4); a map needs rows"),
        (lambda name: Path(name).write_text("a,b\n1,2\n"), "write it by numpy.save or"),
        (lambda name: Path(name).write_bytes(b"PK"), "write it by numpy.save or"),
    ],
)
def test_what_numpy_did_not_write(refused, written, sentence):
    written("file.npy")
    assert sentence in refused("file.npy")


def test_what_is_in_a_file_counts_and_not_its_name(command):
    np.save("rows.npy", ROWS)
    np.savez("all.npz", X=ROWS)
    for path, name in (("rows.npy", "array.npz"), ("all.npz", "arrays.npy")):
        Path(path).rename(name)
        status, _, err = command(name, "--codes", "codes.NPY")
        assert status == 0, err
        assert np.load("codes.NPY").shape == (40, 2)


def test_names_that_are_not_there(refused):
    np.savez("all.npz", X=ROWS, y=np.arange(40))
    assert "there is no array 'Z'; arrays are X, y" in refused("all.npz", "--key", "Z")
    np.savez("one.npz", X=ROWS, y=np.arange(40), one=1)
    assert "has shape ()" in refused("one.npz", "--key", "one", "--color", "y")
    assert "such arrays are: y" in refused("all.npz", "--color", "label")
    np.save("rows.npy", ROWS)
    assert "numpy.savez" in refused("rows.npy", "--color", "y")


def test_rows_that_are_images(command, refused):
    np.save("rows.npy", ROWS)
    status, _, err = command("rows.npy", "--image", "2x3", "--out", "map.html")
    assert status == 0, err
    assert "--image 2x4 has 8 pixels, and rows have 6" in refused("rows.npy", "--image", "2x4")
    with pytest.raises(SystemExit, match="2"):
        command("rows.npy", "--image", "2by3")
