"""Maps with labels: what they show of the fitted rows, and what of new ones.

    python benchmarks/supervised.py [--data digits mouse_bladder] [--seeds 0 1 2] [--again]

Every fit is kept as a line of results/supervised.jsonl and not made again for the same code. Codes
of seed 0 are kept for the pictures, results/supervised_<data>.png.
"""

from __future__ import annotations

import argparse
import time
import warnings
from itertools import product
from typing import Any

import _methods
import _pictures
import _records
import _tables
import numpy as np
import pandas as pd
from _data import DATA_DIR, Split, load_split, subsample
from numpy.typing import NDArray

from aae_sklearn import AdversarialAutoencoder, metrics
from aae_sklearn.priors import GaussianMixturePrior

DATA = ("digits", "mouse_bladder", "fashion_mnist", "adult")
WEIGHTS = (0.0, 0.2, 0.5, 0.8)
MIXTURE = "ours, a petal for each class"
METHODS = (
    *(f"ours, label_weight={weight}" for weight in WEIGHTS),
    f"{MIXTURE}, 0.5",
    "umap-learn, no labels",
    *(f"umap-learn, target_weight={weight}" for weight in WEIGHTS[1:]),
)
FIGURES = ("10-NN", "silhouette", "trust. 15")
MOST_ROWS, MOST_TEST_ROWS = 10_000, 5_000
N_COMPARED = 2_500  # rows whose silhouette and trustworthiness are computed


def load(name: str, seed: int) -> Split:
    """Rows to fit and held-out ones, at most some thousands of each."""
    split = _adult(seed) if name == "adult" else load_split(name, seed)
    if len(split.X_train) > MOST_ROWS:
        split = subsample(split, MOST_ROWS, seed)
    test = slice(MOST_TEST_ROWS)
    return Split(name, split.X_train, split.y_train, split.X_test[test], split.y_test[test])


def _adult(seed: int) -> Split:
    """Income above 50,000 or not, and 5,000 rows to fit; categories become flags."""
    frame = pd.read_csv(DATA_DIR / "adult.csv.gz").dropna()
    y = frame["income"].str.contains(">50K").to_numpy(np.int64)
    X = pd.get_dummies(frame.drop(columns=["split", "income"])).to_numpy(np.float64)
    numbers = np.ptp(X, axis=0) > 1
    X[:, numbers] = np.log1p(X[:, numbers])
    X[:, numbers] /= X[:, numbers].std(axis=0)
    order = np.random.RandomState(seed).permutation(len(X))
    fitted, held_out = order[:5_000], order[5_000:10_000]
    X = X.astype("f4")
    return Split("adult", X[fitted], y[fitted], X[held_out], y[held_out])


def build(method: str, n_classes: int, seed: int) -> Any:
    """An unfitted model."""
    if method.startswith("ours"):
        weight = float(method.replace("=", " ").split()[-1])
        prior: Any = GaussianMixturePrior(n_classes) if method.startswith(MIXTURE) else "normal"
        return AdversarialAutoencoder(prior=prior, label_weight=weight, random_state=seed)
    from umap import UMAP

    named = method.split("=")[1:]
    return UMAP(random_state=seed, n_jobs=1, **({"target_weight": float(*named)} if named else {}))


def measure(data: str, method: str, seed: int) -> dict[str, float]:
    """One fit and its figures."""
    split = load(data, seed)
    model = build(method, int(split.y_train.max()) + 1, seed)
    labels = None if method == "umap-learn, no labels" else split.y_train
    start = time.perf_counter()
    codes_train = model.fit_transform(split.X_train, labels)
    seconds = time.perf_counter() - start
    codes = model.transform(split.X_test)
    if seed == 0:
        _keep(data, method, split, codes_train, codes)
    separation = metrics.class_separation(
        codes_train, split.y_train, codes, split.y_test, max_samples=N_COMPARED, random_state=seed
    )
    figures = {
        "10-NN, fitted": separation.knn_fitted,
        "10-NN, held out": separation.knn_held_out,
        "silhouette, fitted": separation.silhouette_fitted,
        "silhouette, held out": separation.silhouette_held_out,
        "trust. 15, fitted": _trustworthiness(split.X_train, codes_train),
        "trust. 15, held out": _trustworthiness(split.X_test, codes),
        "fit, s": seconds,
    }
    if isinstance(model, AdversarialAutoencoder):
        figures["KS"] = metrics.ks_statistic(codes, model.prior_, n_projections=0)
    return {name: float(figure) for name, figure in figures.items()}


