"""How many clusters does "auto" find, at which resolution of the modularity?

    python benchmarks/how_many_clusters.py [--seeds 0 1 2] [--rows 10000]

Groups of the rows of a clusterer before anything is trained, and their adjusted Rand index with
the classes; columns of tables are standardised. The seed draws the rows, the blobs and the groups.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress
from unittest.mock import patch

import _tables
import labels
import numpy as np
import torch
from _data import load_split, subsample
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from aae_sklearn import AdversarialAutoencoderClusterer
from aae_sklearn.estimators import _cluster_teacher
from aae_sklearn.layout._grouping import Grouping
from aae_sklearn.settings import _defaults as defaults

RESOLUTIONS = (1.0, 0.7, 0.5, 0.3, 0.25, 0.2, 0.15)
TABLES = {"wine": load_wine, "iris": load_iris, "breast cancer": load_breast_cancer}
BLOBS = (3, 5, 20)
LARGE = ("digits", "mnist", "fashion_mnist", "mouse_bladder", "reuters_r8")


class _FoundError(Exception):
    """Groups are found; nothing is to be trained."""


def data(n_rows: int, seed: int) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.int64]]]:
    """Names, rows and classes."""
    for count in BLOBS:
        yield "blobs", *make_blobs(1_000, 10, centers=count, cluster_std=1.5, random_state=seed)
    normal = np.random.RandomState(seed).normal(size=(1_000, 5))
    yield "one normal distribution", normal, np.zeros(len(normal), dtype=np.int64)
    for name, load in TABLES.items():
        X, y = load(return_X_y=True)
        yield name, StandardScaler().fit_transform(X), y
    for name in LARGE:
        split = labels.load(name, seed) if name == "reuters_r8" else load_split(name, seed)
        if split.X_train.shape[0] > n_rows:
            split = subsample(split, n_rows, seed)
        yield name, split.X_train, split.y_train


def find_groups(name: str, X: NDArray[np.float64], resolution: float, seed: int) -> Grouping:
    """The groups that a clusterer begins with."""
    metric = "cosine" if name == "reuters_r8" else "euclidean"
    clusterer = AdversarialAutoencoderClusterer("auto", metric=metric, random_state=seed)
    found: list[Grouping] = []

    def keep(groups: Grouping, *_: object) -> None:
        found.append(groups)
        raise _FoundError

    with (
        patch.object(defaults, "RESOLUTION", resolution),
        patch.object(_cluster_teacher, "cores", keep),
        suppress(_FoundError),
    ):
        clusterer.fit(X)
    return found[0]


def main() -> None:
    """Find groups at each resolution, and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=10_000, help="at most")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cells: dict[tuple[str, int], dict[float, list[tuple[int, float]]]] = {}
    for seed in args.seeds:
        for name, X, y in data(args.rows, seed):
            row = cells.setdefault((name, len(np.unique(y))), {})
            for resolution in RESOLUTIONS:
                index = find_groups(name, X, resolution, seed).index
                answer = (int(index.max()) + 1, adjusted_rand_score(y, index))
                row.setdefault(resolution, []).append(answer)
            print(name, seed, row[defaults.RESOLUTION][-1], flush=True)
    lines = []
    for (name, n_classes), row in cells.items():
        counts = (", ".join(str(n) for n, _ in runs) for runs in row.values())
        means = (np.mean([rand for _, rand in runs]) for runs in row.values())
        shown = (f"{n} ({mean:.2f})" for n, mean in zip(counts, means, strict=True))
        lines.append((name, n_classes, *shown))
    method = __doc__.strip().split("\n\n")[-1]
    about = (
        f"# How many clusters\n\n{method} Numbers of groups, one for each of the seeds "
        f"{args.seeds}, and in brackets the mean index. At most {args.rows:,} rows are fitted.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    header = ("data", "classes", *(f"resolution {value:g}" for value in RESOLUTIONS))
    _tables.save("how_many_clusters", about + _tables.markdown(header, lines))


if __name__ == "__main__":
    main()
