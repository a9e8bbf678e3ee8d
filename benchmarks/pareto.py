"""From "free map" to "exact prior": what does the match with the prior cost the map?

    python benchmarks/pareto.py [--data digits mouse_bladder mnist] [--seeds 0 1 2]
                                [--weights 0 .02 .05 .1 .2 .5 1 2 5] [--again]

The default map (2-D, neighbour term on) is fitted at rising weights of the match with the
prior; figures are of held-out rows. MNIST is fitted on 12,000 rows drawn at random. Every fit
is kept as a line of results/pareto.jsonl and not made again for the same code; of these are
made results/pareto.md and results/pareto.png: the distance to the prior on x, what the map
keeps on y, the default as a star.
"""

from __future__ import annotations

import argparse
import time
from itertools import product
from typing import Any

import _measures
import _methods
import _pictures
import _records
import _tables
import matplotlib.pyplot as plt
import numpy as np
import torch
from _data import load_split, subsample

from aae_sklearn import AdversarialAutoencoder

DATA = ("digits", "mouse_bladder", "mnist")
WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
DEFAULT = 0.5  # what "auto" is in 2-D
SHOWN = ("trust. 15", "10-NN", "rank corr.")
COLUMNS = ("KS", *SHOWN, "expl. var.")
_N_MNIST = 12_000
_LEAST_SPAN = 0.05
_COLOR, _DEFAULT_COLOR = "#0072b2", "#d55e00"


def run(data: str, weight: float, seed: int) -> dict[str, float]:
    """One fit and its figures on held-out rows."""
    split = load_split(data, seed)
    if data == "mnist":
        split = subsample(split, _N_MNIST, seed)
    model = AdversarialAutoencoder(adversarial_weight=weight, random_state=seed)
    start = time.perf_counter()
    codes_train = model.fit_transform(split.X_train)
    seconds = time.perf_counter() - start
    figures = _measures.of_held_out(model, split, codes_train, model.transform(split.X_test))
    return {**figures, "seconds": seconds}


def write() -> None:
    """Make the table and the picture of all results of each data set's newest code."""
    records = _records.load("pareto")
    newest = {record["data"]: record["version"] for record in records}
    records = [record for record in records if record["version"] == newest[record["data"]]]
    groups = _records.newest(records, ("data", "weight"), ("version",))
    curves: dict[str, dict[float, list[dict[str, Any]]]] = {}
    for data, weight in sorted(groups, key=lambda group: (DATA.index(group[0]), group[1])):
        curves.setdefault(data, {})[weight] = list(groups[data, weight].values())
    rows = [
        (
            data,
            f"**{weight:g} (default)**" if weight == DEFAULT else f"{weight:g}",
            *(_measures.median_and_error([run[name] for run in runs]) for name in COLUMNS),
            len(runs),
        )
        for data, curve in curves.items()
        for weight, runs in curve.items()
    ]
    versions = sorted({run["version"] for run in records})
    about = (
        "# From free map to exact prior\n\n"
        "Held-out rows; medians over seeds, ± the standard error of the mean. KS: the largest "
        "over marginals and radius. MNIST fitted on 12,000 rows.\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}, "
        f"ours {', '.join(versions)}\n\n"
    )
    header = ("data", "adversarial_weight", *COLUMNS, "seeds")
    _tables.save("pareto", about + _tables.markdown(header, rows))
    draw(curves)


def draw(curves: dict[str, dict[float, list[dict[str, Any]]]]) -> None:
    """A column for each data set, a row for each measure."""
    shape = len(SHOWN), len(curves)
    figure, axes = plt.subplots(
        *shape,
        figsize=(3.6 * shape[1] + 0.4, 2.5 * shape[0]),
        sharex="col",
        squeeze=False,
        layout="constrained",
    )
    for column, (data, curve) in enumerate(curves.items()):
        axes[0, column].set_title(data)
        axes[-1, column].set_xlabel("distance to the prior (KS)")
        for row, name in enumerate(SHOWN):
            draw_curve(axes[row, column], curve, name)
            if column == 0:
                axes[row, column].set_ylabel(name)
    _pictures.save_small(figure, _tables.RESULTS / "pareto.png")


def draw_curve(ax: Any, curve: dict[float, list[dict[str, Any]]], name: str) -> None:
    """Medians joined in the order of the weights, the seeds behind them."""
    points = []
    for weight, runs in curve.items():
        values = np.array([[run["KS"], run[name]] for run in runs])
        color = _DEFAULT_COLOR if weight == DEFAULT else _COLOR
        ax.scatter(*values.T, s=8, color=color, alpha=0.3, linewidths=0)
        points.append(np.median(values, axis=0))
        style = {"marker": "*", "ms": 13} if weight == DEFAULT else {"marker": "o", "ms": 4}
        ax.plot(*points[-1], color=color, **style)
        label = f"{weight:g} (default)" if weight == DEFAULT else f"{weight:g}"
        ax.annotate(label, points[-1], (4, 4), textcoords="offset points", fontsize=7, color=color)
    ax.plot(*np.array(points).T, color=_COLOR, lw=1, zorder=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(0.12)
    low, high = ax.get_ylim()
    more = max(0.0, _LEAST_SPAN - (high - low)) / 2  # so that noise does not look like a trend
    ax.set_ylim(low - more, high + more)


def main() -> None:
    """Fit what is missing, then make the table and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--weights", type=float, nargs="+", default=WEIGHTS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--again", action="store_true", help="fit also what is there")
    args = parser.parse_args()
    print(f"{torch.get_num_threads()} thread(s)")
    for data, seed, weight in product(args.data, args.seeds, args.weights):
        key = {
            "data": data,
            "weight": weight,
            "seed": seed,
            "version": _methods.version_of("ours"),
        }
        if args.again or not _records.has(_records.load("pareto"), key):
            figures = run(data, weight, seed)
            _records.append("pareto", {**key, **figures})
            print(
                data, weight, seed, {name: round(figures[name], 3) for name in COLUMNS}, flush=True
            )
    write()


if __name__ == "__main__":
    main()
