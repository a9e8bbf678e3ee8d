"""How large is a file of a map of 60,000 references, and how fast is it read?

    python benchmarks/saving.py [--rows 60000] [--other path/to/python]

Fits MNIST, saves, and reads the file, a pickle and a joblib file in a process that has imported
the package; the quickest of five. With --other, small models of each kind are written and read by
this interpreter and by another one, with other versions of the packages, and codes are compared.
Written to results/saving.md.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import _tables
import joblib
import torch
from _data import load_split, subsample

import aae_sklearn

ROOT = Path(__file__).resolve().parents[1]
HEADER = ("", "MB", "s to write", "s to read")
WRITE = """
import sys, numpy as np
from pathlib import Path
from tests.model_files import KINDS, ROWS, fit_tiny
for kind in KINDS:
    aae = fit_tiny(kind)
    aae.save(Path(sys.argv[1]) / kind)
    np.save(Path(sys.argv[1]) / f"{kind}.npy", aae.transform(ROWS))
"""
READ = """
import json, sys, numpy as np
from pathlib import Path
import numpy, sklearn, torch
from aae_sklearn import load
from tests.model_files import KINDS, ROWS
folder = Path(sys.argv[1])
found = {k: load(folder / k).transform(ROWS) - np.load(folder / f"{k}.npy") for k in KINDS}
worst = max(float(np.abs(difference).max()) for difference in found.values())
kinds = (numpy, sklearn, torch)
versions = [f"{k.__name__} {k.__version__}" for k in kinds]
print(json.dumps([f"Python {sys.version.split()[0]}, " + ", ".join(versions), len(found), worst]))
"""


def quickest(function: Callable[[], Any], n_times: int = 5) -> str:
    """Seconds of the quickest of some calls."""
    took = []
    for _ in range(n_times):
        start = time.perf_counter()
        function()
        took.append(time.perf_counter() - start)
    return f"{min(took):.3f}"


def sizes(n_rows: int) -> Iterator[tuple[object, ...]]:
    """Lines on files of a map."""
    X = subsample(load_split("mnist"), n_rows).X_train
    aae = aae_sklearn.AdversarialAutoencoder(random_state=0).fit(X)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model"
        ways = {
            "save, load": (lambda: aae.save(path), lambda: aae_sklearn.load(path)),
            "pickle": (
                lambda: path.write_bytes(pickle.dumps(aae)),
                lambda: pickle.loads(path.read_bytes()),
            ),
            "joblib, mmap_mode='r'": (
                lambda: joblib.dump(aae, path),
                lambda: joblib.load(path, mmap_mode="r"),
            ),
        }
        for way, (write, read) in ways.items():
            written = quickest(write)
            yield way, f"{path.stat().st_size / 1e6:.1f}", written, quickest(read)
    index = aae._model.features.search.index
    weights = sum(weight.nbytes for weight in aae._model.networks.parameters())
    codes = aae._model.features.table.nbytes + aae.embedding_.nbytes
    parts = index.points.nbytes, codes, weights, 4 * index.order.numel()
    names = "references", "their codes and pushes, codes of the rows", "weights", "places in cells"
    for name, size in zip(names, parts, strict=True):
        yield f"of which {name}", f"{size / 1e6:.1f}", "", ""


def run(python: str, program: str, folder: str) -> str:
    """What a program prints, run by an interpreter."""
    command = [python, "-W", "ignore", "-c", program, folder]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def exchanged(other: str) -> Iterator[tuple[object, ...]]:
    """Lines on files that go from one interpreter to another."""
    for writer, reader in ((other, sys.executable), (sys.executable, other)):
        with tempfile.TemporaryDirectory() as folder:
            run(writer, WRITE, folder)
            by = [json.loads(run(python, READ, folder)) for python in (writer, reader)]
        yield by[0][0], by[1][0], by[1][1], f"{by[1][2]:.0e}"


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--other")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    text = (
        f"# Saved models\n\nA map of {args.rows:,} rows of MNIST, one thread; the quickest of "
        "five.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'safetensors')}\n\n"
        f"{_tables.markdown(HEADER, sizes(args.rows))}\n"
    )
    if args.other:
        head = ("written by", "read by", "kinds of models", "largest difference of codes")
        text += (
            "\nFiles of small models of each kind under other versions:\n\n"
            f"{_tables.markdown(head, exchanged(args.other))}\n"
        )
    _tables.save("saving", text.rstrip("\n"))


if __name__ == "__main__":
    main()
