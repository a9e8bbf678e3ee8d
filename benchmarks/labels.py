"""Classes from few labels, clusters, and maps of both: error on held-out rows.

    python benchmarks/labels.py [--data mnist] [--tasks ...] [--methods ...] [--seeds 0 1]

Labelled rows are drawn at random, as many of each class (as far as it has so many). The other rows
are fitted without labels. A cluster takes the label of the fitted row that is most probably in it.
Every fit is kept as a line of results/labels.jsonl, with the version of the code, and is not made
again.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import _methods
import _records
import _tables
import numpy as np
import pandas as pd
from _data import DATA_DIR, Split, load_split, subsample
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from aae_sklearn import (
    AdversarialAutoencoder,
    AdversarialAutoencoderClassifier,
    AdversarialAutoencoderClusterer,
)

Fitted = Callable[[Any], NDArray[np.int64]]
DATA = ("mnist", "fashion_mnist", "mouse_bladder", "reuters_r8", "adult")
TASKS = ("100 labels", "1000 labels", "all labels", "16 clusters", "30 clusters")
MAPS = ("map, 100 labels", "map, 1000 labels", "map, 20 clusters")
SPREAD_ROWS = 10_000  # of which scikit-learn's LabelSpreading holds all pairs
COMPONENTS = 50


def load(name: str, seed: int) -> Split:
    """A data set; text as tf-idf, and categories of the adult table as flags."""
    if name == "reuters_r8":
        frame = pd.read_csv(DATA_DIR / "reuters_r8.csv.gz")
        train, test = (frame[frame["split"] == part] for part in ("train", "test"))
        tfidf = TfidfVectorizer(min_df=5, sublinear_tf=True).fit(train["text"])
        y = np.unique(frame["label"], return_inverse=True)[1]
        is_train = (frame["split"] == "train").to_numpy()
        rows = (tfidf.transform(part["text"]) for part in (train, test))
        return Split(name, next(rows), y[is_train], next(rows), y[~is_train])
    if name != "adult":
        return load_split(name, seed)
    frame = pd.read_csv(DATA_DIR / "adult.csv.gz")
    is_train, y = (frame["split"] == "train").to_numpy(), (frame["income"] == ">50K").to_numpy()
    numbers = frame.drop(columns=["split", "income", "fnlwgt"])
    X = pd.get_dummies(numbers, dummy_na=True).to_numpy(np.float32)
    X[:, X.max(axis=0) > 1] = np.log1p(X[:, X.max(axis=0) > 1])
    X = MaxAbsScaler().fit_transform(X)
    y = y.astype(np.int64)
    return Split(name, X[is_train], y[is_train], X[~is_train], y[~is_train])


def hide(y: NDArray[np.int64], n_labels: int, seed: int) -> NDArray[np.int64]:
    """Labels of which only so many are left, balanced; the others are -1."""
    random = np.random.RandomState(seed)
    classes = np.unique(y)
    share = max(1, n_labels // len(classes))
    kept = [random.permutation(np.flatnonzero(y == label))[:share] for label in classes]
    hidden = np.full_like(y, -1)
    hidden[np.concatenate(kept)] = y[np.concatenate(kept)]
    return hidden


def ours(split: Split, task: str, seed: int) -> Fitted:
    """The classifier or the clusterer, on the data as it is; text by the angle between rows."""
    metric = {"metric": "cosine"} if split.name == "reuters_r8" else {}
    params = {"random_state": seed, **metric}
    if task.startswith("map"):
        params |= {"n_components": 2, "heads": True}
    if "clusters" in task:
        n_clusters = int(task.split()[-2])
        clusterer = AdversarialAutoencoderClusterer(n_clusters, **params).fit(split.X_train)
        named = names_of(clusterer.predict_proba(split.X_train), split.y_train)
        return lambda X: named[clusterer.predict(X)]
    classifier = AdversarialAutoencoderClassifier(**params)
    return classifier.fit(split.X_train, labels_of(split, task, seed)).predict


def names_of(proba: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """The label of the row that is most probably in each cluster."""
    return y[proba.argmax(axis=0)]


def labels_of(split: Split, task: str, seed: int) -> NDArray[np.int64]:
    """What of y the task shows."""
    n_labels = task.removeprefix("map, ").split()[0]
    return split.y_train if n_labels == "all" else hide(split.y_train, int(n_labels), seed)


def _components(split: Split, seed: int) -> tuple[Any, NDArray[np.float64]]:
    pca = PCA(COMPONENTS, random_state=seed).fit(split.X_train)
    return pca, pca.transform(split.X_train)


def spreading(split: Split, task: str, seed: int) -> Fitted:
    """scikit-learn's LabelSpreading on PCA's features; of many rows some, labelled ones first."""
    pca, codes = _components(split, seed)
    y = labels_of(split, task, seed)
    order = np.argsort((y < 0) + np.random.RandomState(seed).uniform(size=len(y)))[:SPREAD_ROWS]
    spread = LabelSpreading("knn", n_neighbors=10, alpha=0.9, max_iter=100)
    spread.fit(codes[order], y[order])
    return lambda X: spread.predict(pca.transform(X))


def self_training(split: Split, task: str, seed: int) -> Fitted:
    """SelfTrainingClassifier of a logistic regression on PCA's features."""
    pca, codes = _components(split, seed)
    base = LogisticRegression(max_iter=200)
    trained = SelfTrainingClassifier(base).fit(codes, labels_of(split, task, seed))
    return lambda X: trained.predict(pca.transform(X))


