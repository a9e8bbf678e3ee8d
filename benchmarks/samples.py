"""Are samples of a model rows that might have been there?

    python benchmarks/samples.py [--rows 60000] [--models ...] [--seeds 0 1 2]

Models of MNIST's training rows draw 10,000 images. Two judges: a perceptron that was trained on
real digits, by the share of images that it takes for some digit with a probability above .9, and a
Parzen window over the images, by the mean log-likelihood of the test rows (Makhzani et al.,
"Adversarial Autoencoders", arXiv 1511.05644, Table 1: 340 nats of 8-D codes). The width of the
window is chosen on 1,000 training rows that no model has seen. Training rows, which the perceptron
has seen, and samples of a normal distribution in principal components are judged as well. Every
fit is kept as a line of results/samples.jsonl with a fingerprint of the code, and what is there is
not run again.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product

import _measures
import _methods
import _records
import _tables
import numpy as np
from _data import Split, load_split
from numpy.typing import NDArray
from priors import summary
from scipy.special import logsumexp
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances
from sklearn.neural_network import MLPClassifier

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.priors import StudentTPrior

N_SAMPLES, N_HELD_OUT = 10_000, 1_000
WIDTHS = np.geomspace(0.05, 0.5, 21)  # of the window; pixels are in [0, 1]
WIDE = {"n_components": 200, "hidden_layer_sizes": (1000, 1000), "neighbor_weight": 0}
STUDENT_T = StudentTPrior(df=5)
MODELS = {
    "map": {},
    "8-D": {"n_components": 8, "hidden_layer_sizes": (1000, 1000)},
    "200-D": WIDE,
    "200-D, gaussian encoder": WIDE | {"encoder": "gaussian"},
    "200-D, Student-t": WIDE | {"prior": STUDENT_T},
    "200-D, Student-t, gaussian encoder": WIDE | {"prior": STUDENT_T, "encoder": "gaussian"},
}
PEERS = ("training rows", "PCA 8-D", "PCA 200-D")
FIGURES = ("taken for a digit", "log-likelihood", "of drawn codes", "largest KS", "classifier")
HEADER = (
    "samples of",
    "taken for a digit",
    "nats",
    "EV of drawn codes",
    "largest KS",
    "classifier",
)

Images = NDArray[np.float64]


def load(seed: int, n_rows: int) -> tuple[Split, Images]:
    """So many rows of MNIST to fit, and others to choose the window by."""
    split = load_split("mnist", seed)
    order = np.random.RandomState(seed).permutation(len(split.X_train))
    chosen, others = order[: min(n_rows, len(order) - N_HELD_OUT)], order[-N_HELD_OUT:]
    fitted = replace(split, X_train=split.X_train[chosen], y_train=split.y_train[chosen])
    return fitted, split.X_train[others]


def measure(name: str, split: Split, held_out: Images, seed: int) -> dict[str, float]:
    """Draw images and judge them."""
    draw = drawn_by_peer if name in PEERS else drawn_by_ours
    images, figures = draw(name, split, seed)
    digits = judge().predict_proba(images).max(axis=1)
    return {
        "taken for a digit": float((digits > 0.9).mean()),
        "log-likelihood": log_likelihood(images, held_out, split.X_test),
        **figures,
    }


def drawn_by_ours(name: str, split: Split, seed: int) -> tuple[Images, dict[str, float]]:
    """Samples of a model, and how well codes drawn from q(z|x) match its prior."""
    model = AdversarialAutoencoder(**MODELS[name], random_state=seed).fit(split.X_train)
    images = model.sample(N_SAMPLES, random_state=seed)
    return images, _measures.of_drawn_codes(model, split, seed)


def drawn_by_peer(name: str, split: Split, seed: int) -> tuple[Images, dict[str, float]]:
    """Rows of the data, or of a normal distribution of principal components."""
    if name.startswith("PCA"):
        n_components = int(name.removeprefix("PCA ").removesuffix("-D"))
        pca = PCA(n_components, whiten=True, random_state=seed).fit(split.X_train)
        codes = np.random.RandomState(seed).normal(size=(N_SAMPLES, n_components))
        return pca.inverse_transform(codes), {}
    return split.X_train[:N_SAMPLES], {}


@cache
def judge() -> MLPClassifier:
    """A perceptron that tells real digits apart."""
    split = load_split("mnist", 0)
    perceptron = MLPClassifier((256,), early_stopping=True, random_state=0)
    return perceptron.fit(split.X_train, split.y_train)


def log_likelihood(images: Images, held_out: Images, X_test: Images) -> float:
    """Mean over the test rows under a Parzen window of the width that held-out rows choose."""
    density = parzen(images, held_out)
    width = max(WIDTHS, key=lambda width: density(width).mean())
    return float(parzen(images, X_test)(width).mean())


def parzen(images: Images, rows: Images) -> Callable[[float], NDArray[np.float64]]:
    """Log-densities of rows, as a function of the window's width.

    Those of scikit-learn's KernelDensity with its ball tree, which takes minutes; its k-d tree,
    the default, has other values in so many dimensions.
    """
    squares = pairwise_distances(rows, images, metric="sqeuclidean")
    n_images, n_pixels = images.shape

    def density(width: float) -> NDArray[np.float64]:
        volume = np.log(n_images) + n_pixels / 2 * np.log(2 * np.pi * width**2)
        return logsumexp(-squares / (2 * width**2), axis=1) - volume

    return density


def write() -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load("samples"), ("model", "rows"), ("version",))
    rows = [
        (
            f"{model}, {n_rows:,} rows" if model in MODELS else model,
            *(shown([run.get(figure) for run in runs.values()], figure) for figure in FIGURES),
            len(runs),
        )
        for (model, n_rows), runs in sorted(groups.items(), key=lambda group: order(*group[0]))
    ]
    about = (
        f"# Samples\n\n{N_SAMPLES:,} images of each, MNIST, pixels in [0, 1]: medians (and "
        "ranges) over seeds. Taken for a digit: share to which a perceptron trained on real "
        "digits gives a class with a probability above .9. Nats: mean log-likelihood of the "
        "10,000 test rows under a Parzen window. EV and match are of codes of the test rows drawn "
        "from q(z|x); KS is the largest over marginals and radius. Student-t has 5 degrees of "
        f"freedom.\n\n{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    _tables.save("samples", about + _tables.markdown((*HEADER, "seeds"), rows))


def shown(values: list[float | None], figure: str) -> str:
    """A figure over the seeds, if there is one."""
    found = [value for value in values if value is not None]
    return summary(found, 0 if figure == "log-likelihood" else 3) if found else ""


def order(model: str, n_rows: int) -> tuple[int, int]:
    """Where a line stands."""
    return [*PEERS, *MODELS].index(model), n_rows


def main() -> None:
    """Fit what is missing and make the table."""
    names = [*PEERS, *MODELS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000, help="to fit, at most")
    parser.add_argument("--models", nargs="+", default=names, choices=names)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    version = _methods.version_of("ours")
    for seed, name in product(args.seeds, args.models):
        key = {"model": name, "seed": seed, "rows": args.rows, "version": version}
        if not _records.has(_records.load("samples"), key):
            split, held_out = load(seed, args.rows)
            _records.append("samples", {**key, **measure(name, split, held_out, seed)})
            write()


if __name__ == "__main__":
    main()
