"""How much memory does a fit take, from memory, from a mapped file and of sparse rows?

    python benchmarks/memory.py [--gigabytes 20] [--rows 60000] [--new-rows 1000000]
                                [--threads 2] [--device auto] [--folder /big/disk]

Five jobs, each in a fresh process, with MNIST's rows (repeated where more are asked for):

- a fit of rows in memory, beside their size in float32: the first of an installation, which
  compiles the search, and the next, which finds it on disk;
- a fit of a memory map of --gigabytes, which is written to --folder first (all of it: holes
  would be equal rows) and deleted at the end;
- a fit of the rows as a CSR matrix;
- `transform` of --new-rows rows from a memory map, by a model fitted on --rows: rows and bytes
  a second beside what the machine copies in memory, and products beside its rate.

Peaks are of resident memory during the job, with imports and, where they are in memory, rows:
these are there before. "Its own" is what the process allocated; "of files" are pages of mapped
files and of libraries, which the system takes back when it needs them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import _data
import _fresh
import _methods
import _profile
import _tables
import numpy as np
from scipy import sparse

HEADER = ("job", "rows", "size in float32, MB", "s", "before, MB", "peak, MB", "its own, MB")
HEADER += ("of files, MB", "peak - before, MB", "peak - rows, MB", "on GPU, MB", "target")
COMPILING = "memory, the first"
_WRITTEN_TOGETHER = 10_000
_SPARE_BYTES = 2e9
_COPIED_BYTES = 2**28


def write_map(n_rows: int, path: Path) -> None:
    """A .npy file of MNIST's rows, again and again."""
    X = _data.load_split("mnist").X_train
    shape = (n_rows, X.shape[1])
    needed, free = n_rows * X.shape[1] * 4, shutil.disk_usage(path.parent).free
    if needed + _SPARE_BYTES > free:
        raise OSError(
            f"{path} needs {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; use fewer "
            "--gigabytes or another --folder"
        )
    rows = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    for start in range(0, n_rows, _WRITTEN_TOGETHER):
        part = np.arange(start, min(start + _WRITTEN_TOGETHER, n_rows))
        rows[part[0] : part[-1] + 1] = X[part % len(X)]
    rows.flush()


def fit(kind: str, path: str, n_rows: int, device: str) -> dict[str, Any]:
    """Fit rows of a kind in this process."""
    model = _methods.build("ours", 0, device)
    X: Any = np.load(path, mmap_mode="r")[:n_rows]
    if kind != "mapped":
        X = np.array(X)
    if kind == "CSR":
        X = sparse.csr_array(X)
    start = _profile.now()
    with _fresh.MemoryWatch() as memory:
        model.fit(X)
    answer = figures(memory, _profile.now() - start, X.shape)
    if kind == "CSR":
        answer["rows"] += f", CSR of {(X.data.nbytes + X.indices.nbytes) / 1e6:,.0f} MB"
    return answer


def transform(path: str, n_rows: int, n_new: int, device: str) -> dict[str, Any]:
    """Place many mapped rows in this process, by a model of some of them."""
    rows = np.load(path, mmap_mode="r")
    model = _methods.build("ours", 0, device).fit(np.array(rows[:n_rows]))
    X = rows[:n_new]
    start = _profile.now()
    with _fresh.MemoryWatch() as memory:
        model.transform(X)
    seconds = _profile.now() - start
    speed = {"rows": len(X) / seconds, "bytes": X.nbytes / seconds, "copied": copy_rate()}
    speed["operations"] = _profile.placing_operations(model._model, X) / seconds
    return {**figures(memory, seconds, X.shape), **speed_of(speed)}


def figures(memory: _fresh.MemoryWatch, seconds: float, shape: tuple[int, int]) -> dict[str, Any]:
    """What a job took."""
    return {
        "rows": f"{shape[0]:,} x {shape[1]}",
        "MB": shape[0] * shape[1] * 4 / 1e6,
        "seconds": seconds,
        "before": memory.before,
        "peak": memory.peak,
        "own": memory.peak_anonymous,
        "file": memory.peak_file,
        "GPU": _profile.gpu_megabytes(),
    }


