"""Does a fit stay fast where the machine is not quiet, whatever the number of threads?

    python benchmarks/steady.py [--data digits mnist_10000] [--threads 1 2 4 16]

Each line is one fit of one model, in a process that has fitted a few rows before: alone, then
with one busy process for each core, which leaves a fair share of one half. `torch.set_num_threads`
says beforehand how many threads torch may use; 16 are more than there are cores here. "2, after
prange" are fits after a parallel numba kernel in the same process, as UMAP and scanpy run them.
The ratio is that of the two times; the aim is at most 2.5. Processor seconds are of all
threads: where threads spin while they wait, they grow.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import _fresh
import _methods
import _tables
import numpy as np
import torch
from _data import load_split, subsample

DATA = ("digits", "mnist_10000")
MODELS = ("ours", "ours, the paper's model")
THREADS = (1, 2, 4, 16)
AFTER_PRANGE = "2, after prange"
WARMING_ROWS = 500
HEADER = ("rows", "model", "threads", "alone, s", "of CPU", "competing, s", "of CPU ", "ratio")


def rows_of(data: str) -> np.ndarray:
    """Rows to fit: of a data set, or so many of them."""
    name, _, n_rows = data.partition("_")
    split = load_split(name)
    return subsample(split, int(n_rows)).X_train if n_rows else split.X_train


@contextmanager
def competition() -> Iterator[None]:
    """One busy process for each core."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(_fresh.n_threads())
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def prange_kernel() -> None:
    """A parallel kernel of numba's."""
    import numba

    @numba.njit(parallel=True)
    def total(x: Any) -> Any:
        result = 0.0
        for i in numba.prange(len(x)):
            result += x[i]
        return result

    total(np.ones(1_000_000))


def fit_seconds(model: str, rows: np.ndarray) -> tuple[float, float]:
    """Seconds of a fit by the clock, and of the processor."""
    clock, busy = time.perf_counter(), time.process_time()
    _methods.build(model, 0).fit(rows)
    return time.perf_counter() - clock, time.process_time() - busy


def measure(data: str, model: str, threads: list[int]) -> list[dict[str, Any]]:
    """All settings of one model on the same rows, in this process."""
    rows = rows_of(data)
    fit_seconds(model, rows[:WARMING_ROWS])
    answers = []
    for setting in [*map(str, threads), AFTER_PRANGE]:
        if setting == AFTER_PRANGE:
            prange_kernel()
        torch.set_num_threads(int(setting.split(",")[0]))
        alone = fit_seconds(model, rows)
        with competition():
            competing = fit_seconds(model, rows)
        answers.append({"threads": setting, "alone": alone, "competing": competing})
    return answers


def line(data: str, model: str, answer: dict[str, Any]) -> tuple[str, ...]:
    """A line of the table."""
    alone, competing = answer["alone"], answer["competing"]
    seconds = [f"{value:.3g}" for value in (*alone, *competing)]
    return data, model, answer["threads"], *seconds, f"{competing[0] / alone[0]:.2f}"


def main() -> None:
    """Print and save the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, help="name or name_rows")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--threads", type=int, nargs="+", default=THREADS)
    parser.add_argument("--name", default="steady", help="file name of the report")
    args = parser.parse_args()
    load, lines = os.getloadavg(), []
    for data in args.data:
        for model in args.models:
            job = {"data": data, "model": model, "threads": list(args.threads)}
            answers = _fresh.call("steady:fit_all", threads=_fresh.n_threads(), job=job)
            lines += [line(data, model, answer) for answer in answers]
            _tables.save(args.name, about(load) + _tables.markdown(HEADER, lines))


def about(load: tuple[float, float, float]) -> str:
    """What stands above the table."""
    return (
        f"# Steady\n\n{_tables.machine()}; {_tables.versions('torch', 'numba')}; load of the "
        f"machine before the run {load[0]:.1f} (1 minute), {load[1]:.1f} (5), now "
        f"{os.getloadavg()[0]:.1f}: what other users ran is in all times\n\n"
    ) + "\n\n".join([*__doc__.strip().split("\n\n")[2:], ""])


def fit_all(job: dict[str, Any]) -> list[dict[str, Any]]:
    """`measure` in the fresh process."""
    return measure(**job)


if __name__ == "__main__":
    main()
