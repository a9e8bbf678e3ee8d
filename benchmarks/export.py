"""Does an exported graph give the codes of `transform`, and how fast?

    python benchmarks/export.py [--data digits mnist] [--priors normal uniform ...] [--many]

For each data set (digits: 797 rows to fit; MNIST: 10,000 and three of the priors), model and
prior: the largest difference of codes over 1,000 held-out rows, between onnxruntime and
`transform`, over 1 + abs(code); the same of decoded rows; size of the file; milliseconds for 1 and
for 1,000 rows, both with one thread. Written to results/onnx.md. With --many, the same of maps of
more rows of MNIST, in whose cells `transform` searches: how many codes differ. Written to
results/onnx_many.md.

This file is not named onnx.py, as every script of this folder would then import it as the package
onnx.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import _tables
import numpy as np
import onnxruntime
import torch
from _data import load_split, subsample
from numpy.typing import NDArray

from aae_sklearn import AdversarialAutoencoder

MODELS = {"map": {}, "paper's": {"neighbor_weight": 0}}
FEW = ("normal", "uniform", "cauchy")
PRIORS = {
    "digits": (*FEW, "laplace", "ball", "sphere", "gaussian_mixture", "swiss_roll"),
    "mnist": FEW,
}
HEADER = ("data", "model", "prior", "codes", "rows", "MB", "1 row", "transform, 1 row")
HEADER += ("1,000 rows", "transform, 1,000 rows")
N_HELD_OUT = 1_000
MANY = (20_000, 60_000)
MANY_HEADER = ("fitted rows", "seed", "beyond 1e-5", "largest", "MB", "1 row")
MANY_HEADER += ("transform, 1 row", "1,000 rows", "transform, 1,000 rows")


def rows_of(name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows to fit and rows held out."""
    split = load_split(name)
    if name == "digits":
        X = np.concatenate([split.X_train, split.X_test])
        return X[:-N_HELD_OUT], X[-N_HELD_OUT:]
    return subsample(split, 10_000).X_train, split.X_test[:N_HELD_OUT]


def session_of(aae: AdversarialAutoencoder, what: str, path: Path) -> Callable[[Any], Any]:
    """A function that runs an exported graph."""
    aae.to_onnx(path, what)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})[0]


def milliseconds(function: Callable[[Any], Any], x: Any) -> str:
    """Median of a few calls, the first left out."""
    function(x)
    took = []
    for _ in range(50 if len(x) == 1 else 7):
        start = time.perf_counter()
        function(x)
        took.append(time.perf_counter() - start)
    return f"{1e3 * float(np.median(took)):.2f}"


def measured(aae: AdversarialAutoencoder, X: NDArray[np.float32]) -> Iterator[str]:
    """Figures of one model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        codes = aae.transform(X)
        decode = session_of(aae, "inverse_transform", path)
        encode = session_of(aae, "transform", path)
        yield f"{np.max(np.abs(encode(X) - codes) / (1 + np.abs(codes))):.0e}"
        yield f"{np.abs(decode(codes) - aae.inverse_transform(codes)).max():.0e}"
        yield f"{path.stat().st_size / 1e6:.2f}"
        for some in (X[:1], X):
            yield milliseconds(encode, some)
            yield milliseconds(aae.transform, some)


def many() -> None:
    """Maps of more references than `transform` compares; print and save the table."""
    split, lines = load_split("mnist"), []
    X = split.X_test[:N_HELD_OUT]
    for n_rows, seed in itertools.product(MANY, range(3)):
        fitted = subsample(split, n_rows, seed).X_train
        aae = AdversarialAutoencoder(random_state=seed).fit(fitted)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            encode = session_of(aae, "transform", path)
            codes = aae.transform(X)
            difference = (np.abs(encode(X) - codes) / (1 + np.abs(codes))).max(axis=1)
            line = [f"{n_rows:,}", seed, f"{np.mean(difference > 1e-5):.1%}"]
            line += [f"{difference.max():.0e}", f"{path.stat().st_size / 1e6:.2f}"]
            for some in (X[:1], X):
                line += [milliseconds(encode, some), milliseconds(aae.transform, some)]
        lines.append(line)
        print(*line, flush=True)
    about = (
        f"# Exported graphs of maps with many references\n\nMaps of rows of MNIST; {N_HELD_OUT:,} "
        "held-out rows. Share of rows whose codes by onnxruntime differ by more than 1e-5 from "
        "`transform`, which looks for neighbours in the nearest cells; the largest difference, "
        "over 1 + abs(code); size of the graph; milliseconds, one thread.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'onnx', 'onnxruntime')}\n\n"
    )
    _tables.save("onnx_many", about + _tables.markdown(MANY_HEADER, lines))


def main() -> None:
    """Fit, export, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(PRIORS))
    parser.add_argument("--priors", nargs="+")
    parser.add_argument("--many", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    if args.many:
        many()
        return
    lines = []
    for name in args.data:
        fitted, held_out = rows_of(name)
        for model, params in MODELS.items():
            for prior in args.priors or PRIORS[name]:
                aae = AdversarialAutoencoder(prior=prior, random_state=0, **params).fit(fitted)
                lines.append((name, model, prior, *measured(aae, held_out)))
                print(*lines[-1], flush=True)
    about = (
        f"# Exported graphs\n\nLargest differences over {N_HELD_OUT:,} held-out rows between "
        "onnxruntime and `transform` (over 1 + abs(code)) and `inverse_transform` (columns from 0 "
        "to 1); size of the graph of `transform`; milliseconds, one thread. Digits: 797 rows; "
        "MNIST: 10,000. Two components, default settings.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'onnx', 'onnxruntime')}\n\n"
    )
    _tables.save("onnx", about + _tables.markdown(HEADER, lines))


if __name__ == "__main__":
    main()
