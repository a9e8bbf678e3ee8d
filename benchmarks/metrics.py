"""How good are maps under other distances than Euclid's?

    python benchmarks/metrics.py [--metrics cosine hamming ...] [--seeds 0 1 2]

1,000 rows are fitted and up to 400 are placed, by this package and by umap-learn. Every figure is
taken under the metric that was asked for. The layout is what the neighbours give before rows are
placed in it; what differs from the fitted rows' codes is what placing costs.

Every run is kept as a line of results/metrics.jsonl: what is there for the same version of the
code is not run again.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable
from typing import Any

import _methods
import _records
import _tables
import numpy as np
from _metric_cases import LINES, Case, cases
from numpy.typing import NDArray
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder, metrics

METRICS = list(dict.fromkeys(line[0] for line in LINES))
FIGURES = ("fitted 10-NN", "fitted trust.", "held-out 10-NN", "held-out trust.")
OF_LAYOUT = ("layout 10-NN", "layout trust.")
ALLOWED, ALLOWED_BY_PLACING = 0.01, 0.005
Codes = NDArray[np.float64]
Maps = tuple[Codes, Codes | None, Codes | None]  # of fitted and new rows, and the layout's own


def pairs_of(distances: NDArray[np.float64], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Neighbours of rows, nearest first."""
    index = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return index, np.take_along_axis(distances, index, axis=1)


def of_ours(case: Case, seed: int) -> Maps:
    """Maps of this package."""
    kind, metric = case.metric, case.compare
    X, X_new = case.X, case.X_new
    if kind == "precomputed":
        metric = kind
        X, X_new = case.distances(X, X), case.distances(X_new, X)
    if kind == "pairs":
        metric = pairs_of(case.distances(X, X), 91)
        X_new = pairs_of(case.distances(X_new, X), 30)
        X = np.arange(2.0 * len(case.y)).reshape(-1, 2)  # holds a place: nothing is read of it
    aae = AdversarialAutoencoder(
        metric=metric,
        metric_params=dict(case.parameters) if kind == "minkowski" else None,
        random_state=seed,
    )
    codes, features = aae.fit_transform(X), aae._model.features
    references = features.scale * features.table.chunk(2, dim=1)[0]
    return codes, aae.transform(X_new), references.cpu().numpy()


def of_umap(case: Case, seed: int) -> Maps:
    """Maps of umap-learn; it places no rows whose fitted neighbours were handed to it."""
    from numba import njit
    from umap import UMAP

    known: dict[str, Any] = {"metric": case.compare, "metric_kwds": dict(case.parameters)}
    X, X_new = case.X, case.X_new
    if case.metric == "precomputed":
        known = {"metric": "precomputed"}
        X, X_new = case.distances(X, X), case.distances(X_new, X)
    if case.metric == "pairs":
        known = {"precomputed_knn": pairs_of(case.distances(X, X), 15)}
    if callable(case.compare):
        known["metric"] = njit(case.compare)
    if sparse.issparse(X):
        X, X_new = sparse.csr_matrix(X), sparse.csr_matrix(X_new)  # it takes no arrays
    umap = UMAP(random_state=seed, n_jobs=1, **known)
    codes = umap.fit_transform(X)
    return codes, None if case.metric == "pairs" else umap.transform(X_new), None


METHODS: dict[str, Callable[[Case, int], Maps]] = {"ours": of_ours, "umap-learn": of_umap}


def left_out_accuracy(codes: Codes, y: NDArray[np.int64]) -> float:
    """Accuracy of the ten nearest other rows' vote."""
    nearest = NearestNeighbors(n_neighbors=10).fit(codes).kneighbors(return_distance=False)
    votes = [np.bincount(labels).argmax() for labels in y[nearest]]
    return float(np.mean(votes == y))


