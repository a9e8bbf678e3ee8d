"""Does calibration help a classifier of few labels, and how many rows must be kept back for it?

    python benchmarks/calibration.py [--labels 60] [--seeds 0 1 2 3 4]

Digits. The seed draws 450 held-out rows, 200 rows that are kept back, and as many labels as are
asked for of the others; kept rows and labels are as many of each class. Log loss of the held-out
rows, before and after calibration on some of the rows that are kept back, by the methods of
scikit-learn's CalibratedClassifierCV.
"""

from __future__ import annotations

import argparse
import time
import warnings

import _tables
import labels
import numpy as np
import pandas as pd
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.utils import shuffle

from aae_sklearn import AdversarialAutoencoderClassifier

N_HELD_OUT, N_KEPT = 450, 200
TRIALS = [
    *(("temperature", n) for n in (20, 50, 100, 200)),
    *(("sigmoid", n) for n in (50, 100, 200)),
    ("isotonic", 200),
]


def run(n_labels: int, seed: int) -> list[float]:
    """Error, seconds of one core, and log losses before and after each trial."""
    X, y = shuffle(*load_digits(return_X_y=True), random_state=seed)
    X_new, y_new, X, y = X[:N_HELD_OUT], y[:N_HELD_OUT], X[N_HELD_OUT:], y[N_HELD_OUT:]
    turn = pd.Series(y).groupby(y).cumcount().to_numpy()
    order = np.argsort(turn, kind="stable")  # one row of each class, then the next of each
    kept, others = order[:N_KEPT], order[N_KEPT:]
    y_fit = labels.hide(y[others], n_labels, seed)
    start = time.process_time()
    clf = AdversarialAutoencoderClassifier(random_state=seed).fit(X[others], y_fit)
    seconds = time.process_time() - start
    losses = [log_loss(y_new, clf.predict_proba(X_new))]
    for method, n_rows in TRIALS:
        calibrated = CalibratedClassifierCV(FrozenEstimator(clf), method=method, cv=2)
        calibrated.fit(X[kept[:n_rows]], y[kept[:n_rows]])
        losses.append(log_loss(y_new, calibrated.predict_proba(X_new)))
    return [100 * (1 - clf.score(X_new, y_new)), seconds, *losses]


def main() -> None:
    """Run each draw, and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    runs = [run(args.labels, seed) for seed in args.seeds]
    lines = [
        (seed, f"{error:.1f}", f"{seconds:.0f}", *(f"{loss:.3f}" for loss in losses))
        for seed, (error, seconds, *losses) in zip(args.seeds, runs, strict=True)
    ]
    mean = np.mean(runs, axis=0)
    lines.append(
        ("mean", f"{mean[0]:.1f}", f"{mean[1]:.0f}", *(f"{loss:.3f}" for loss in mean[2:]))
    )
    method = __doc__.strip().split("\n\n")[-1]
    about = (
        f"# Calibration\n\n{method} {args.labels} labels.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    header = ("draw", "error, %", "fit, CPU s", "before", *(f"{how}, {n}" for how, n in TRIALS))
    _tables.save("calibration", about + _tables.markdown(header, lines))


if __name__ == "__main__":
    main()
