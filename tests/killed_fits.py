"""Fits that are killed and begun again: ``python -m tests.killed_fits folder``.

A program of its own, which forks a process for each fit before anything has started a thread. A
fit kills itself, at a moment that does not depend on how fast the machine is.
"""

import json
import os
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.priors import Prior
from aae_sklearn.runtime import _files
from aae_sklearn.runtime._checkpoint import FileCheckpoint
from aae_sklearn.settings import _defaults as defaults

ROWS = np.random.RandomState(0).uniform(size=(200, 6)) + (np.arange(200) % 3)[:, None]
SMALL = {"hidden_layer_sizes": (8,), "discriminator_layer_sizes": (8,), "random_state": 0}
KINDS = {
    "map": {"max_iter": 4, "layout_max_iter": 4},
    "papers": {"max_iter": 4, "neighbor_weight": 0},
}
MOMENTS = ("layout", "training", "writing", "written", "placing", "terminated")
AT_DRAW = {"map": {"layout": 6, "training": 18}, "papers": {"layout": 3, "training": 9}}


class Deadly(Prior):
    """The normal distribution, which may kill the process that samples it."""

    n_draws = 0
    at_draw = -1
    signal = signal.SIGKILL

    def sample(self, n_samples, n_components, random_state=None):
        Deadly.n_draws += 1
        if Deadly.n_draws == Deadly.at_draw:
            os.kill(os.getpid(), Deadly.signal)
        return random_state.standard_normal((n_samples, n_components))


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment, kind):
    """Let this process be killed when its fit comes there."""
    Deadly.at_draw = AT_DRAW[kind].get(moment, -1)
    if moment == "terminated":
        Deadly.at_draw, Deadly.signal = AT_DRAW[kind]["training"], signal.SIGTERM
        defaults.CHECKPOINT_SECONDS = 1e9  # only the signal makes it write
    if moment == "writing":  # half of the third file is there
        _files.os.fsync = counted(die, 3)
    if moment == "written":  # all of it, under its other name
        _files.os.replace = counted(die, 3, os.replace)
    if moment == "placing":
        FileCheckpoint.remove = die


def counted(function, at_call, otherwise=os.fsync):
    calls = []

    def count(*args):
        calls.append(args)
        return function() if len(calls) == at_call else otherwise(*args)

    return count


def fit(kind, path=None):
    return AdversarialAutoencoder(prior=Deadly(), checkpoint=path, **SMALL, **KINDS[kind]).fit(
        ROWS
    )


def killed_by(moment, kind, path):
    """The signal that ended a fit in a process of its own."""
    child = os.fork()
    if child == 0:
        die_at(moment, kind)
        fit(kind, path)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def bits(aae):
    return [aae.embedding_.tobytes().hex(), aae.sample(3, 0).tobytes().hex(), aae.history_]


def main(folder):
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    defaults.CHECKPOINT_SECONDS, defaults.CHECKPOINT_SHARE = 0.0, 1e9  # after each step
    defaults.PRIOR_BLOCK_ELEMENTS = 1  # a draw for each step
    results = []
    for kind in KINDS:
        Deadly.n_draws = 0
        expected = bits(fit(kind))
        n_draws = Deadly.n_draws
        for moment in MOMENTS:
            path, Deadly.n_draws = folder / f"{kind}-{moment}", 0
            code = killed_by(moment, kind, path)
            was_there = path.exists()
            equal, drawn = bits(fit(kind, path)) == expected, Deadly.n_draws
            left = [file.name for file in folder.iterdir()]
            results.append([kind, moment, code, was_there, equal, n_draws - drawn, left])
    print(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
