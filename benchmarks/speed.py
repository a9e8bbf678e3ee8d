"""How fast is a fit, how near to what the machine can do, and in how much memory?

    python benchmarks/speed.py [--sizes 1797 10000 60000 1000000] [--methods ours umap-learn]
                               [--threads 2] [--device cuda] [--warm umap-learn PaCMAP]
    python benchmarks/speed.py --sizes 1000000 --methods ours umap-learn PaCMAP --warm ours
                               --name speed_1m (an hour)
    python benchmarks/speed.py --sizes 1000000 --methods ours "ours, 60,000 of the rows"
                               --warm ours "ours, 60,000 of the rows" --in-memory
                               --name speed_1m_in_memory

Each method fits the same rows in a fresh process on the same number of threads, then places the
held-out rows (10,000; of digits 450) four times, of which the last three give the median "again",
and its map is measured on them, so that nobody buys time with quality; EV is the explained
variance of the held-out rows. Peers run unseeded, which lets umap-learn use all threads; beside
it stands one with a seed, as ours has: it repeats its map, on one thread. "First" times hold
imports of compiled code and compilation, unless NUMBA_CACHE_DIR names a folder in which an earlier
run has left it; those named by --warm fit once more in the same process.
Processor seconds ("of CPU", of all threads) tell how far other work on the machine slowed the
clock. 1,797 rows are digits, up to 60,000 are MNIST's, more are MNIST's repeated: each copy
shifted by up to a pixel and with noise. These are read from a memory map unless --in-memory is
given, and only ours fits them unless --methods says otherwise; beside it stands a fit of 60,000
of them, drawn at random and held in memory: how cost and quality grow on the same rows. Peak:
largest resident memory during the first fit, of which "its own" leaves out mapped files and
libraries; both hold the rows and the imports, whose resident memory without the rows is given
beside.

For ours: the operations that its matrix products must do, counted from the shapes of networks
and rows; the rate of a large product, measured before and after the fit in other processes; and
the time that the products would take at that rate, as a share of the time that was taken. On a
GPU all times include waiting for it, and the memory that torch held on it is given too.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import _data
import _fresh
import _methods
import _profile
import _tables
import numpy as np

from aae_sklearn import metrics
from aae_sklearn.runtime._device import resolve_device
from aae_sklearn.runtime._precision import resolve_precision

SIZES = (1797, 10_000, 60_000, 1_000_000)
OURS = ("ours", "ours, the paper's model")
PEERS = ("umap-learn", "openTSNE", "PaCMAP", "TorchDR UMAP", "cuML UMAP")
MAPPED_ABOVE = 60_000
SAMPLED = 60_000
REFERENCE = "umap-learn"
WARM = ("ours", REFERENCE, _methods.SEEDED)
N_AGAIN = 3
HEADER = ("method", "first fit, s", "of CPU", "second, s", "first / umap's second", "placing, s")
HEADER += ("again, s", "again / umap's", "10-NN", "trust. 15", "EV", "peak, MB", "its own, MB")
HEADER += ("after imports, MB", "on GPU, MB")
PIECES = ("moments", "components", "graph", "layout", "placing", "inputs", "training")
PIECES += ("last layer", "encoding")


def default_methods(n_rows: int) -> list[str]:
    """All that finish in minutes; a seeded peer too where it takes long enough."""
    if n_rows > MAPPED_ABOVE:
        return [*OURS, _methods.SAMPLE]
    if n_rows < MAPPED_ABOVE:
        return [*OURS, *PEERS]
    return [*OURS, REFERENCE, _methods.SEEDED, *PEERS[1:]]


def measure(method: str, folder: str, device: str, warm: bool, mapped: bool) -> dict[str, Any]:
    """Fit, place and measure in this process."""
    make = partial(_methods.build, method, 0 if _methods.is_ours(method) else None, device)
    model, imported = make(), _fresh.resident()["VmRSS"]
    split = _data.read_rows(Path(folder), mapped=mapped)
    if method == _methods.SAMPLE:
        split = _data.subsample(split, SAMPLED)
    start, busy = _profile.now(), time.process_time()
    with _fresh.MemoryWatch() as memory, _profile.Profile() as profile:
        codes_train = np.asarray(model.fit_transform(split.X_train))
    seconds, busy = _profile.now() - start, time.process_time() - busy
    answer: dict[str, Any] = {"first fit": seconds, "CPU": busy}
    answer |= {"imported": imported, **vars(profile)}
    answer |= {"peak": memory.peak, "own": memory.peak_anonymous, "GPU": _profile.gpu_megabytes()}
    answer |= place_again(model, split)
    codes = answer.pop("codes")
    some = slice(5_000)
    answer["10-NN"] = metrics.knn_accuracy(codes_train, split.y_train, codes, split.y_test)
    trust = metrics.trustworthiness(split.X_test[some], codes[some], n_neighbors=15)
    answer["trust."] = float(trust)
    if _methods.is_ours(method):
        answer["EV"] = model.score(split.X_test)
    if warm:
        start = _profile.now()
        make().fit_transform(split.X_train)
        answer["second fit"] = _profile.now() - start
    return {name: value for name, value in answer.items() if not name.startswith("_")}


def place_again(model: Any, split: _data.Split) -> dict[str, Any]:
    """Codes of the held-out rows, seconds of the first time, and the median of later ones."""
    seconds = []
    for _ in range(1 + N_AGAIN):
        start = _profile.now()
        codes = _methods.place(model, split.X_train, split.X_test)
        seconds.append(_profile.now() - start)
    return {"codes": codes, "placing": seconds[0], "again": float(np.median(seconds[1:]))}


def run_size(n_rows: int, methods: list[str], args: argparse.Namespace) -> str:
    """All methods on one size; the section of the report."""
    answers: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        about = _data.write_rows(n_rows, Path(folder))
        n_fitted, n_features = np.load(Path(folder) / "X_train.npy", mmap_mode="r").shape
        for method in methods:
            job = {"method": method, "folder": folder, "device": args.device}
            mapped = n_rows > MAPPED_ABOVE and not args.in_memory
            job |= {"warm": method in args.warm, "mapped": mapped}
            before = machine_rates(args) if _methods.is_ours(method) else {}
            try:
                answers[method] = _fresh.call("speed:measure", threads=args.threads, **job)
            except (ImportError, _fresh.ChildError) as error:
                print(f"{n_rows:,} rows, {method}: {error}", flush=True)
                continue
            print(f"{n_rows:,} rows, {method}: {answers[method]}", flush=True)
            if before:
                answers[method]["rates"] = (before, machine_rates(args))
    megabytes = n_fitted * n_features * 4 / 1e6
    title = f"## {n_fitted:,} x {n_features} ({about}), {megabytes:,.0f} MB in float32\n\n"
    table = _tables.markdown(HEADER, [line(name, answers) for name in answers])
    ours = [where_time_goes(name, answers[name]) for name in answers if _methods.is_ours(name)]
    return title + table + "\n\n" + "\n\n".join(ours)


def machine_rates(args: argparse.Namespace) -> dict[str, float]:
    """Rates of a large product, in float32 and in the precision that training uses."""
    used = resolve_precision("auto", resolve_device(args.device))
    dtypes = {"float32", str(used).removeprefix("torch.")}
    rate = partial(_fresh.call, "_profile:matmul_rate", threads=args.threads, device=args.device)
    return {dtype: rate(dtype=dtype) for dtype in sorted(dtypes)}


def line(method: str, answers: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """A line of the table of methods."""
    answer, peer = answers[method], answers.get(REFERENCE, {})
    return (
        method,
        number(answer["first fit"]),
        number(answer["CPU"]),
        number(answer.get("second fit")),
        ratio(answer["first fit"], peer.get("second fit")),
        number(answer["placing"]),
        number(answer["again"]),
        ratio(answer["again"], peer.get("again")),
        f"{answer['10-NN']:.3f}",
        f"{answer['trust.']:.3f}",
        number(answer.get("EV")),
        *(number(answer[name], 0) for name in ("peak", "own", "imported", "GPU")),
    )


def where_time_goes(method: str, answer: dict[str, Any]) -> str:
    """Seconds, operations and share of the machine's rate, by piece of the fit."""
    before, after = answer["rates"]
    best = {dtype: max(before[dtype], after[dtype]) for dtype in before}
    about, rows, ideal = answer["about"], [], 0.0
    for piece in PIECES:
        seconds = answer["seconds"].get(piece)
        operations = answer["operations"].get(piece, 0.0)
        wanted = operations / best[about["precision"] if piece == "training" else "float32"]
        ideal += wanted
        if seconds is not None:
            rows.append((piece, number(seconds), number(operations / 1e9), share(wanted, seconds)))
    total = answer["first fit"]
    rest = total - sum(answer["seconds"].values())
    rows.append(("the rest: validation, diagnostics, imports", number(rest), "", ""))
    done = sum(answer["operations"].values()) / 1e9
    rows.append(("**whole fit**", number(total), number(done), share(ideal, total)))
    measured = "; ".join(
        f"{dtype} {before[dtype] / 1e9:,.0f} before, {after[dtype] / 1e9:,.0f} after"
        for dtype in before
    )
    seconds = answer["seconds"]["training"]
    text = (
        f'Where the time of "{method}" goes: {about["epochs"]} epochs of '
        f"{seconds / about['epochs']:.3g} s, {about['steps']:,} steps of {about['batch']} rows in "
        f"{about['precision']}, {seconds / about['steps'] * 1e3:.3g} ms and "
        f"{about['operations of a step'] / 1e9:.3g} GFLOP each. The machine's large product, "
        f"GFLOP/s: {measured}.\n\n"
    )
    return text + _tables.markdown(("piece", "s", "GFLOP", "share of the rate"), rows)


