"""Files and words that cannot be mapped: one sentence that helps, and the status 2."""

import gzip
import os
import subprocess
import sys
import zlib

import numpy as np
import pytest

from aae_sklearn.command import _errors, main

pytest.importorskip("pandas")


@pytest.fixture
def written():
    """A function that writes a file and returns its name."""

    def write(name, content):
        with open(name, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return name

    return write


def numbers(n_rows, n_columns, seed=0):
    """Lines of random numbers below a line of names."""
    rows = np.random.RandomState(seed).normal(size=(n_rows, n_columns))
    names = ",".join(f"c{i}" for i in range(n_columns))
    return "\n".join([names, *(",".join(f"{cell:.3g}" for cell in row) for row in rows)])


# Without the time, which would be in the name of a test.
CUT = gzip.compress(numbers(500, 5).encode(), mtime=0)[:4_000]


SPOILT = gzip.compress(numbers(5_000, 3).encode(), mtime=0)
SPOILT = SPOILT[:2_000] + bytes(200) + SPOILT[2_200:]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", "", "is empty"),
        ("blank.csv", "\n\n\n", "has blank lines only"),
        ("header.csv", "a,b,c\n", "names of columns and no rows"),
        ("constant.csv", "a,b\n1,2\n1,2\n", "no column is left to map: a, b (the same in all"),
        ("text.csv", "a,b\n" + "\n".join(f"p{i},say {i}" for i in range(9)), "--text b"),
        ("open.csv", 'a,b\n1,2\n3,"4\n5,6\n', "a quotation mark is opened"),
        ("ragged.csv", "a,b\n1,2\n3,4,5,6\n", "more cells than the first"),
        ("huge.csv", "a,b\n1e300,1\n2e300,2\n4e300,4\n", "too large to compute with"),
        ("latin.csv", "ä\nö\n".encode("latin-1"), "--encoding latin-1"),
        ("raw.csv.gz", "a,b\n1,2\n", "cannot be unpacked"),
        ("half.csv.gz", CUT, "cannot be unpacked"),
        ("wide.csv", "a,b\n1,2\n".encode("utf-16"), "--encoding utf-16"),
        ("latin.csv", b"a,b\n" + b"1,x\n" * 9000 + b"2,caf\xe9\n", "--encoding latin-1"),
        ("raw.csv.xz", "a,b\n1,2\n", "cannot be unpacked"),
        ("spoilt.csv.gz", SPOILT, "cannot be unpacked"),
        ("rows.npy.gz", gzip.compress(b"x", mtime=0), "text files alone may be; unpack it"),
        ("one.csv", "a,b\n1,2\n", "has one row; a map needs at least two"),
        ("counter.csv", "a b\n1\n2\n3\n", "to fit one all the same: --keep 'a b'"),
        ("name.csv", "t,say it\n" + "\n".join(f"p{i},say {i}" for i in range(9)),
         "--text 'say it'"),
        ("twice.csv", "c=x,c\n" + "\n".join(f"{i % 5},{'xy'[i % 2]}" for i in range(20)),
         "rename a column that is called like a value of another"),
        ("cut.csv.gz", zlib.compress(b"a,b\n1,2\n")[:9], "cannot be unpacked"),
        ("raw.parquet", "a,b\n1,2\n", "parquet"),
        ("sheet.xlsx", "a,b\n", "what can be read is .csv"),
        ("nosuffix", "a,b\n", "ends in nothing"),
        ("words.csv", ",".join(f"c{i}" for i in range(3000)) + 2 * ("\n" + "x," * 2999 + "x"),
         "3,000 columns hold words and no numbers, such as c0, c1, c2"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table(refused, written, name, content, sentence):
    assert sentence in refused(written(name, content))


def test_words_that_say_how_to_read(refused, command, written):
    wide = written("wide.csv", "a,b\n1,2\n".encode("utf-16"))
    assert "--encoding utf-16" in refused(wide, "--encoding", "latin-1")
    path = written("some.csv", numbers(9, 3))
    assert "--encoding utf-99 is unknown" in refused(path, "--encoding", "utf-99")
    assert "--sep must be one character, got '::'" in refused(path, "--sep", "::")
    wrong = [*(("--rows", n_rows) for n_rows in ("-1", "0", "1", "x")), ("--seed", "-1")]
    for words in wrong:
        with pytest.raises(SystemExit) as stopped:
            command(path, *words)
        assert stopped.value.code == 2
    status, out, err = command(path, "--columns", "c0", "c0", "c1")
    assert status == 0, err
    assert "numbers: c0, c1\n" in out


def test_names_of_columns_that_are_not_there(refused, written):
    path = written("some.csv", numbers(9, 3))
    for option in ("--color", "--index", "--text", "--columns", "--drop", "--keep"):
        sentence = refused(path, option, "nothing")
        assert f"{option}: there is no column 'nothing'; columns are c0, c1, c2" in sentence


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("rows.npy", ("--drop", "a"), "--drop says nothing about .npy files; they take --color"),
        ("rows.npz", ("--text", "a"), "--text says nothing about .npz files"),
        ("cells.h5ad", ("--index", "a"), "--index says nothing about .h5ad files"),
        ("rows.parquet", ("--sep", ","), "--sep says nothing about .parquet files"),
        ("rows.csv", ("--key", "a"), "--key says nothing about .csv files"),
        ("rows.csv", ("--text", "a", "--drop", "b"), "--drop does not go with --text"),
    ],
)
def test_an_option_is_not_ignored(refused, written, name, words, sentence):
    assert sentence in refused(written(name, "a,b\n1,2\n3,4\n"), *words, "--save", "m.joblib")


