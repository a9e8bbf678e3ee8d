"""What a fit costs beside its work, and whether two at a time pay.

    python benchmarks/many_fits.py [--jobs 2] [--candidates 8] [--repeats 3]

Rows are the 1,797 digits. Fixed cost: a fit that does next to nothing (one pass of the layout,
one epoch of a decoder with one unit), the first one of a fresh process, after the import, and
the second. Searches: `GridSearchCV` over as many values of `adversarial_weight` as --candidates,
two folds of half the rows, with `n_jobs` None and --jobs in turn, after a search that starts
the workers; medians and all values.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import _fresh
import _tables
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from aae_sklearn import AdversarialAutoencoder


def fixed_cost() -> dict[str, float]:
    """Seconds of two fits that do next to nothing."""
    X = load_digits().data
    answer = {}
    for name in ("first", "second"):
        model = AdversarialAutoencoder(
            hidden_layer_sizes=(1,),
            max_iter=1,
            layout_max_iter=1,
            batch_size=len(X),
            random_state=0,
        )
        start = time.perf_counter()
        model.fit(X)
        answer[name] = time.perf_counter() - start
    return answer


def search(X: Any, n_candidates: int, n_jobs: int | None) -> float:
    """Seconds of a grid search."""
    grid = {"adversarial_weight": np.linspace(0.1, 1, n_candidates).tolist()}
    start = time.perf_counter()
    model = AdversarialAutoencoder(random_state=0)
    GridSearchCV(model, grid, cv=2, n_jobs=n_jobs, refit=False).fit(X)
    return time.perf_counter() - start


def main() -> None:
    """Print and save the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    fixed = _fresh.call("many_fits:fixed_cost", threads=_fresh.n_threads())
    X = load_digits().data
    search(X, 1, args.jobs)
    seconds: dict[int | None, list[float]] = {None: [], args.jobs: []}
    for _ in range(args.repeats):
        for n_jobs, measured in seconds.items():
            measured.append(search(X, args.candidates, n_jobs))
    rows = [("a fit of no work, first in its process, s", f"{fixed['first']:.2f}", "")]
    rows.append(("and second", f"{fixed['second']:.2f}", ""))
    for n_jobs, measured in seconds.items():
        name = f"search, {args.candidates} candidates, 2 folds, n_jobs={n_jobs}, s"
        values = ", ".join(f"{value:.1f}" for value in measured)
        rows.append((name, f"{statistics.median(measured):.1f}", values))
    about = f"{_tables.machine()}, {_tables.versions('torch', 'scikit-learn', 'joblib')}"
    text = "\n\n".join(__doc__.strip().split("\n\n")[2:])
    table = _tables.markdown(("what", "median", "all"), rows)
    _tables.save("many_fits", f"# Many fits\n\n{about}\n\n{text}\n\n{table}")


if __name__ == "__main__":
    main()
