"""How good are the maps, on rows that no method has seen?

    python benchmarks/maps.py [--data digits ...] [--methods ours umap ...] [--seeds 0 1 2]

Each method fits the training rows and places the held-out rows by `transform`; all figures are
of the held-out rows, medians over the seeds. Seconds are wall time of the fit. Only methods that
are installed are run.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import _tables
import numpy as np
import torch
from _data import Split, load_split

from aae_sklearn import AdversarialAutoencoder, metrics

_N_TRUSTWORTHINESS = 5_000


def _umap(seed: int) -> Any:
    from umap import UMAP

    return UMAP(random_state=seed, n_jobs=1)


def _open_tsne(seed: int) -> Any:
    from openTSNE.sklearn import TSNE

    return TSNE(random_state=seed, n_jobs=torch.get_num_threads())


def _pacmap(seed: int) -> Any:
    from pacmap import PaCMAP

    return PaCMAP(random_state=seed, save_tree=True)


METHODS: dict[str, Callable[[int], Any]] = {
    "ours": lambda seed: AdversarialAutoencoder(random_state=seed),
    "ours, free map": lambda seed: AdversarialAutoencoder(
        random_state=seed, adversarial_weight=0.05
    ),
    "ours, closer prior": lambda seed: AdversarialAutoencoder(
        random_state=seed, adversarial_weight=2.0
    ),
    "ours, the paper's model": lambda seed: AdversarialAutoencoder(
        random_state=seed, neighbor_weight=0
    ),
    "umap-learn": _umap,
    "openTSNE": _open_tsne,
    "PaCMAP": _pacmap,
}
DATA = ("digits", "mouse_bladder", "pbmc68k_reduced", "pbmc3k", "mnist", "fashion_mnist")
MEASURES = ("trust. 15", "trust. 5", "1-NN", "5-NN", "10-NN", "rank corr.", "KS", "expl. var.")


def place(model: Any, X_train: Any, X_test: Any) -> np.ndarray[Any, Any]:
    """Codes of new rows; PaCMAP asks for the training rows again."""
    if type(model).__name__ == "PaCMAP":
        return np.asarray(model.transform(X_test, basis=X_train))
    return np.asarray(model.transform(X_test))


def run(method: str, split: Split, seed: int) -> tuple[float, ...]:
    """Fit, place, measure."""
    model = METHODS[method](seed)
    start = time.perf_counter()
    codes_train = np.asarray(model.fit_transform(split.X_train))
    seconds = time.perf_counter() - start
    codes = place(model, split.X_train, split.X_test)
    some = slice(_N_TRUSTWORTHINESS)
    trust = partial(metrics.trustworthiness, split.X_test[some], codes[some])
    knn = partial(metrics.knn_accuracy, codes_train, split.y_train, codes, split.y_test)
    decodes = isinstance(model, AdversarialAutoencoder)
    return (
        trust(n_neighbors=15),
        trust(n_neighbors=5),
        *(knn(n_neighbors=k) for k in (1, 5, 10)),
        metrics.distance_rank_correlation(split.X_test, codes, random_state=0),
        metrics.ks_statistic(codes, model.prior_, n_projections=0) if decodes else np.nan,
        model.score(split.X_test) if decodes else np.nan,
        seconds,
    )


def cell(values: list[float]) -> str:
    """Median of the seeds, and half their range."""
    if np.isnan(values).any():
        return "-"
    return f"{np.median(values):.3f} ±{np.ptp(values) / 2:.3f}"


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--name", default="maps", help="file name of the table")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # the peers' own; ours raise none here
    rows: list[tuple[str, ...]] = []
    for data in args.data:
        splits = {seed: load_split(data, seed) for seed in args.seeds}
        for method in args.methods:
            try:
                runs = [run(method, splits[seed], seed) for seed in args.seeds]
            except ImportError as error:
                print(f"{method}: {error}")
                continue
            cells = [cell(list(values)) for values in list(zip(*runs, strict=True))[:-1]]
            seconds = f"{np.median([values[-1] for values in runs]):.1f}"
            rows.append((data, method, *cells, seconds))
            write(rows, args.seeds, args.name)


def write(rows: list[tuple[str, ...]], seeds: list[int], name: str) -> None:
    """Save what there is so far."""
    about = (
        "# Maps, measured on held-out rows\n\n"
        f"Medians over seeds {', '.join(map(str, seeds))} (± half the range), default settings. "
        "Trustworthiness among the first 5,000 held-out rows; KS: the largest over marginals and "
        "radius.\n\n"
        f"{_tables.machine()}, {torch.get_num_threads()} thread(s); "
        f"{_tables.versions('torch', 'scikit-learn', 'umap-learn', 'openTSNE', 'pacmap')}\n\n"
    )
    header = ("data", "method", *MEASURES, "fit, s")
    _tables.save(name, about + _tables.markdown(header, rows))


if __name__ == "__main__":
    main()