def figures(case: Case, maps: Maps) -> dict[str, float]:
    """What is measured, under the metric of the case."""
    codes, new, layout = maps
    among, among_new = case.distances(case.X, case.X), case.distances(case.X_new, case.X_new)

    def trust(distances: NDArray[np.float64], found: Codes) -> float:
        return float(
            metrics.trustworthiness(distances, found, n_neighbors=15, metric="precomputed")
        )

    values = [left_out_accuracy(codes, case.y), trust(among, codes), math.nan, math.nan]
    if new is not None:
        values[2] = float(metrics.knn_accuracy(codes, case.y, new, case.y_new, n_neighbors=10))
        values[3] = trust(among_new, new)
    found = dict(zip(FIGURES, values, strict=True))
    if layout is not None:
        values = [left_out_accuracy(layout, case.y), trust(among, layout)]
        found |= dict(zip(OF_LAYOUT, values, strict=True))
    return found


def run_missing(names: list[str], seeds: list[int], methods: list[str]) -> None:
    """Run what the file of results does not have yet."""
    for seed in seeds:
        for case in cases(seed, names):
            for method in methods:
                key = {"metric": case.metric, "data": case.data, "method": method, "seed": seed}
                key["version"] = _methods.version_of(method)
                if _records.has(_records.load("metrics"), key):
                    continue
                found = figures(case, METHODS[method](case, seed))
                _records.append("metrics", {**key, **found, "machine": _tables.machine()})
                print(case.metric, case.data, method, seed, found, flush=True)


def write() -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load("metrics"), ("metric", "data", "method"), ("version",))
    rows, short, by_placing = [], [], []
    for metric, data, *_ in LINES:
        by_seed = [groups.get((metric, data, method), {}) for method in METHODS]
        seeds = sorted(set(by_seed[0]) & set(by_seed[1]))  # what both have is compared
        runs = [[of[seed] for seed in seeds] for of in by_seed]
        if not seeds:
            continue
        ours, umap = ({f: np.mean([run[f] for run in of]) for f in FIGURES} for of in runs)
        layout = {f: np.mean([run[f] for run in runs[0]]) for f in OF_LAYOUT}
        cells = [f"{ours[f]:.3f} / {umap[f]:.3f}" for f in FIGURES]
        cells += [f"{layout[f]:.3f}" for f in OF_LAYOUT]
        rows.append((metric, data, *cells, len(seeds)))
        label = f"{metric} ({data})"
        short += [
            f"{label}, {f}: {ours[f] - umap[f]:+.3f}"
            for f in FIGURES
            if ours[f] < umap[f] - ALLOWED
        ]
        by_placing += [
            f"{label}, {f}: {ours[of] - layout[f]:+.3f}"
            for f, of in zip(OF_LAYOUT, FIGURES, strict=False)
            if abs(ours[of] - layout[f]) > ALLOWED_BY_PLACING
        ]
    header = ("metric", "data", *(f"{f}: ours / umap" for f in FIGURES), *OF_LAYOUT, "seeds")
    about = (
        "# Maps under other metrics\n\n1,000 fitted rows, 400 new ones (digits: 400 of 797); "
        "means of seeds. 10-NN of fitted rows without the row itself; trustworthiness with 15 "
        "neighbours under the metric. umap-learn places no rows whose neighbours were handed to "
        f"it (nan).\n\n{_tables.machine()}; "
        f"{_tables.versions('torch', 'scikit-learn', 'umap-learn')}\n\n"
    )
    ends = f"Lower than umap-learn by more than {ALLOWED}: {'; '.join(short) or 'none'}.\n\n"
    ends += f"Codes and layout differ by more than {ALLOWED_BY_PLACING}: "
    ends += f"{'; '.join(by_placing) or 'none'}."
    _tables.save("metrics", about + _tables.markdown(header, rows) + "\n\n" + ends)


def main() -> None:
    """Run what is missing, make the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--metrics", nargs="+", default=METRICS, choices=METRICS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    run_missing(args.metrics, args.seeds, args.methods)
    write()


if __name__ == "__main__":
    main()
