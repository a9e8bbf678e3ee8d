"""What a file of checkpoints does when a process is told to end."""

import signal

import pytest

from aae_sklearn.runtime._checkpoint import FileCheckpoint
from aae_sklearn.runtime._files import read_file
from aae_sklearn.runtime._states import unpack_state
from aae_sklearn.settings import _defaults as defaults


class Steps:
    """A loop whose state is a number."""

    n_done = 0

    def state_dict(self):
        return {"n_done": self.n_done}

    def load_state_dict(self, state):
        self.n_done = state["n_done"]


@pytest.fixture
def checkpoint(tmp_path):
    return FileCheckpoint(str(tmp_path / "fit.checkpoint"), {"kind": "test"}, {})


def kept(checkpoint):
    """How many steps the file knows of."""
    header, arrays = read_file(checkpoint.path)
    return unpack_state(header["states"], arrays)["steps"]["n_done"]


@pytest.fixture
def heard(checkpoint):
    """What the file holds when the user's handler of SIGTERM is called."""
    numbers = []

    def handler(*args):
        numbers.append(kept(checkpoint))

    before = signal.signal(signal.SIGTERM, handler)
    yield numbers
    signal.signal(signal.SIGTERM, before)


def run(checkpoint, told_at):
    """Three steps; the signal comes before the offer of one, or after the last."""
    loop = Steps()
    with checkpoint.before_exit():
        for step in range(3):
            loop.n_done += 1
            if step == told_at:
                signal.raise_signal(signal.SIGTERM)
            checkpoint.offer("steps", loop)
        if told_at == 3:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize(("told_at", "n_done"), [(0, 1), (1, 2), (2, 3), (3, 3)])
def test_the_state_is_written_before_the_process_ends(checkpoint, heard, told_at, n_done):
    run(checkpoint, told_at)
    assert heard == [n_done]


def test_after_ctrl_c_nothing_is_written_any_more(checkpoint, heard):
    loop = Steps()
    with checkpoint.before_exit():
        checkpoint.offer("steps", loop, is_last=True)
        loop.n_done = 7
        signal.raise_signal(signal.SIGTERM)
    assert heard == [0]


def test_leftovers_of_a_killed_writer_are_removed_where_no_file_was_written(checkpoint, tmp_path):
    leftover = tmp_path / ".0123abcd.fit.checkpoint"
    leftover.touch()
    checkpoint.remove()
    assert not leftover.exists()


@pytest.mark.parametrize(("seconds", "n_kept"), [(60, 0), (0, 1)])
def test_states_are_written_now_and_then(checkpoint, monkeypatch, seconds, n_kept):
    monkeypatch.setattr(defaults, "CHECKPOINT_SECONDS", seconds)
    monkeypatch.setattr(defaults, "CHECKPOINT_SHARE", float("inf"))
    loop = Steps()
    for loop.n_done in range(2):
        checkpoint.offer("steps", loop)
    assert kept(checkpoint) == n_kept
