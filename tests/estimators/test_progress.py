"""What verbose=1 prints."""

import io
import re

import pytest

from aae_sklearn.estimators import _progress
from aae_sklearn.estimators._progress import (
    ProgressPrinter,
    StepPrinter,
    describe,
    is_live,
    printed_epochs,
)
from aae_sklearn.game._history import EpochRecord

RECORD = EpochRecord({"reconstruction_loss": 0.5, "discriminator_loss": 1.25, "encoder_loss": 0.7})


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass when told to."""
    now = [100.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    return now


def test_losses_on_one_line():
    line = describe(RECORD)
    assert "\n" not in line
    for part in ("reconstruction 0.500", "discriminator 1.250", "encoder 0.700"):
        assert part in line


def test_validation_score_is_printed_where_there_is_one():
    scored = EpochRecord(RECORD.losses, validation_score=0.25)
    assert "validation score 0.250" in describe(scored)
    assert "validation" not in describe(RECORD)


def test_first_and_last_epoch_are_printed_and_little_between(clock, capsys):
    printer = ProgressPrinter(100)
    for epoch in range(100):
        clock[0] += 0.1
        assert printer.end(epoch, RECORD) is False
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("epoch 1/100")
    assert lines[-1].startswith("epoch 100/100")
    assert 3 <= len(lines) <= 5


def test_time_left_follows_from_the_time_spent(clock, capsys):
    printer = ProgressPrinter(10)
    clock[0] += 4
    printer.end(0, RECORD)
    assert "36 s left" in capsys.readouterr().out


def test_what_came_before_the_first_pass_does_not_count_as_time_of_a_pass(clock, capsys):
    printer = StepPrinter("layout")
    clock[0] += 50
    for done in range(1, 11):
        printer(done, 10)
        clock[0] += 3
    assert capsys.readouterr().out.splitlines() == [
        f"layout {done}/10  {left} s left"
        for done, left in [(3, 21), (5, 15), (7, 9), (9, 3), (10, 0)]
    ]


def test_a_terminal_has_one_line_for_layout_and_epochs(clock, capsys, monkeypatch):
    monkeypatch.setattr(_progress, "is_live", lambda stream: True)
    layout, epochs = StepPrinter("layout"), ProgressPrinter(4)
    for done in range(1, 5):
        layout(done, 4)
        clock[0] += 1
    for epoch in range(4):
        epochs.end(epoch, RECORD)
        clock[0] += 1
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.endswith("\n")
    parts = out.split("\r")[1:]
    assert len(parts) == 8
    assert all(len(part.rstrip("\n")) < 80 for part in parts)
    assert [part.count("#") for part in parts] == 2 * [6, 12, 18, 24]
    assert "layout 2/4" in parts[1]
    assert "epoch 4/4  reconstruction 0.500  0 s left" in parts[-1]


@pytest.mark.parametrize("live", [True, False])
def test_a_training_that_stops_early_prints_its_last_epoch_and_ends_the_line(
    clock, capsys, monkeypatch, live
):
    monkeypatch.setattr(_progress, "is_live", lambda stream: live)
    with printed_epochs(1, 100) as (printer,):
        for epoch in range(5):
            printer.end(epoch, RECORD)
    out = capsys.readouterr().out
    assert out.count("\n") == (1 if live else 2)
    assert "epoch 1/100" in out
    assert "epoch 5/100" in out.splitlines()[-1]
    assert out.endswith("\n")


def test_nothing_is_said_of_time_before_a_step_was_timed(clock, capsys, monkeypatch):
    monkeypatch.setattr(_progress, "is_live", lambda stream: True)
    StepPrinter("layout")(1, 80)
    out = capsys.readouterr().out
    assert "layout 1/80" in out
    assert "left" not in out


def test_a_file_and_a_pipe_get_lines():
    assert not is_live(io.StringIO())
    assert not is_live(None)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fit_says_once_where_and_how_it_computes(make_aae, train, capsys):
    make_aae(verbose=1, device="cpu", precision="float32").fit(train)
    lines = capsys.readouterr().out.splitlines()
    assert "cpu" in lines[0]
    assert "float32" in lines[0]
    assert [bool(re.match(r"epoch \d/3 .*reconstruction", line)) for line in lines[1:]] == [
        True,
        True,
    ]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fit_is_silent_by_default(make_aae, train, capsys):
    make_aae().fit(train)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_what_was_done_before_a_checkpoint_does_not_count_as_quick(clock, capsys):
    layout, epochs = StepPrinter("layout"), ProgressPrinter(10)
    for done in (7, 8, 9):
        layout(done, 10)
        clock[0] += 3
    epochs.begin(6)
    clock[0] += 4
    epochs.end(6, RECORD)
    assert re.findall(r"(\w+ \d+)/10 .* (\d+) s left", capsys.readouterr().out) == [
        ("layout 9", "3"),
        ("epoch 7", "12"),
    ]
