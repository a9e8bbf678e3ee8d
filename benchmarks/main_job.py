"""The main job: fit real data, print a short table on held-out rows, write the pictures.

    python benchmarks/main_job.py [--data mnist] [--paper] [--seeds 0] [--pictures FOLDER]

Data: MNIST where AAE_DATA_DIR has it or OpenML can be reached, else the digits that ship
with scikit-learn. ``--paper`` is the paper's model, without the neighbour term.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import _tables
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from _data import IMAGE_SHAPES, Split, load_split

from aae_sklearn import AdversarialAutoencoder, metrics
from aae_sklearn.display import (
    DecodedGridDisplay,
    EmbeddingDisplay,
    HistoryDisplay,
    SamplesDisplay,
)

HEADER = ("data", "seed", "rows", "fit, s", "explained variance", "trustworthiness", "10-NN")
HEADER += ("KS to the prior",)
_N_TRUSTWORTHINESS = 5_000


def load_best() -> Split:
    """MNIST if it can be had, else digits."""
    try:
        return load_split("mnist")
    except OSError as error:
        print(f"MNIST is out of reach ({error}); using scikit-learn's digits")
        return load_split("digits")


def measure(model: AdversarialAutoencoder, split: Split) -> tuple[str, ...]:
    """Explained variance, trustworthiness, 10-NN accuracy and KS of the held-out rows."""
    codes = model.transform(split.X_test)
    some = slice(_N_TRUSTWORTHINESS)
    values = (
        model.score(split.X_test),
        metrics.trustworthiness(split.X_test[some], codes[some], n_neighbors=15),
        metrics.knn_accuracy(model.embedding_, split.y_train, codes, split.y_test),
        metrics.ks_statistic(codes, model.prior_),
    )
    return tuple(f"{value:.3f}" for value in values)


def draw(model: AdversarialAutoencoder, split: Split, folder: Path) -> None:
    """Write the map, the decoded grid, samples and the losses as PNG files."""
    shape = IMAGE_SHAPES[split.name]
    pictures: dict[str, Any] = {
        "map": EmbeddingDisplay.from_estimator(model, split.X_test, split.y_test),
        "decoded_grid": DecodedGridDisplay.from_estimator(model, image_shape=shape),
        "samples": SamplesDisplay.from_estimator(model, split.X_train[:10_000], image_shape=shape),
        "losses": HistoryDisplay.from_estimator(model),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, display in pictures.items():
        display.figure_.savefig(folder / f"{name}.png", dpi=150, bbox_inches="tight")
        plt.close(display.figure_)


def main() -> None:
    """Fit for each seed, print and save the table, draw the last model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=sorted(IMAGE_SHAPES))
    parser.add_argument("--paper", action="store_true", help="without the neighbour term")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--pictures", type=Path, default=Path("aae_pictures"))
    parser.add_argument("--save", metavar="NAME", help="also write benchmarks/results/NAME.md")
    args = parser.parse_args()
    split = load_split(args.data) if args.data else load_best()
    rows = []
    for seed in args.seeds:
        model = AdversarialAutoencoder(random_state=seed, verbose=1)
        if args.paper:
            model.set_params(neighbor_weight=0)
        start = time.perf_counter()
        model.fit(split.X_train)
        seconds = time.perf_counter() - start
        n_rows = f"{len(split.X_train):,} + {len(split.X_test):,} held out"
        rows.append((split.name, seed, n_rows, f"{seconds:.0f}", *measure(model, split)))
    table = f"{_tables.machine()}\n\n{_tables.markdown(HEADER, rows)}"
    print(table)
    if args.save:
        _tables.save(args.save, table)
    draw(model, split, args.pictures)
    print(f"pictures: {args.pictures.resolve()}")


if __name__ == "__main__":
    main()
