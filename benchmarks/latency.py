"""How long does one row take through a fitted model?

    python benchmarks/latency.py [--rows 60000] [--calls 5000]

A model of MNIST's training rows, saved and loaded in a fresh process, as a service would hold it.
Single held-out rows are passed to each method, one after another, after a hundred calls that are
not counted. p50, p99 and the most, in milliseconds by the clock; the lines of a busy machine are
told by its load, which stands beneath. In float32 and float64, since X decides the dtype of the
codes; with one thread and with all.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import _fresh
import _tables
import numpy as np
import torch
from _data import load_split, subsample

import aae_sklearn

DTYPES = ("float32", "float64")
WARMING_CALLS = 100
MODELS = {"map, 2 components": {}, "the paper's model, 16 components": {"n_components": 16}}
HEADER = ("model", "method", "dtype", "threads", "p50, ms", "p99, ms", "most, ms")


def latencies(path: str, folder: str, n_calls: int, dtype: str) -> dict[str, list[float]]:
    """Milliseconds of single calls of each method."""
    model = aae_sklearn.load(path)
    rows = np.load(Path(folder) / "rows.npy").astype(dtype)
    codes = model.transform(rows)
    inputs = {"transform": rows, "inverse_transform": codes}
    return {name: _timed(getattr(model, name), given, n_calls) for name, given in inputs.items()}


def _timed(method: object, rows: np.ndarray, n_calls: int) -> list[float]:
    seconds = []
    for i in range(WARMING_CALLS + n_calls):
        row = rows[i % len(rows)][None]
        start = time.perf_counter()
        method(row)  # type: ignore[operator]
        seconds.append(time.perf_counter() - start)
    return [1e3 * second for second in seconds[WARMING_CALLS:]]


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--calls", type=int, default=5000)
    args = parser.parse_args()
    split = subsample(load_split("mnist"), args.rows)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", split.X_test[:1000])
        for name, settings in MODELS.items():
            path = str(Path(folder) / "model.safetensors")
            aae_sklearn.AdversarialAutoencoder(random_state=0, **settings).fit(split.X_train).save(
                path
            )
            for dtype in DTYPES:
                for threads in sorted({1, _fresh.n_threads()}):
                    measured = _fresh.call(
                        "latency:latencies",
                        threads=threads,
                        path=path,
                        folder=folder,
                        n_calls=args.calls,
                        dtype=dtype,
                    )
                    for method, ms in measured.items():
                        figures = (*np.percentile(ms, [50, 99]), max(ms))
                        cells = [f"{figure:.2f}" for figure in figures]
                        lines.append((name, method, dtype, threads, *cells))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    about = f"{_tables.machine()}; torch {torch.__version__}; {args.rows} rows fitted"
    text = "\n\n".join(__doc__.strip().split("\n\n")[2:])
    table = _tables.markdown(HEADER, lines)
    _tables.save(
        "latency", f"# One row\n\n{about}\n\n{text}\n\n{table}\n\nLoad at the end: {load}."
    )


if __name__ == "__main__":
    main()
