"""Have the codes of a heavy-tailed prior its tails?

    python benchmarks/tails.py [--df 1] [--seeds 0 1 2]

The paper's model with a Student-t prior (df=1: Cauchy) in two dimensions on MNIST, default
settings. For each level the quantile of the distribution by scipy, and those of both coordinates
of the test rows' codes: the median over coordinates and seeds, and the range.
"""

from __future__ import annotations

import argparse

import _tables
import numpy as np
from _data import load_split
from priors import summary
from scipy import stats

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.priors import StudentTPrior

LEVELS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def quantiles(df: float, seed: int) -> np.ndarray:
    """Of the codes of held-out rows, shape (n_levels, 2)."""
    split = load_split("mnist", seed)
    model = AdversarialAutoencoder(prior=StudentTPrior(df), neighbor_weight=0, random_state=seed)
    codes = model.fit(split.X_train).transform(split.X_test)
    return np.quantile(codes, LEVELS, axis=0)


def main() -> None:
    """Fit, print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--df", type=float, nargs="+", default=[1.0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    rows = []
    for df in args.df:
        found = np.hstack([quantiles(df, seed) for seed in args.seeds])
        for level, values in zip(LEVELS, found, strict=True):
            expected = stats.t(df).ppf(level)
            rows.append((f"{df:g}", f"{level:.1%}", f"{expected:.2f}", summary(list(values), 2)))
    about = (
        "# Tails\n\nQuantiles of a Student-t prior and of codes of MNIST's 10,000 test rows, the "
        f"paper's model in two dimensions, {len(args.seeds)} seeds: median (and range) over "
        f"coordinates and seeds.\n\n{_tables.machine()}; {_tables.versions('torch', 'scipy')}\n\n"
    )
    _tables.save("tails", about + _tables.markdown(("df", "level", "distribution", "codes"), rows))


if __name__ == "__main__":
    main()
