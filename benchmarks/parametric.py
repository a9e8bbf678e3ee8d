"""What a parametric map costs: against the default map and the paper's model.

    python benchmarks/parametric.py [--data digits mouse_bladder mnist] [--seeds 0 1 2]
                                    [--rows 10000]

Images are fitted on some rows, drawn at random. Figures are of held-out rows. Every fit is kept as
a line of results/parametric.jsonl and not made again for the same code.
"""

from __future__ import annotations

import argparse
import pickle
import time
from itertools import product
from typing import Any

import _measures
import _methods
import _records
import _tables
from _data import load_split, subsample

from aae_sklearn import AdversarialAutoencoder

DATA = ("digits", "mouse_bladder", "mnist")
MODELS: dict[str, dict[str, Any]] = {
    "default map": {},
    "parametric map": {"parametric": True},
    "the paper's model": {"neighbor_weight": 0},
}
FIGURES = ("trust. 15", "1-NN", "10-NN", "rank corr.", "KS", "expl. var.", "fit, s", "MB")


def measure(data: str, model: str, n_rows: int, seed: int) -> dict[str, float]:
    """One fit and its figures on held-out rows."""
    split = load_split(data, seed)
    if len(split.X_train) > n_rows:
        split = subsample(split, n_rows, seed)
    aae = AdversarialAutoencoder(random_state=seed, **MODELS[model])
    start = time.perf_counter()
    codes_train = aae.fit_transform(split.X_train)
    seconds = time.perf_counter() - start
    figures = _measures.of_held_out(aae, split, codes_train, aae.transform(split.X_test))
    figures |= {"fit, s": seconds, "MB": len(pickle.dumps(aae)) / 1e6}
    return {name: figures[name] for name in FIGURES}


def write() -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load("parametric"), ("data", "model"), ("version",))
    rows = [
        (
            data,
            model,
            *(
                _measures.median_and_error([run[name] for run in runs.values()])
                for name in FIGURES
            ),
            len(runs),
        )
        for (data, model), runs in sorted(groups.items(), key=_order)
    ]
    about = (
        "# What a parametric map costs\n\n"
        "Held-out rows, medians over seeds ± the standard error of the mean; MNIST fitted on "
        "10,000 rows. KS: the largest over marginals and radius. MB: of the pickled estimator.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    header = ("data", "model", *FIGURES, "seeds")
    _tables.save("parametric", about + _tables.markdown(header, rows))


def _order(group: Any) -> tuple[int, int]:
    (data, model), _ = group
    return DATA.index(data), list(MODELS).index(model)


def main() -> None:
    """Fit what is missing, then make the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=10_000, help="of images, at most")
    args = parser.parse_args()
    version = _methods.version_of("ours")
    for seed, data, model in product(args.seeds, args.data, MODELS):
        key = {"data": data, "model": model, "seed": seed, "version": version}
        if not _records.has(_records.load("parametric"), key):
            _records.append("parametric", {**key, **measure(data, model, args.rows, seed)})
            write()


if __name__ == "__main__":
    main()
