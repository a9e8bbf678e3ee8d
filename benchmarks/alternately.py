"""A first fit of ours against a warm one of umap-learn, in turn, on a machine whose speed changes.

    python benchmarks/alternately.py [--rounds 5] [--models "ours" "ours, the paper's model"]

MNIST's 60,000 training rows. Ours is fitted in a fresh process, which holds imports of compiled
code that an earlier one has left on disk; umap-learn, without a seed and on all threads, in a
process that has fitted the same rows before. Each round is one fit of each; ratios are those of a
round. Processor seconds ("CPU") tell how far other work slowed the clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from typing import Any

import _fresh
import _methods
import _tables
from _data import load_split

DATA = "mnist"
OURS = ("ours", "ours, the paper's model")
PEER = "umap-learn"


def fit(method: str, seed: int | None = 0) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    rows, model = load_split(DATA).X_train, _methods.build(method, seed)
    start, busy = time.perf_counter(), time.process_time()
    model.fit(rows)
    return time.perf_counter() - start, time.process_time() - busy


def main() -> None:
    """Print and save the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="+", default=OURS, choices=OURS)
    args = parser.parse_args()
    threads = _fresh.n_threads()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        _fresh.call("alternately:fit", threads=threads, method="ours")  # compiles
        fit(PEER, None)
        rows: list[tuple[Any, ...]] = []
        ratios: dict[str, list[float]] = {model: [] for model in args.models}
        for number in range(args.rounds):
            peer, peer_busy = fit(PEER, None)
            for model in args.models:
                seconds, busy = _fresh.call("alternately:fit", threads=threads, method=model)
                ratios[model].append(seconds / peer)
                times = (f"{value:.1f}" for value in (seconds, busy, peer, peer_busy))
                rows.append((number + 1, model, *times, f"{seconds / peer:.2f}"))
    header = ("round", "model", "first fit, s", "CPU", "umap-learn, s", "CPU ", "ratio")
    medians = "; ".join(f"{name} {statistics.median(r):.2f}" for name, r in ratios.items())
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    versions = _tables.versions("torch", "umap-learn", "numba")
    about = (
        f"{_tables.machine()}, {threads} thread(s); {versions}; ours {_methods.version_of('ours')}"
    )
    text = "\n\n".join(__doc__.strip().split("\n\n")[2:])
    report = f"# First fits, in turn\n\n{about}\n\n{text}\n\n{_tables.markdown(header, rows)}\n\n"
    _tables.save("alternately", f"{report}Median ratio: {medians}. Load at the end: {load}.")


if __name__ == "__main__":
    main()
