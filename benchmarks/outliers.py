"""Which score finds which kind of outlier?

    python benchmarks/outliers.py [--seeds 0 1]

Some thousand rows of each data set are fitted, and held-out rows are mixed with outliers of four
kinds. The table has the area under the ROC curve of each score: 1 if all outliers score higher
than all held-out rows, 0.5 for guessing.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import _tables
import numpy as np
import pandas as pd
from _data import DATA_DIR, load_split
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor

from aae_sklearn import AdversarialAutoencoder

N_FITTED, N_TEST = 1_000, 300
UNSEEN = {"digits": 4, "mnist": 4, "fashion_mnist": 8, "mouse_bladder": 2, "adult": 1}


@dataclass(frozen=True)
class Case:
    """Rows to fit, and rows to judge of which some are outliers."""

    data: str
    kind: str
    X: NDArray[np.float64]
    X_test: NDArray[np.float64]
    is_outlier: NDArray[np.bool_]


def load_table(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All rows of a data set; categories of the adult table become flags."""
    if name != "adult":
        split = load_split(name)
        return split.X_train.astype(np.float64), split.y_train
    frame = pd.read_csv(DATA_DIR / "adult.csv.gz").query("split == 'train'")
    frame = frame.drop(columns=["split", "income"]).dropna()
    X = pd.get_dummies(frame).to_numpy(np.float64)
    X = X[:, X.any(axis=0)]
    numbers = np.ptp(X, axis=0) > 1
    X[:, numbers] = np.log1p(X[:, numbers])
    X[:, numbers] /= X[:, numbers].std(axis=0)
    return X, (frame["education"] == "Doctorate").to_numpy(np.int64)


def make_cases(name: str, seed: int) -> Iterator[Case]:
    """One case of each kind."""
    rng = np.random.default_rng(seed)
    X, y = load_table(name)
    is_new = y == UNSEEN[name]
    known = rng.permutation(np.flatnonzero(~is_new))[: N_FITTED + N_TEST]
    n_test = min(N_TEST, len(known) // 3)
    fitted, test = X[known[n_test:]], X[known[:n_test]]
    others, labels = X[known[n_test:]], y[known[n_test:]]
    makers: dict[str, NDArray[np.float64]] = {
        "unseen class": rng.permutation(X[is_new])[:N_TEST],
        "noise": np.stack([rng.permutation(column) for column in test.T], axis=1),
        "planted cells": plant(test, others, rng),
        "between classes": between(others, labels, n_test, rng),
    }
    if name == "adult":
        del makers["unseen class"]  # people with a doctorate are no outliers
    for kind, outliers in makers.items():
        is_outlier = np.r_[np.zeros(len(test), bool), np.ones(len(outliers), bool)]
        yield Case(name, kind, fitted, np.concatenate([test, outliers]), is_outlier)


def plant(
    rows: NDArray[np.float64], others: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Three cells of a hundred, one at least, at the end of their column's range."""
    planted = rows.copy()
    low, high = others.min(axis=0), others.max(axis=0)
    n_cells = max(1, round(0.03 * rows.shape[1]))
    for row in planted:
        cells = rng.choice(rows.shape[1], n_cells, replace=False)
        middle = (low[cells] + high[cells]) / 2
        row[cells] = np.where(row[cells] > middle, low[cells], high[cells])
    return planted


def between(
    rows: NDArray[np.float64], labels: NDArray[np.int64], n_rows: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Means of two rows of different classes: they lie where no rows are."""
    first, second = rng.integers(len(rows), size=(2, 20 * n_rows))
    differ = np.flatnonzero(labels[first] != labels[second])
    if not len(differ):  # one class only
        differ = np.arange(n_rows)
    chosen = differ[:n_rows]
    return (rows[first[chosen]] + rows[second[chosen]]) / 2


def of_model(aae: AdversarialAutoencoder, case: Case) -> dict[str, NDArray[np.float64]]:
    """The parts of the score, and the score."""
    parts = {
        "reconstruction_error": aae.reconstruction_error(case.X_test),
        "-score_samples": -aae.score_samples(case.X_test),
    }
    if aae._model.has_references:
        parts["distance"] = aae._model.features.squared_distance(case.X_test)
    return {**parts, "outlier_score": aae.outlier_score(case.X_test)}


def of_peers(case: Case, seed: int) -> dict[str, NDArray[np.float64]]:
    """What others say of the same rows."""
    pca = PCA(min(16, case.X.shape[1] - 1), random_state=seed).fit(case.X)
    missing = case.X_test - pca.inverse_transform(pca.transform(case.X_test))
    forest = IsolationForest(random_state=seed).fit(case.X)
    factor = LocalOutlierFactor(novelty=True).fit(case.X)
    return {
        "IsolationForest": -forest.score_samples(case.X_test),
        "LOF": -factor.score_samples(case.X_test),
        "PCA(16) error": np.square(missing).sum(axis=1),
    }


def fit_models(case: Case, seed: int) -> dict[str, AdversarialAutoencoder]:
    """A map, and the paper's model with 16 components."""
    return {
        "map": AdversarialAutoencoder(random_state=seed).fit(case.X),
        "16-d": AdversarialAutoencoder(16, random_state=seed).fit(case.X),
    }


def scores(case: Case, models: dict[str, AdversarialAutoencoder], seed: int) -> dict[str, float]:
    """The area under the curve of each score."""
    found = of_peers(case, seed)
    for name, model in models.items():
        found |= {f"{name}: {part}": values for part, values in of_model(model, case).items()}
    return {name: float(roc_auc_score(case.is_outlier, v)) for name, v in found.items()}


def summary(found: list[dict[str, float]], labels: list[str]) -> str:
    """Mean areas, and how far the combination falls behind the best of its parts."""
    lines = []
    for model in ("map", "16-d"):
        gaps = {
            label: scores[f"{model}: outlier_score"]
            - max(v for k, v in scores.items() if k.startswith(model) and "outlier" not in k)
            for scores, label in zip(found, labels, strict=True)
        }
        worst = min(gaps, key=lambda label: gaps[label])
        short = sum(gap < -0.02 for gap in gaps.values())
        lines.append(
            f"{model}: `outlier_score` is more than .02 below the best of its parts in {short} of "
            f"{len(gaps)} cases; the worst is {worst}, {gaps[worst]:+.3f}. Which part is the best "
            "nobody knows beforehand."
        )
    return "\n\n".join(lines)


def main() -> None:
    """Fit, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--data", nargs="+", default=list(UNSEEN))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    found: dict[str, list[dict[str, float]]] = {}
    for name in args.data:
        for seed in args.seeds:
            cases = list(make_cases(name, seed))
            models = fit_models(cases[0], seed)  # all cases have the same fitted rows
            for case in cases:
                label = f"{name}, {case.kind}"
                found.setdefault(label, []).append(scores(case, models, seed))
                print(label, found[label][-1], flush=True)
    means = [
        {key: float(np.mean([s[key] for s in runs])) for key in runs[0]} for runs in found.values()
    ]
    columns = list(means[0])
    rows = [
        (label, *(f"{m[c]:.2f}" for c in columns)) for label, m in zip(found, means, strict=True)
    ]
    rows.append(("mean", *(f"{np.mean([m[c] for m in means]):.3f}" for c in columns)))
    about = (
        f"# Outliers\n\nArea under the ROC curve, {N_FITTED:,} fitted rows, mean of seeds "
        f"{args.seeds}.\n\n{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    table = _tables.markdown(("case", *columns), rows)
    _tables.save("outliers", about + table + "\n\n" + summary(means, list(found)))


if __name__ == "__main__":
    main()