def speed_of(speed: dict[str, float]) -> dict[str, Any]:
    """Rates under names that no figure has."""
    return {f"{name} a second": value for name, value in speed.items()}


def copy_rate() -> float:
    """Bytes a second that the machine copies within memory, the best of several."""
    source, best = np.ones(_COPIED_BYTES // 8), float("inf")
    target = np.zeros_like(source)
    for _ in range(5):
        start = _profile.now()
        np.copyto(target, source)
        best = min(best, _profile.now() - start)
    return source.nbytes / best


def line(job: str, answer: dict[str, Any], target: str) -> tuple[str, ...]:
    """A line of the table."""
    beside_rows = None if "mapped" in job else answer["peak"] - answer["MB"]
    megabytes = [answer[name] for name in ("before", "peak", "own", "file")]
    megabytes += [answer["peak"] - answer["before"], beside_rows, answer["GPU"]]
    cells = ["-" if value is None else f"{value:,.0f}" for value in megabytes]
    size, seconds = f"{answer['MB']:,.0f}", f"{answer['seconds']:.1f}"
    return job, answer["rows"], size, seconds, *cells, target


def streaming(answer: dict[str, Any], rate: float) -> str:
    """How near placing comes to what the machine can do."""
    n_rows, n_bytes, copied, operations = (
        answer[f"{name} a second"] for name in ("rows", "bytes", "copied", "operations")
    )
    return (
        f"`transform` places {n_rows:,.0f} rows a second: {n_bytes / 1e9:.2f} GB/s of rows, where "
        f"the machine copies {copied / 1e9:.1f} GB/s ({n_bytes / copied:.2%}), and "
        f"{operations / 1e9:,.0f} GFLOP/s of products, where a large one does "
        f"{rate / 1e9:,.0f} ({operations / rate:.0%})."
    )


def main() -> None:
    """Run the jobs, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=20.0, help="of the mapped fit")
    parser.add_argument("--rows", type=int, default=60_000, help="of the other fits")
    parser.add_argument("--new-rows", type=int, default=1_000_000, help="that are placed")
    parser.add_argument("--threads", type=int, default=_fresh.n_threads())
    parser.add_argument("--device", default="auto")
    parser.add_argument("--folder", help="where rows are written; default: the system's")
    parser.add_argument("--name", default="memory", help="file name of the table")
    args = parser.parse_args()
    n_mapped = int(args.gigabytes * 1e9 / (784 * 4))
    about = f"# Memory\n\n{_tables.machine()}, {args.threads} thread(s); "
    about += f"{_tables.versions('torch', 'numpy')}, ours {_methods.version_of('ours')}\n\n"
    about += __doc__.split("\n\n")[-1].strip() + "\n\n"
    job = {"device": args.device}
    kinds = {
        COMPILING: (args.rows, "peak - rows: 600 MB"),
        "memory": (args.rows, "peak - rows: 600 MB"),
        "CSR": (args.rows, ""),
        "mapped": (n_mapped, "peak: 2,000 MB"),
    }
    rows = []
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        path = Path(folder) / "rows.npy"
        write_map(max(n_mapped, args.rows, args.new_rows), path)
        for kind, (n_rows, target) in kinds.items():
            job |= {"n_rows": n_rows, "path": str(path)}
            answer = _fresh.call("memory:fit", threads=args.threads, kind=kind, **job)
            rows.append(line(f"fit, {kind}", answer, target))
            _tables.save(args.name, about + _tables.markdown(HEADER, rows))
        job |= {"n_rows": args.rows, "n_new": args.new_rows}
        answer = _fresh.call("memory:transform", threads=args.threads, **job)
    rate = _fresh.call(
        "_profile:matmul_rate", threads=args.threads, device=args.device, dtype="float32"
    )
    rows.append(line("transform, mapped", answer, ""))
    table = _tables.markdown(HEADER, rows)
    _tables.save(args.name, about + table + "\n\n" + streaming(answer, rate))


if __name__ == "__main__":
    main()