def logistic(split: Split, task: str, seed: int) -> Fitted:
    """Logistic regression on PCA's features of the labelled rows."""
    pca, codes = _components(split, seed)
    y = labels_of(split, task, seed)
    fitted = LogisticRegression(max_iter=500).fit(codes[y >= 0], y[y >= 0])
    return lambda X: fitted.predict(pca.transform(X))


def neighbors(split: Split, task: str, seed: int) -> Fitted:
    """The nearest labelled row in PCA's features."""
    pca, codes = _components(split, seed)
    y = labels_of(split, task, seed)
    fitted = KNeighborsClassifier(1 if (y < 0).any() else 5).fit(codes[y >= 0], y[y >= 0])
    return lambda X: fitted.predict(pca.transform(X))


def of_our_features(split: Split, task: str, seed: int) -> Fitted:
    """Logistic regression on 16 components of the paper's model of all rows."""
    features = AdversarialAutoencoder(16, random_state=seed)
    codes = StandardScaler().fit(features.fit_transform(split.X_train))
    y = labels_of(split, task, seed)
    known = codes.transform(features.embedding_[y >= 0])
    fitted = LogisticRegression(max_iter=500).fit(known, y[y >= 0])
    return lambda X: fitted.predict(codes.transform(features.transform(X)))


def supervised_umap(split: Split, task: str, seed: int) -> Fitted:
    """umap-learn's map of all rows with those labels, and the nearest labelled row in it."""
    y = labels_of(split, task, seed)
    umap, codes = _umap(split, seed, y=y)
    fitted = KNeighborsClassifier(1 if (y < 0).any() else 5).fit(codes[y >= 0], y[y >= 0])
    return lambda X: fitted.predict(umap.transform(X))


def k_means(split: Split, task: str, seed: int) -> Fitted:
    """k-means on PCA's features."""
    return _by_centres(*_components(split, seed), split, task, seed)


def k_means_of_umap(split: Split, task: str, seed: int) -> Fitted:
    """k-means on umap-learn's map."""
    return _by_centres(*_umap(split, seed), split, task, seed)


def _by_centres(
    features: Any, codes: NDArray[np.float64], split: Split, task: str, seed: int
) -> Fitted:
    """k-means; a cluster's label is that of the row next to its centre."""
    fitted = KMeans(int(task.split()[-2]), n_init=3, random_state=seed).fit(codes)
    named = names_of(-fitted.transform(codes), split.y_train)
    return lambda X: named[fitted.predict(features.transform(X))]