def number(value: float | None, digits: int | None = None) -> str:
    """Three digits, or a fixed number of decimals; a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:.3g}" if digits is None and value < 1000 else f"{value:,.0f}"


def ratio(value: float, reference: float | None) -> str:
    """How many times the reference."""
    return "-" if reference is None else f"{value / reference:.2g}"


def share(wanted: float, seconds: float) -> str:
    """Time at the machine's rate over the time it took."""
    return f"{wanted / seconds:.0%}" if wanted else ""


def main() -> None:
    """Print and save the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    choices = (*OURS, *_methods.OF_SPEED, *PEERS)
    parser.add_argument("--methods", nargs="+", choices=choices, help="default: by size")
    parser.add_argument("--warm", nargs="*", default=WARM, help="fit a second time")
    parser.add_argument("--in-memory", action="store_true", help="rows of all sizes")
    parser.add_argument("--threads", type=int, default=_fresh.n_threads())
    parser.add_argument("--device", default="auto", help="for the methods that use torch")
    parser.add_argument("--folder", help="where rows are written; default: the system's")
    parser.add_argument("--name", default="speed", help="file name of the report")
    args = parser.parse_args()
    packages = _tables.versions("torch", "umap-learn", "openTSNE", "pacmap", "torchdr", "cuml")
    compiled = "compiled before" if "NUMBA_CACHE_DIR" in os.environ else "nothing compiled before"
    report = f"# Speed and memory\n\n{_tables.machine()}, {args.threads} thread(s), {compiled}; "
    report += f"{packages}; ours {_methods.version_of('ours')}\n\n" + "\n\n".join(
        __doc__.strip().split("\n\n")[2:]
    )
    for n_rows in args.sizes:
        report += "\n\n" + run_size(n_rows, args.methods or default_methods(n_rows), args)
        _tables.save(args.name, report)


if __name__ == "__main__":
    main()
