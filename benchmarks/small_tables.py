"""How well are few rows decoded that were not fitted, beside principal components?

    python benchmarks/small_tables.py [--data iris wine ...] [--seeds 0 1 ...]

Half of the rows is fitted, half is new, each seed with another split. Tables of scikit-learn have
standardised columns. Made tables have few rows and many columns, as arrays of genes have: four
groups, a few hidden factors, and noise; "noise" is noise alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import _methods
import _tables
import numpy as np
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.metrics import reconstruction_r2

Rows = NDArray[np.float64]


def standard(load: Callable[[], Any]) -> Rows:
    """A table of scikit-learn with columns of variance 1."""
    return StandardScaler().fit_transform(load().data)


def array(n_rows: int, n_columns: int, noise: float) -> Rows:
    """Rows of four groups with four hidden factors, each in a tenth of the columns, and noise."""
    rng = np.random.RandomState(0)
    groups = rng.standard_normal((4, n_columns)) * (rng.uniform(size=(4, n_columns)) < 0.1)
    factors = rng.standard_normal((4, n_columns)) * (rng.uniform(size=(4, n_columns)) < 0.1)
    rows = groups[rng.randint(4, size=n_rows)] + rng.standard_normal((n_rows, 4)) @ factors
    return rows + noise * rng.standard_normal(rows.shape)


DATA: Mapping[str, Callable[[], Rows]] = {
    "iris, 150 x 4": partial(standard, datasets.load_iris),
    "wine, 178 x 13": partial(standard, datasets.load_wine),
    "diabetes, 442 x 10": partial(standard, datasets.load_diabetes),
    "breast cancer, 569 x 30": partial(standard, datasets.load_breast_cancer),
    "digits, 1,797 x 64": lambda: datasets.load_digits().data,
    "array, 120 x 8,000": partial(array, 120, 8_000, 0.5),
    "array, 300 x 2,000": partial(array, 300, 2_000, 1.0),
    "array, 1,000 x 500": partial(array, 1_000, 500, 1.0),
    "noise, 600 x 50": lambda: np.random.RandomState(0).standard_normal((600, 50)),
}
METHODS: Mapping[str, Callable[[int, int], Any]] = {
    "PCA": lambda width, seed: PCA(width, random_state=seed),
    "ours": lambda width, seed: AdversarialAutoencoder(n_components=width, random_state=seed),
    "ours, the paper's model": lambda width, seed: AdversarialAutoencoder(
        n_components=width, neighbor_weight=0, random_state=seed
    ),
}
HEADER = ("data", "components", "method", "fitted", "new", "new, less PCA's")
WIDTHS = {2: list(METHODS), 8: ["PCA", "ours"]}  # ours of 8 components is the paper's model


def explained(method: str, width: int, rows: Rows, seed: int) -> tuple[float, float]:
    """Shares of the variance of fitted rows and of new ones."""
    fitted, new = train_test_split(rows, test_size=0.5, random_state=seed)
    model = METHODS[method](width, seed).fit(fitted)
    decoded = (model.inverse_transform(model.transform(some)) for some in (fitted, new))
    of_fitted, of_new = map(reconstruction_r2, (fitted, new), decoded)
    return of_fitted, of_new


def lines(name: str, seeds: list[int]) -> Iterator[list[str]]:
    """One for each width and method that the table has columns for."""
    rows = DATA[name]()
    for width, methods in WIDTHS.items():
        if width > rows.shape[1]:
            continue
        shares = {m: np.array([explained(m, width, rows, s) for s in seeds]) for m in methods}
        for method in methods:
            fitted, new = np.median(shares[method], axis=0)
            gain = shares[method][:, 1] - shares["PCA"][:, 1]
            error = gain.std(ddof=1) / len(seeds) ** 0.5
            beside = "" if method == "PCA" else f"{gain.mean():+.3f} ±{error:.3f}"
            yield [name, str(width), method, f"{fitted:.3f}", f"{new:.3f}", beside]


def main() -> None:
    """Fit, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(DATA), choices=list(DATA))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4, 5])
    args = parser.parse_args()
    table = [line for name in args.data for line in lines(name, args.seeds)]
    about = (
        "# Small tables\n\nHow much of the variance of rows is left when they are decoded from "
        "their codes, for half of the rows, which were fitted, and for the others, which are new: "
        f"medians of {len(args.seeds)} splits, and the mean difference of new rows to principal "
        "components ± its standard error. Default settings.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}; "
        f"ours {_methods.version_of('ours')}\n\n"
    )
    _tables.save("small_tables", about + _tables.markdown(HEADER, table))


if __name__ == "__main__":
    main()