def hdbscan_of_umap(split: Split, task: str, seed: int) -> Fitted:
    """HDBSCAN on umap-learn's map: as many clusters as it finds, new rows as the nearest one."""
    umap, codes = _umap(split, seed, n_neighbors=30, min_dist=0.0)
    found = HDBSCAN(min_cluster_size=max(5, len(codes) // 200), copy=True).fit(codes)
    proba = found.probabilities_[:, None] * (found.labels_[:, None] == np.unique(found.labels_))
    named = names_of(proba, split.y_train)[found.labels_ - found.labels_.min()]
    nearest = KNeighborsClassifier(1).fit(codes[found.labels_ >= 0], named[found.labels_ >= 0])
    return lambda X: nearest.predict(umap.transform(X))


def _umap(split: Split, seed: int, y: Any = None, **params: Any) -> tuple[Any, Any]:
    from umap import UMAP

    umap = UMAP(random_state=seed, n_jobs=1, **params)
    return umap, umap.fit_transform(split.X_train, y)


METHODS: dict[str, Callable[[Split, str, int], Fitted]] = {
    "ours": ours,
    "LabelSpreading": spreading,
    "SelfTrainingClassifier": self_training,
    "logistic regression": logistic,
    "logistic regression, our 16 components": of_our_features,
    "nearest labelled row": neighbors,
    "supervised umap-learn, nearest labelled row": supervised_umap,
    "k-means": k_means,
    "umap-learn, k-means": k_means_of_umap,
    "umap-learn, HDBSCAN": hdbscan_of_umap,
}
OF_CLUSTERS = ("k-means", "umap-learn, k-means", "umap-learn, HDBSCAN")


def fits(method: str, task: str) -> bool:
    """Whether a method can do a task."""
    if method == "ours":
        return True
    if task.startswith("map"):
        return False
    if "clusters" in task or method in OF_CLUSTERS:
        return "clusters" in task and method in OF_CLUSTERS
    needs_unlabelled = method in ("LabelSpreading", "SelfTrainingClassifier")
    return not (needs_unlabelled and task == "all labels")


def measure(data: str, task: str, method: str, seed: int, n_rows: int) -> dict[str, float]:
    """One fit and its error on held-out rows."""
    split = load(data, seed)
    if data == "reuters_r8" and method != "ours":
        split = replace(split, X_train=split.X_train.tocsr(), X_test=split.X_test.tocsr())
    if split.X_train.shape[0] > n_rows:
        split = subsample(split, n_rows, seed)
    start, start_of_cpu = time.perf_counter(), time.process_time()
    predict = METHODS[method](split, task, seed)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_of_cpu
    error = float((predict(split.X_test) != split.y_test).mean())
    return {"error": error, "seconds": seconds, "cpu": cpu}


def write() -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load("labels"), ("data", "task", "method"), ("rows",))
    lines = []
    for data, task in product(DATA, (*TASKS, *MAPS)):
        for method in METHODS:
            runs = list(groups.get((data, task, method), {}).values())
            if runs:
                errors = 100 * np.array([run["error"] for run in runs])
                spread = f" ± {errors.std(ddof=1):.2f}" if len(errors) > 1 else ""
                cpu = np.median([run["cpu"] for run in runs])
                shown = f"{errors.mean():.2f}{spread}"
                most = f"{runs[0]['rows']:,}"
                lines.append((data, most, task, method, shown, len(runs), f"{cpu:.0f}"))
    about = (
        "# Classes, clusters and maps of both\n\n"
        "Error on held-out rows in per cent: mean over draws of the labels (and seeds) ± their "
        "standard deviation. Labels are balanced. A cluster takes the label of the training row "
        "that is most probably in it. CPU s: seconds of one core for a fit, other work beside "
        "it. LabelSpreading has 10,000 rows at most, as it holds all pairs. HDBSCAN finds its own "
        "number of clusters. Rows: at most so many are fitted.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    header = ("data", "rows", "task", "method", "error, %", "draws", "CPU s")
    _tables.save("labels", about + _tables.markdown(header, lines))


def main() -> None:
    """Fit what is missing, then make the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=["mnist"], choices=DATA)
    parser.add_argument("--tasks", nargs="+", default=[*TASKS, *MAPS], choices=[*TASKS, *MAPS])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--rows", type=int, default=60_000, help="to fit, at most")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    version = _methods.version_of("ours")
    for seed, data, task, method in product(args.seeds, args.data, args.tasks, args.methods):
        key = {"data": data, "task": task, "method": method, "seed": seed, "rows": args.rows}
        if fits(method, task) and not _records.has(_records.load("labels"), key):
            figures = measure(data, task, method, seed, args.rows)
            of_ours = {"version": version} if method == "ours" else {}
            _records.append("labels", {**key, **of_ours, **figures})
            print(key, figures, flush=True)
    write()


if __name__ == "__main__":
    main()
