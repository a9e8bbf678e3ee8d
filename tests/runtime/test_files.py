"""Files of arrays under a header; what a model makes of them is in estimators/test_saving.py."""

import os

import numpy as np
import pytest
from safetensors.numpy import save_file

from aae_sklearn.exceptions import ModelFileError
from aae_sklearn.runtime import _files
from aae_sklearn.runtime._files import read_file, replace_file, write_file

HEADER = {"words": ["ü", 0.1, None], "nested": {"b": 1, "a": True}}
ARRAYS = {
    "row": np.arange(6, dtype=np.float32).reshape(2, 3),
    "number": np.array(0.1),
    "nothing": np.empty((0, 2)),
    "flags": np.array([True, False]),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    write_file(path, HEADER, ARRAYS)
    return path


def assert_whole(header, arrays):
    assert header == {"format": _files.FORMAT, **HEADER}
    assert list(header["nested"]) == ["b", "a"]
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(arrays[name], array)


def test_what_was_written_is_read(path):
    assert_whole(*read_file(path))


def test_the_same_content_gives_the_same_bytes(path, tmp_path):
    write_file(tmp_path / "again", HEADER, dict(reversed(ARRAYS.items())))
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_a_flipped_bit_anywhere_is_found(path):
    content = path.read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ModelFileError):
            read_file(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_cut_file_is_refused(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelFileError, match=r"file is not a whole file of a model \("):
        read_file(path)


@pytest.mark.parametrize(
    "content", [b"\x80\x04K\x01.", b"<html></html>" * 9, b"{}" * 99, b"\0" * 99]
)
def test_a_foreign_file_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="load reads what save wrote"):
        read_file(path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_arrays_of_others_are_refused(path, metadata):
    save_file(ARRAYS, path, metadata=metadata)
    with pytest.raises(ModelFileError, match="not of a model of aae_sklearn"):
        read_file(path)


def test_a_newer_format_names_the_cure(path, monkeypatch):
    monkeypatch.setattr(_files, "FORMAT", 7)
    write_file(path, HEADER, ARRAYS)
    monkeypatch.undo()
    with pytest.raises(ModelFileError, match=r"has format 7, and .* up to 1; update aae_sklearn"):
        read_file(path)


def test_errors_of_the_system_are_those_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none")
    with pytest.raises(OSError, match="directory"):
        read_file(tmp_path)
    for error, place in [(FileNotFoundError, "none/file"), (OSError, "folder")]:
        (tmp_path / "folder").mkdir(exist_ok=True)
        with pytest.raises(error) as raised:
            write_file(tmp_path / place, HEADER, ARRAYS)
        assert raised.value.filename == str(tmp_path / place)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_leaves_the_old_file_and_nothing_else(path, monkeypatch, step):
    def crash(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, step, crash)
    with pytest.raises(OSError, match="No space"):
        write_file(path, {}, {})
    assert_whole(*read_file(path))
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_a_pipe_is_not_replaced(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(OSError, match=r"not a regular file.*choose another path"):
            replace_file(path, b"new")
    assert pipe.is_fifo()
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link"}


def test_others_may_read_what_the_mask_allows(tmp_path):
    (tmp_path / "usual").touch()
    write_file(tmp_path / "file", HEADER, ARRAYS)
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "usual").stat().st_mode