def test_outputs_are_checked_before_the_file_is_read(refused, written):
    path = written("broken.csv", 'a,"b\n1,2')
    assert "the name must end in .png" in refused(path, "--out", "map.gif")
    assert "there is no folder" in refused(path, "--codes", "nowhere/codes.csv")
    assert "is the file that is read" in refused(path, "--codes", path)
    assert "holds no cells" in refused(path, "--codes", "codes.h5ad")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_a_pipe_is_not_replaced(refused, written):
    path = written("broken.csv", 'a,"b\n1,2')
    os.mkfifo("codes.csv")
    assert "is not a regular file; choose another name" in refused(path, "--codes", "codes.csv")


def test_a_file_that_is_not_there(refused, tmp_path):
    assert "there is no file" in refused("nothing.csv")
    assert "is a folder" in refused(tmp_path)


def test_a_parameter_that_does_not_fit_the_rows(refused, written):
    sentence = refused(written("some.csv", numbers(9, 3)), "--metric", "earthmover", "--quiet")
    assert "the rows cannot be fitted" in sentence
    assert "earthmover" in sentence


def test_a_metric_whose_parameters_cannot_be_typed(refused, written):
    sentence = refused(written("some.csv", numbers(9, 3)), "--metric", "mahalanobis", "--quiet")
    assert "which only Python can pass" in sentence


def test_hostile_tables_that_have_a_map(command, written):
    wide = written("wide.csv", numbers(12, 5_000))
    one = written("one.csv", numbers(30, 1))
    wild = written("wild.csv", numbers(30, 2) + "\n1e18,0\ninf,0\n-inf,0")
    for path in (wide, one, wild):
        status, out, err = command(path)
        assert status == 0, err
        assert "wrote map.png" in out
    assert "2 infinite cells counted as missing" in out
    assert "warning: X has 1e+18 in row 30 (counted from 0), column 'c0'" in err


def test_a_missing_package_is_named(monkeypatch, refused, written):
    path = written("some.csv", numbers(9, 3))
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert "reading a table needs pandas: python -m pip install pandas" in refused(path)
    with pytest.raises(_errors.CommandError, match="needs anndata: python -m pip install anndata"):
        _errors.need("no_such_module", "reading h5ad", "anndata")


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("matplotlib", ("--out", "map.png")),
        ("pandas", ("--codes", "codes.csv")),
        ("pyarrow", ("--codes", "codes.parquet")),
    ],
)
def test_a_package_is_asked_for_before_anything_is_read(
    monkeypatch, refused, written, package, words
):
    monkeypatch.setitem(sys.modules, package, None)
    assert f"needs {package}: python -m pip" in refused(written("broken.npy", "none"), *words)


def test_a_file_stays_as_it_was_where_writing_fails(monkeypatch, refused, written, tmp_path):
    def fail(file, codes):
        file.write(b"half of it")
        raise OSError("no space left")

    monkeypatch.setattr(np, "save", fail)
    old = written("codes.npy", "old")
    sentence = refused(written("some.csv", numbers(9, 3)), "--codes", old, "--quiet")
    assert "codes.npy could not be written: no space left" in sentence
    assert (tmp_path / old).read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"codes.npy", "some.csv"}


def test_files_are_written_where_nobody_reads_the_report(monkeypatch, command, written, tmp_path):
    end, start = os.pipe()
    os.close(end)
    with os.fdopen(start, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        status, _, err = command(written("some.csv", numbers(9, 3)), "--codes", "codes.npy")
    assert status == 0, err
    assert (tmp_path / "codes.npy").exists()


def test_ctrl_c_ends_without_a_traceback(monkeypatch, capsys, written, tmp_path):
    monkeypatch.chdir(tmp_path)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("aae_sklearn.command._main.read", interrupt)
    assert main(["map", written("some.csv", numbers(9, 3))]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_python_m_runs_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "aae_sklearn", "map", "nothing.csv"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: there is no file nothing.csv; look at the name and the folder\n"
