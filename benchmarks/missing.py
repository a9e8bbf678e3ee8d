"""Missing cells: masked, or imputed before?

    python benchmarks/missing.py [--data adult genes components mnist] [--rows 300]

Cells are removed at random. The map of what is left is compared with the full rows, and the cells
that `inverse_transform(transform(X))` fills in, or an imputer, with those that were removed.
"""

from __future__ import annotations

import argparse
import time
import warnings

import _tables
import numpy as np
from _data import DATA_DIR
from numpy.typing import NDArray
from outliers import load_table
from sklearn.impute import KNNImputer, SimpleImputer

from aae_sklearn import AdversarialAutoencoder, metrics

DATA = ("adult", "genes", "components", "mnist")
SHARES = (0.1, 0.3, 0.5)
MEASURED = ("share", "way", "trust. 15", "recall 15", "error of cells", "decoded cells", "s")


def load_rows(name: str) -> NDArray[np.float64]:
    """Rows of a data set; cells of the bladder as 2,000 genes or as 50 principal components."""
    if name == "genes":
        data = np.load(DATA_DIR / "mouse_bladder.npz", allow_pickle=True)
        return data["X_log_hvg"].astype(np.float64)
    return load_table("mouse_bladder" if name == "components" else name)[0]


def remove(X: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """X with NaN in a share of its cells, but one in each row and column at least."""
    rng = np.random.default_rng(0)
    is_missing = rng.uniform(size=X.shape) < share
    is_missing[np.arange(len(X)), rng.integers(X.shape[1], size=len(X))] = False
    is_missing[rng.integers(len(X), size=X.shape[1]), np.arange(X.shape[1])] = False
    return np.where(is_missing, np.nan, X)


def measure(X: NDArray[np.float64], rows: NDArray[np.float64]) -> list[tuple[object, ...]]:
    """Figures of each way to deal with the missing cells."""
    is_missing, unit = np.isnan(rows), np.sqrt(X.var(axis=0).mean())

    def error(filled: NDArray[np.float64]) -> float:
        return float(np.sqrt(np.square((filled - X)[is_missing]).mean()) / unit)

    found = []
    ways = {"mask": None, "KNNImputer": KNNImputer(), "SimpleImputer": SimpleImputer()}
    for way, imputer in ways.items():
        begin = time.perf_counter()
        filled = rows if imputer is None else imputer.fit_transform(rows)
        aae = AdversarialAutoencoder(missing_values="mask", random_state=0).fit(filled)
        seconds = time.perf_counter() - begin
        of_cells = error(aae._model.filler.fill(rows) if imputer is None else filled)
        codes = aae.embedding_
        of_map = (
            metrics.trustworthiness(X, codes, n_neighbors=15),
            metrics.neighbor_recall(X, codes, n_neighbors=15),
        )
        decoded = error(aae.inverse_transform(codes))
        figures = (*of_map, of_cells, decoded)
        found.append((way, *(f"{figure:.3f}" for figure in figures), f"{seconds:.1f}"))
    return found


def main() -> None:
    """Fit, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(DATA), choices=DATA)
    parser.add_argument("--rows", type=int, default=300)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    table = []
    for name in args.data:
        X = load_rows(name)
        X = X[np.random.RandomState(0).permutation(len(X))[: args.rows]]
        X = X[:, np.ptp(X, axis=0) > 0]
        for share in SHARES:
            for figures in measure(X, remove(X, share)):
                table.append((name, f"{share:.0%}", *figures))
                print(*table[-1], flush=True)
    about = (
        f"# Missing cells\n\n{args.rows} rows of each data set, one seed. Map measures are "
        "against the full rows; errors are root mean squares over the removed cells, in units of "
        "the root "
        'of the mean variance of a column. "error of cells" is that of what the model is placed '
        'by, "decoded cells" that of `inverse_transform(transform(X))`.\n\n'
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    _tables.save("missing", about + _tables.markdown(("data", *MEASURED), table))


if __name__ == "__main__":
    main()
