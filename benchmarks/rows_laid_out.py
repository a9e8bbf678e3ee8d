"""How good a map is for the number of rows that are laid out, of a set of many more.

    python benchmarks/rows_laid_out.py
    python benchmarks/rows_laid_out.py --laid-out 15000 60000 240000 --seeds 3

Rows are clusters on a curved sheet, of which the stated number is drawn and laid out. Measures are
of 4,000 new rows: trustworthiness among them (15 neighbours), accuracy of ten neighbours of half
of them for the other half, Kolmogorov-Smirnov distance of the codes to the prior, and explained
variance. "Components" is the share of the new rows' variance along the first 50 principal
components of the drawn rows, over that along those of all rows: 1 where a pass over all rows would
change nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import _tables
import numpy as np
from _sheet import make_rows, sheet
from sklearn.decomposition import PCA, IncrementalPCA

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.distributed import sample_rows
from aae_sklearn.metrics import knn_accuracy, ks_statistic, trustworthiness
from aae_sklearn.settings import _defaults as defaults

MEASURES = ("trustworthiness", "10-NN accuracy", "KS to the prior", "explained variance")
HEADER = ("rows laid out", *MEASURES, "components", "seconds")


def measured(n_rows: int, X: Any, new: Any, label: Any, seed: int) -> dict[str, float]:
    """A map of so many rows, on rows that it was not fitted to."""
    drawn = sample_rows(X, n_rows, random_state=seed)
    began = time.perf_counter()
    model = AdversarialAutoencoder(random_state=seed).fit(drawn)
    seconds, codes, half = time.perf_counter() - began, model.transform(new), len(new) // 2
    return {
        "trustworthiness": trustworthiness(new, codes, n_neighbors=15),
        "10-NN accuracy": knn_accuracy(codes[:half], label[:half], codes[half:], label[half:]),
        "KS to the prior": ks_statistic(codes, model.prior_, random_state=0),
        "explained variance": model.score(new),
        "kept": kept(PCA(50, svd_solver="covariance_eigh").fit(drawn[:20_000]), new),
        "seconds": seconds,
    }


def kept(pca: Any, rows: Any) -> float:
    """Share of the rows' variance along components."""
    centred = rows - rows.mean(axis=0)
    return float(np.square(centred @ pca.components_.T).sum() / np.square(centred).sum())


def main() -> None:
    """Fit maps and save a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=200)
    parser.add_argument("--laid-out", type=int, nargs="+", default=[4_000, 15_000, 60_000])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--name", default="rows_laid_out", help="file name of the table")
    args = parser.parse_args()
    defaults.LAYOUT_MAX_ROWS = max(args.laid_out)
    X = sheet(args.rows, args.features, 10_000)
    made = make_rows(args.rows, 4_000, args.features, with_labels=True)
    new, label = made[:, :-1].astype(np.float32), made[:, -1]
    whole = IncrementalPCA(50)
    for block in X.blocks:
        whole.partial_fit(block.compute())
    of_all, lines = kept(whole, new), []
    about = f"# Rows laid out\n\n{_tables.machine()}; {_tables.versions('torch', 'numpy')}; "
    about += f"{args.rows:,} rows x {args.features}, {args.seeds} seed(s), medians\n\n"
    about += __doc__.split("\n\n")[-1].strip() + "\n\n"
    for n_rows in args.laid_out:
        runs = [measured(n_rows, X, new, label, seed) for seed in range(args.seeds)]
        middle = {name: median(run[name] for run in runs) for name in runs[0]}
        cells = [f"{middle[name]:.3f}" for name in MEASURES]
        line = f"{n_rows:,}", *cells, f"{middle['kept'] / of_all:.5f}", f"{middle['seconds']:.0f}"
        lines.append(line)
        _tables.save(args.name, about + _tables.markdown(HEADER, lines))


if __name__ == "__main__":
    main()
