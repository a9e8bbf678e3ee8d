"""A fitted model gives the same bits wherever it is used, and leaves settings as they were."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from aae_sklearn.runtime import _threads
from aae_sklearn.settings import _defaults as defaults
from tests.conftest import MAP

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ROOT = Path(__file__).resolve().parents[1]
N_THREADS = 8
HUNG_AFTER = 900  # seconds, of what takes twenty: a forked child may wait for ever


def settings():
    """What is the process's, and this thread's."""
    backends = torch.backends
    return [
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.get_float32_matmul_precision(),
        [kind.fp32_precision for kind in (backends.cuda.matmul, backends.mkldnn.matmul)],
        (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        torch.is_autocast_enabled("cpu"),
        torch.get_rng_state().numpy().tobytes(),
        np.random.get_state()[1].tobytes(),
        random.getstate(),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
    ]


def answers(aae, rows):
    codes = aae.transform(rows)
    return [codes, aae.inverse_transform(codes), aae.sample(40, 0), aae.score(rows)]


def test_eight_threads_use_a_model_while_another_fits(fitted, make_aae, train, held_out):
    before, expected = settings(), answers(fitted, held_out)
    alone = make_aae(**MAP).fit_transform(train)
    left, codes, stop = [], [], threading.Event()
    begin = threading.Barrier(N_THREADS + 1)

    def use():
        begin.wait()
        threads = torch.get_num_threads()
        while True:
            found = answers(fitted, held_out)
            equal = [
                np.array_equal(one, other) for one, other in zip(found, expected, strict=True)
            ]
            left.append((all(equal), torch.get_num_threads() == threads))
            if stop.is_set():
                return

    def fit():
        begin.wait()
        try:
            codes.append(make_aae(**MAP).fit_transform(train))
        finally:
            stop.set()

    workers = [threading.Thread(target=use) for _ in range(N_THREADS)]
    workers.append(threading.Thread(target=fit))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(left) >= N_THREADS
    assert set(left) == {(True, True)}
    np.testing.assert_array_equal(codes[0], alone)
    assert settings() == before


def test_other_threads_and_processes_find_the_same():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "tests.elsewhere"]
    run = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=HUNG_AFTER
    )
    found, of_own_network = json.loads(run.stdout)
    assert set(found) >= {"here", "daemon thread", "asyncio", "loky", "spawn"}
    for answers_of in (found, of_own_network):
        assert answers_of == dict.fromkeys(answers_of, answers_of["here"])


@pytest.mark.parametrize("metric", ["manhattan", "own"])
def test_a_users_metric_is_called_by_one_thread(make_aae, train, monkeypatch, metric):
    """It may keep something from call to call."""
    callers = set()

    def distance(a, b):
        callers.add(threading.get_ident())
        return np.abs(a - b).sum()

    aae = make_aae(neighbor_weight=1, metric=distance if metric == "own" else metric)
    aae.fit(train[:60])
    monkeypatch.setattr(defaults, "PLACED_BLOCK_ROWS", 192)
    with monkeypatch.context() as patched:
        patched.setattr(_threads, "n_threads_here", lambda: 2)
        codes = aae.transform(np.repeat(train[:60], 10, axis=0))
    np.testing.assert_array_equal(codes[::10], aae.transform(train[:60]))
    assert callers <= {threading.get_ident()}