def _trustworthiness(X: NDArray[Any], codes: NDArray[Any]) -> float:
    return metrics.trustworthiness(X[:N_COMPARED], codes[:N_COMPARED], n_neighbors=15)


def _keep(
    data: str, method: str, split: Split, codes_train: NDArray[Any], codes: NDArray[Any]
) -> None:
    """Keep the codes that are drawn: as many of fitted rows as of held-out ones."""
    for name, z, y in (("fitted", codes_train, split.y_train), ("held out", codes, split.y_test)):
        path = _pictures.codes_file(data, f"{method}, {name}", 0)
        _pictures.keep(path, z[: len(codes)], y[: len(codes)])


def write() -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load("supervised"), ("data", "method"), ())
    names = [*(f"{name}, {of}" for name in FIGURES for of in ("fitted", "held out"))]
    rows = []
    for (data, method), runs in sorted(groups.items(), key=_order):
        values = {
            name: [run.get(name, np.nan) for run in runs.values()]
            for name in (*names, "KS", "fit, s")
        }
        middle = [f"{np.median(values[name]):.3f}" for name in names]
        gap = np.subtract(*(values[f"10-NN, {of}"] for of in ("fitted", "held out")))
        ks = np.median(values["KS"])
        rows.append(
            (
                data,
                method,
                *middle,
                f"{np.median(gap):+.3f}",
                "-" if np.isnan(ks) else f"{ks:.2f}",
                f"{np.median(values['fit, s']):.0f}",
                len(runs),
            )
        )
    about = (
        "# Maps with labels\n\n"
        "Medians over seeds. 10-NN: accuracy of a vote of the nearest fitted codes, of the fitted "
        "rows without themselves; gap: fitted less held out. Silhouette of the classes and "
        "trustworthiness at k = 15 among 2,500 rows at most. Fashion-MNIST: 10,000 rows to fit "
        "and 5,000 held out; adult: 5,000 and 5,000, two classes by income. All rows that are "
        "fitted have their label, held-out ones are placed without. Other processes shared the "
        "machine: seconds say little. Runs of one day, between which other parts of the code "
        "changed: supervised.jsonl has the fingerprint of each.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn', 'umap-learn')}\n\n"
    )
    header = ("data", "method", *names, "gap", "KS", "fit, s", "seeds")
    _tables.save("supervised", about + _tables.markdown(header, rows))


def _order(group: Any) -> tuple[int, int]:
    (data, method), _ = group
    return DATA.index(data), METHODS.index(method)


def draw(data: str) -> None:
    """Fitted and held-out rows of our map and of UMAP's, of seed 0."""
    shown = ("ours, label_weight=0.5", "umap-learn, target_weight=0.5")
    methods = [f"{method}, {of}" for method in shown for of in ("fitted", "held out")]
    print(_pictures.draw_maps(data, methods, 0, "supervised"))


def main() -> None:
    """Fit what is missing, then make the table and the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--again", action="store_true", help="also what is there")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    for data, seed, method in product(args.data, args.seeds, args.methods):
        version = _methods.version_of("ours" if method.startswith("ours") else "umap-learn")
        key = {"data": data, "method": method, "seed": seed, "version": version}
        if args.again or not _records.has(_records.load("supervised"), key):
            _records.append("supervised", {**key, **measure(data, method, seed)})
            write()
    for data in args.data:
        draw(data)
    write()


if __name__ == "__main__":
    main()
