"""The command with a model that is fitted in a fraction of a second."""

import functools
import warnings

import numpy as np
import pytest

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.command import _job, main

QUICK = {
    "hidden_layer_sizes": (16,),
    "discriminator_layer_sizes": (16,),
    "max_iter": 3,
    "layout_max_iter": 5,
}


@pytest.fixture(scope="module", autouse=True)
def no_map_is_judged(short_fits):
    """So all fits are short."""


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """A function that runs ``map`` in an empty folder: its status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    quick = functools.partial(AdversarialAutoencoder, **QUICK)
    monkeypatch.setattr(_job, "AdversarialAutoencoder", quick)

    def run(*words):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            status = main(["map", *map(str, words)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def refused(command):
    """A function that runs what must fail, and returns its one sentence."""

    def run(*words):
        status, _, err = command(*words)
        lines = err.splitlines()
        assert status == 2
        assert len(lines) == 1, err
        assert lines[0].startswith("error: ")
        return lines[0]

    return run


@pytest.fixture
def flowers(tmp_path):
    """A table of 60 rows: two numbers, a category, a label, a name, a constant, a counter."""
    rng = np.random.RandomState(0)
    lines = ["id,name,width,length,color,kind,source"]
    for i in range(60):
        kind = i % 3
        width = "" if i == 7 else f"{rng.normal(kind):.3f}"
        color = "red" if kind == 0 else "blue"
        lines.append(f"{i},flower {i},{width},{rng.normal():.3f},{color},k{kind},here")
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(lines))
    return path
