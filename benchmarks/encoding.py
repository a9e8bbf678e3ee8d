"""What the promise costs that a row's code has the same bits in every batch.

    python benchmarks/encoding.py [--rows 7680] [--rounds 15]

The paper's model encodes random rows of 784 numbers on one thread: as it does, and with torch's
own products, of 256 rows at a time, in blocks as large. Both ways take turns; seconds are those of
the processor, and the ratio is the median over the rounds. The limit is 1.1.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import _tables
import numpy as np
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.networks import _layers
from aae_sklearn.rows import _inputs
from aae_sklearn.settings import _defaults as defaults

WIDTHS = (2, 8, 32)
N_FEATURES = 784
FREE_ROWS = 256
HEADER = ("X", "components", "ours, s", "torch's products, s", "ratio")


def free_product(x: Any, columns: Any, offset: Any = None) -> Any:
    """A product that promises nothing."""
    return x @ columns if offset is None else torch.addmm(offset, x, columns)


@contextmanager
def free_products() -> Iterator[None]:
    """Products, and chunks of rows, as they would be without the promise."""
    with (
        mock.patch.object(_layers, "product", free_product),
        mock.patch.object(_inputs, "product", free_product),
        mock.patch.object(defaults, "CHUNK_ROWS", FREE_ROWS),
        mock.patch.object(defaults, "TALL_CHUNK_ROWS", FREE_ROWS),
    ):
        yield


def seconds(model: AdversarialAutoencoder, rows: np.ndarray) -> float:
    """Of the processor, to encode the rows."""
    start = time.process_time()
    model.transform(rows)
    return time.process_time() - start


def measure(n_components: int, rows: np.ndarray, n_rounds: int) -> tuple[object, ...]:
    """A line of the table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nothing is to be learned of noise
        params = {"neighbor_weight": 0, "max_iter": 1, "random_state": 0}
        model = AdversarialAutoencoder(n_components, **params).fit(rows[:1_000])
    times = []
    for _ in range(n_rounds + 1):
        ours = seconds(model, rows)
        with free_products():
            times.append((ours, seconds(model, rows)))
    ours, free = np.array(times[1:]).T
    ratio = np.median(ours / free)
    return rows.dtype, n_components, f"{ours.min():.3f}", f"{free.min():.3f}", f"{ratio:.2f}"


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=7_680)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = np.random.RandomState(0).uniform(size=(args.rows, N_FEATURES))
    kinds = (rows, rows.astype(np.float32))
    lines = [measure(width, kind, args.rounds) for kind in kinds for width in WIDTHS]
    about = (
        "# Encoding, and the same bits in every batch\n\n"
        f"{args.rows:,} rows, the paper's model, one thread: least seconds of the processor, and "
        f"the median ratio of {args.rounds} rounds in turn (`benchmarks/encoding.py`). The limit "
        "is 1.1.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch')}\n\n"
    )
    _tables.save("encoding", about + _tables.markdown(HEADER, lines))


if __name__ == "__main__":
    main()
