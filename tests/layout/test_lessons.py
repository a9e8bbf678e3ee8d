"""What a layout teaches a network that reads the rows alone."""

import threading

import numpy as np
import pytest
import torch

from aae_sklearn.layout._arrangement import arrange
from aae_sklearn.layout._lessons import take_lessons, take_more_lessons
from aae_sklearn.priors import NormalPrior
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._packing import NotPlain, Packer
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig, TaughtConfig
from tests.layout import maps

CPU = torch.device("cpu")
ROWS = np.random.RandomState(0).normal(size=(50, 4)).astype("f4")
INPUTS = Inputs(Standardizer(np.zeros(4), np.ones(())), Rotation(None))
CONFIG = TaughtConfig(LayoutConfig(2, 5, "euclidean", None, 16.0, 2, 20, 0.07))


def a_run(is_stopped=False):
    """What a fit computes with; a layout that is stopped leaves codes where they start."""
    event = threading.Event()
    if is_stopped:
        event.set()
    return Run(CPU, torch.float32, Randomness(np.random.RandomState(0), CPU), event)


def test_the_network_reads_rows_and_not_places():
    lessons = take_lessons(ROWS, INPUTS, CONFIG, NormalPrior(), a_run())
    assert torch.equal(lessons.reader()(ROWS[:7]), torch.from_numpy(ROWS[:7]))
    assert lessons.block_rows(CPU) == INPUTS.block_rows(CPU)


def test_places_are_those_of_the_teacher_block_by_block(monkeypatch):
    lessons = take_lessons(ROWS, INPUTS, CONFIG, NormalPrior(), a_run())
    expected = lessons.teacher.reader()(ROWS)
    for size in (7, 49, 50, 60):
        monkeypatch.setattr(defaults, "PLACED_BLOCK_ROWS", size)
        assert torch.equal(lessons.places(ROWS, CPU), expected)


def test_the_first_lessons_begin_where_neighbours_suggest():
    lessons = take_lessons(ROWS, INPUTS, CONFIG, NormalPrior(), a_run(is_stopped=True))
    expected = arrange(ROWS, INPUTS, CONFIG.layout, a_run()).start()
    torch.testing.assert_close(maps.codes_of(lessons.teacher), expected)


def test_more_lessons_begin_where_the_network_has_put_the_rows():
    start = torch.randn(50, 2, generator=torch.Generator().manual_seed(5))
    lessons = take_more_lessons(ROWS, start, INPUTS, CONFIG, NormalPrior(), a_run(is_stopped=True))
    torch.testing.assert_close(maps.codes_of(lessons.teacher), start)
    assert lessons.inputs is INPUTS


def test_a_warm_start_begins_where_the_teacher_has_put_the_rows():
    first = take_lessons(ROWS, INPUTS, CONFIG, NormalPrior(), a_run())
    again = first.fitted_again(ROWS, INPUTS, CONFIG, NormalPrior(), a_run(is_stopped=True))
    torch.testing.assert_close(maps.codes_of(again.teacher), first.places(ROWS, CPU))
    assert again.inputs is INPUTS


def test_lessons_are_no_part_of_a_model():
    lessons = take_lessons(ROWS, INPUTS, CONFIG, NormalPrior(), a_run())
    with pytest.raises(NotPlain, match="no part of a model"):
        lessons.pack(Packer(), "lessons")
