"""Do fits that were killed end with the bits of undisturbed ones, and what do checkpoints cost?

    python benchmarks/checkpoints.py [--fits 13] [--data digits mnist]

For each data set (digits: 1,347 rows; MNIST: 20,000) and model: as many fits as asked for, each
killed by SIGKILL at a random moment (seeded: a share of the processor time of an undisturbed fit)
and begun again, with twenty checkpoints a second. And the seconds of a fit with the usual
minute between checkpoints, and how many of them were spent on checkpoints; in processor time, as
other work goes on beside. Processes are forked before anything has started a thread. Written to
results/checkpoints.md, with the lines of earlier runs that are in results/checkpoints.jsonl.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import _records
import _tables
import numpy as np
import torch
from _data import load_split, subsample

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.estimators import _adversarial_autoencoder as estimator
from aae_sklearn.runtime._checkpoint import FileCheckpoint
from aae_sklearn.runtime._files import read_file
from aae_sklearn.settings import _defaults as defaults

MODELS = {"map": {}, "paper's": {"neighbor_weight": 0}}
N_ROWS = {"digits": 1_347, "mnist": 20_000}
TICKS = os.sysconf("SC_CLK_TCK")
KILLED_SHARES = 0.1, 0.98  # whose squares are shares of an undisturbed fit: many die early
HEADER = ("data", "model", "killed", "same bits", "died before a step", "in the layout")
HEADER += ("in the training", "s of a fit", "ms on checkpoints", "share", "ms of a write", "MB")
HEADER += ("share, one a minute",)


def forked(task: Callable[[], str], folder: Path) -> tuple[int, Path]:
    """Number of a new process that does a task, and the file that will hold what it returns."""
    answer = folder / "answer"
    answer.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            answer.write_text(task())
        finally:
            os._exit(0)
    return child, answer


def done(task: Callable[[], str], folder: Path) -> tuple[str, float]:
    """What a task returns, and the seconds of processor time that its process took."""
    child, answer = forked(task, folder)
    _, _, used = os.wait4(child, 0)
    return answer.read_text(), used.ru_utime + used.ru_stime


def processor_seconds(child: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def killed(task: Callable[[], str], after: float, folder: Path) -> bool:
    """Whether a task was killed after some seconds of processor time; else it was too quick."""
    child, _ = forked(task, folder)
    while processor_seconds(child) < after:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def bits(aae: AdversarialAutoencoder) -> str:
    """A digest of codes, samples and losses."""
    parts = (aae.embedding_.tobytes(), aae.sample(100, 0).tobytes(), repr(aae.history_).encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def stage(path: Path) -> str:
    """How far the checkpoint is."""
    if not path.exists():
        return "before a step"
    states = read_file(path)[0]["states"]["dict"]
    found = [name for name in ("training", "layout") if name in states]
    return f"in the {found[0]}" if found else "before a step"


def survivors(X: Any, params: dict[str, Any], n_fits: int, folder: Path) -> Iterator[object]:
    """How many fits were killed, how many of them ended alike, and where they died."""
    path = folder / "checkpoint"

    def fit(checkpoint: Path | None = path) -> str:
        defaults.CHECKPOINT_SECONDS = 0.05
        aae = AdversarialAutoencoder(random_state=0, checkpoint=checkpoint, **params)
        return bits(aae.fit(X))

    def undisturbed() -> str:
        return fit(None)

    died: Counter[str] = Counter()
    n_killed = n_same = 0
    expected, seconds = done(undisturbed, folder)
    for share in np.random.RandomState(0).uniform(*KILLED_SHARES, size=n_fits) ** 2:
        if not killed(fit, share * seconds, folder):
            continue
        n_killed += 1
        died[stage(path)] += 1
        n_same += done(fit, folder)[0] == expected
    yield from (n_killed, n_same)
    yield from (died[where] for where in ("before a step", "in the layout", "in the training"))


def cost(X: Any, params: dict[str, Any], folder: Path) -> Iterator[str]:
    """Of checkpoints, in a fit that makes one at its beginning, and of one write at its end."""
    path, spent, sizes = folder / "checkpoint", [], []
    write, remove, begin = FileCheckpoint._write, FileCheckpoint.remove, estimator.open_checkpoint

    def timed(function: Callable[..., Any], *args: Any) -> Any:
        start = time.process_time()
        found = function(*args)
        spent.append(time.process_time() - start)
        return found

    def end(self: FileCheckpoint) -> None:
        timed(remove, self)
        ended.append(time.process_time())
        for _ in range(5):
            start = time.perf_counter()
            write(self, last[0])
            writes.append(time.perf_counter() - start)
        sizes.append(path.stat().st_size)
        path.unlink()

    def keep(self: FileCheckpoint, name: str, loop: Any, *, is_last: bool = False) -> None:
        offer(self, name, loop, is_last=is_last)
        last[:] = [{**self._states, name: loop.state_dict()}] if name == "training" else last

    offer, last, writes, ended, seconds, shares = FileCheckpoint.offer, [{}], [], [], [], []
    estimator.open_checkpoint = lambda *args: timed(begin, *args)
    FileCheckpoint.remove, FileCheckpoint.offer = end, offer
    for seed in range(3):
        spent.clear()
        FileCheckpoint.offer = keep if seed == 2 else offer  # the last one is for its state
        start = time.process_time()
        AdversarialAutoencoder(random_state=seed, checkpoint=path, **params).fit(X)
        if seed < 2:
            seconds.append(ended[-1] - start)
            shares.append(sum(spent))
    write_seconds = min(writes[-5:])
    yield f"{np.mean(seconds):.2f}"
    yield f"{1e3 * np.mean(shares):.0f}"
    yield f"{np.sum(shares) / np.sum(seconds):.1%}"
    yield f"{1e3 * write_seconds:.0f}"
    yield f"{sizes[-1] / 1e6:.1f}"
    yield f"{write_seconds / max(60.0, write_seconds / defaults.CHECKPOINT_SHARE):.2%}"


def lines(data: list[str], n_fits: int) -> Iterator[tuple[object, ...]]:
    """Of the table."""
    for name in data:
        X = subsample(load_split(name), N_ROWS[name]).X_train
        for model, params in MODELS.items():
            with tempfile.TemporaryDirectory() as folder:
                survived = tuple(survivors(X, params, n_fits, Path(folder)))
                costs = done(
                    lambda p=params, f=folder, X=X: "|".join(cost(X, p, Path(f))), Path(folder)
                )
            line = (f"{name}, {len(X):,} rows", model, *survived, *costs[0].split("|"))
            print(*line, flush=True)
            _records.append("checkpoints", dict(zip(HEADER, line, strict=True)))
            yield line


def main() -> None:
    """Fit, kill, compare, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=13)
    parser.add_argument("--data", nargs="+", default=list(N_ROWS))
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for _ in lines(args.data, args.fits):
        found = {(r["data"], r["model"]): r for r in _records.load("checkpoints")}
        rows = [[record[name] for name in HEADER] for record in found.values()]
        _tables.save("checkpoints", _about() + _tables.markdown(HEADER, rows))


def _about() -> str:
    return (
        "# Fits that were killed\n\nEach fit is killed by SIGKILL at a random moment and begun "
        "again; codes, samples and losses are compared with those of an undisturbed fit to the "
        "bit. Twenty checkpoints a second there. Costs are those of fits with the usual minute "
        "between checkpoints, which begin with one: reading all rows for the digest, and writing; "
        "processor time. A write with all of a training's state, the quickest of five, and its "
        "size; what one a minute costs.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch')}\n\n"
    )


if __name__ == "__main__":
    main()
