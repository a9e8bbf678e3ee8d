"""Does the map under a prior with a shape show that shape, and what does it cost?

    python benchmarks/shapes.py [--data mnist] [--seeds 0 1 2]

The default map of the training rows under each prior, otherwise default settings. Of held-out
rows: the accuracy of a fresh classifier that tells codes from samples (0.5 is a match; the mean
of three), the largest KS statistic over marginals, radius and 16 projections, neighbours, and
explained variance; medians over the seeds with the range in brackets. The picture has the codes
of the first seed over samples of the prior in grey.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import _tables
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from _data import load_split
from priors import summary
from sklearn.datasets import make_moons

from aae_sklearn import AdversarialAutoencoder, metrics
from aae_sklearn.display import EmbeddingDisplay
from aae_sklearn.metrics import two_sample_accuracy as told_apart
from aae_sklearn.priors import EmpiricalPrior


def _thick_ring(n_samples: int, random_state: np.random.RandomState) -> np.ndarray[Any, Any]:
    angle = random_state.uniform(0, 2 * np.pi, n_samples)
    radius = random_state.normal(1, 0.1, n_samples)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


LAWS: dict[str, Callable[[], Any]] = {
    "normal": lambda: "normal",
    "square": lambda: "uniform",
    "ring": lambda: EmpiricalPrior(_thick_ring(20_000, np.random.RandomState(0))),
    "swiss roll": lambda: "swiss_roll",
    "ten petals": lambda: "gaussian_mixture",
    "two moons": lambda: EmpiricalPrior(make_moons(5_000, noise=0.1, random_state=0)[0]),
}
FIGURES = ("classifier", "largest KS", "10-NN", "trust. 15", "expl. var.", "fit, s")
N_COMPARED = 5_000  # rows among which neighbourhoods are compared


def measure(data: str, law: str, seed: int, axes: Any = None) -> list[float]:
    """One fit and its figures; the codes on axes, if there are some."""
    split = load_split(data, seed)
    model = AdversarialAutoencoder(prior=LAWS[law](), random_state=seed)
    start = time.perf_counter()
    codes_train = model.fit_transform(split.X_train)
    seconds = time.perf_counter() - start
    codes = model.transform(split.X_test)
    if axes is not None:
        samples = model.prior_.sample(len(codes), 2, random_state=seed)
        axes.scatter(*samples.T, s=1, color="0.85")
        EmbeddingDisplay.from_codes(codes, split.y_test, ax=axes, name=law)
        axes.set_title(law)
    some = slice(N_COMPARED)
    return [
        float(np.mean([told_apart(codes, model.prior_, random_state=i) for i in range(3)])),
        metrics.ks_statistic(codes, model.prior_, n_projections=16, random_state=seed),
        metrics.knn_accuracy(codes_train, split.y_train, codes, split.y_test, n_neighbors=10),
        metrics.trustworthiness(split.X_test[some], codes[some], n_neighbors=15),
        model.score(split.X_test),
        seconds,
    ]


def main() -> None:
    """Fit, draw, and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    figure, axes = plt.subplots(2, 3, figsize=(10.5, 7.4), layout="constrained")
    rows = []
    for law, ax in zip(LAWS, axes.flat, strict=True):
        shown = [ax] + [None] * (len(args.seeds) - 1)
        runs = [measure(args.data, law, *pair) for pair in zip(args.seeds, shown, strict=True)]
        digits = [3] * (len(FIGURES) - 1) + [0]
        rows.append((law, *map(summary, map(list, zip(*runs, strict=True)), digits)))
        print(*rows[-1], flush=True)
    figure.savefig(_tables.RESULTS / f"shapes_{args.data}.png", dpi=110)
    about = (
        "# Shapes of priors on the default map\n\n"
        f"`shapes.py`, {args.data}, held-out rows, {len(args.seeds)} seeds. "
        f"[Picture](shapes_{args.data}.png).\n\n"
        f"{_tables.machine()}, {torch.get_num_threads()} thread(s), seconds with other "
        f"work beside; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    _tables.save("shapes", about + _tables.markdown(("prior", *FIGURES), rows))


if __name__ == "__main__":
    main()
