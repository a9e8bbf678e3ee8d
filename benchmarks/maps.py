"""How good are the maps, on rows that no method has seen?

    python benchmarks/maps.py [--data digits ...] [--methods ours umap-learn ...]
                              [--seeds 0 1 2] [--threads 2] [--again] [--picture]

Each method fits the training rows and places the held-out rows by `transform`, in a fresh
process; figures are of the held-out rows, but for methods that cannot place rows, whose
figures are of the training rows and marked so. Methods that are not installed are left out.

Every run is kept as a line of results/maps.jsonl: what is there for the same version of the
code, seed and threads is not run again (but with --again), so that a run that was
interrupted, or made in parts, goes on where it ended. results/maps.md is made of these lines;
--picture draws results/maps_<data>.png, all maps of the first seed side by side.
"""

from __future__ import annotations

import argparse
import time
from itertools import product
from pathlib import Path
from typing import Any

import _fresh
import _measures
import _methods
import _pictures
import _records
import _tables
import numpy as np
from _data import load_split

DATA = ("digits", "mouse_bladder", "pbmc68k_reduced", "pbmc3k", "mnist", "fashion_mnist")
METHODS = [name for name in _methods.METHODS if name != "cuML UMAP"]
VERSION = ("version", "threads")
HEADER = ("data", "method", *_measures.NAMES, "fit, s", "peak, MB", "seeds")


def run(method: str, data: str, seed: int, device: str, codes_file: str) -> dict[str, Any]:
    """Fit, place, measure; the codes that a picture shows go to a file."""
    model = _methods.build(method, seed, device)
    split = load_split(data, seed)
    start = time.perf_counter()
    with _fresh.MemoryWatch() as memory:
        codes_train = np.asarray(model.fit_transform(split.X_train))
    seconds = time.perf_counter() - start
    places = hasattr(model, "transform")
    if places:
        codes = _methods.place(model, split.X_train, split.X_test)
        figures = _measures.of_held_out(model, split, codes_train, codes)
        shown = _pictures.choose(codes_train, split.y_train, codes, split.y_test)
    else:
        figures = _measures.of_training(split, codes_train, seed)
        shown = _pictures.choose(codes_train, split.y_train, codes_train[:0], split.y_train[:0])
    _pictures.keep(Path(codes_file), *shown)
    return {"seconds": seconds, "peak": memory.peak, "of training": not places, **figures}


def run_missing(args: argparse.Namespace) -> None:
    """Run what the file of results does not have yet, and keep it there."""
    n_training = {data: len(load_split(data).X_train) for data in args.data}
    for data, seed, method in product(args.data, args.seeds, args.methods):
        if method == "scikit-learn TSNE" and n_training[data] > args.max_tsne_rows:
            continue
        key = {"data": data, "method": method, "seed": seed, "threads": args.threads}
        key["version"] = _methods.version_of(method)
        if _records.has(_records.load(args.name), key) and not args.again:
            continue
        codes_file = str(_pictures.codes_file(data, method, seed))
        job = {"method": method, "data": data, "seed": seed, "device": args.device}
        try:
            figures = _fresh.call("maps:run", threads=args.threads, codes_file=codes_file, **job)
        except (ImportError, _fresh.ChildError) as error:
            print(f"{data}, {method}, seed {seed}: {error}", flush=True)
            continue
        _records.append(args.name, {**key, **figures, "machine": _tables.machine()})
        print(f"{data}, {method}, seed {seed}: {figures}", flush=True)


def row_of(data: str, method: str, runs: list[dict[str, Any]]) -> tuple[str, ...]:
    """A line of the table."""
    name = f"{method} (training rows)" if runs[0]["of training"] else method
    cells = [_measures.median_and_error([run[m] for run in runs]) for m in _measures.NAMES]
    seconds, peak = (np.median([run[what] for run in runs]) for what in ("seconds", "peak"))
    return data, name, *cells, f"{seconds:.1f}", f"{peak:,.0f}", str(len(runs))


def write(name: str) -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load(name), ("data", "method"), VERSION)
    order = {
        group: (DATA.index(group[0]), list(_methods.METHODS).index(group[1])) for group in groups
    }
    rows, versions, machines = [], set(), set()
    for data, method in sorted(groups, key=lambda group: order[group]):
        runs = list(groups[data, method].values())
        rows.append(row_of(data, method, runs))
        label = "ours" if _methods.is_ours(method) else method
        versions |= {f"{label} {run['version']}" for run in runs}
        machines |= {f"{run['machine']}, {run['threads']} thread(s)" for run in runs}
    about = (
        "# Maps, measured on held-out rows\n\n"
        "Medians over seeds, ± the standard error of the mean; default settings, seeded. Images "
        "keep their published split, other data are split 75/25 by the seed. Trustworthiness "
        "(k = 15, 5), continuity, neighbour recall and silhouette among the first 5,000 held-out "
        'rows; KS: the largest over marginals and radius. "(training rows)": the method cannot '
        "place new rows, its figures are of those it was fitted on (5,000 drawn at random; k-NN "
        "accuracy of all, without the row itself) and flatter. Seconds of the fit in a fresh "
        "process, compilation included, other work beside it (speed.md has quiet ones); "
        "openTSNE gets 50 principal components; peak: largest "
        "resident memory in it, rows and imports "
        "included.\n\n"
        f"{'; '.join(sorted(machines))}\n\n{'; '.join(sorted(versions))}\n\n"
    )
    _tables.save(name, about + _tables.markdown(HEADER, rows))


def main() -> None:
    """Run what is missing, make the table, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=list(_methods.METHODS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=_fresh.n_threads())
    parser.add_argument("--device", default="auto", help="for the methods that use torch")
    parser.add_argument("--max-tsne-rows", type=int, default=10_000, help="for scikit-learn's")
    parser.add_argument("--again", action="store_true", help="run also what is there")
    parser.add_argument("--picture", action="store_true", help="draw maps of the first seed")
    parser.add_argument("--name", default="maps", help="file name of results and table")
    args = parser.parse_args()
    run_missing(args)
    write(args.name)
    for data in args.data if args.picture else ():
        print(_pictures.draw_maps(data, list(_methods.METHODS), args.seeds[0], args.name))


if __name__ == "__main__":
    main()
