"""What each part of the map's training is for: figures with one part left out at a time.

    python benchmarks/ablation.py [--data digits mouse_bladder mnist fashion_mnist]
                                  [--seeds 0 1 2] [--rows 10000] [--prior normal] [--again]

Without a discriminator the sliced distance alone matches codes and prior; without reconstruction
the decoder still learns from the codes, which do not learn from it. Landmarks keep the large-scale
arrangement in the layout, the term "disarrangement" in the training. Images are fitted on some
rows, drawn at random; `--rows 60000` takes all. Figures are of held-out rows. Every fit is kept as
a line of results/ablation.jsonl and not made again for the same code.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from typing import Any
from unittest import mock

import _methods
import _records
import _tables
import torch
from _data import load_split, subsample
from _measures import median_and_error

from aae_sklearn import AdversarialAutoencoder, metrics
from aae_sklearn.estimators import _recipes, _training
from aae_sklearn.game._terms import Deception, Disarrangement, SlicedDistance, Term
from aae_sklearn.priors import PRIOR_NAMES
from aae_sklearn.settings import _defaults as defaults

DATA = ("digits", "mouse_bladder", "mnist", "fashion_mnist")
IMAGES = ("mnist", "fashion_mnist")
FIGURES = ("KS", "clf", "expl. var.", "trust. 15", "1-NN", "10-NN", "rank corr.", "fit, s")
_COMPARED_ROWS = 4_000


class _Without(_recipes.MapRecipe):
    """The map's recipe without a kind of term."""

    left_out: type = type(None)

    def match(self, game: Any, generator: torch.Generator) -> list[Term]:
        terms = super().match(game, generator)
        return [term for term in terms if not isinstance(term, self.left_out)]


class _NoDiscriminator(_Without):
    left_out = Deception


class _NoSlices(_Without):
    left_out = SlicedDistance


class _NoArrangement(_Without):
    left_out = Disarrangement


def _recipe(kind: type) -> Callable[[], Any]:
    def make(model: Any, layout: Any, n_rows: int, spread: float) -> Any:
        return kind(model, layout, spread)

    return lambda: mock.patch.dict(_training._RECIPES, {"layout": make})


@contextmanager
def _deaf_encoder() -> Iterator[None]:
    """The decoder reads codes, and no gradient comes back from it."""
    whole = _training.reconstruction

    def detached(*args: Any) -> Term:
        term: Any = whole(*args)
        return replace(term, read=lambda z, z_prior: term.read(z.detach(), z_prior))

    with mock.patch.object(_training, "reconstruction", detached):
        yield


def _no_landmarks() -> Any:
    return mock.patch.object(defaults, "ARRANGEMENT_WEIGHT", 0.0)


@contextmanager
def _whole() -> Iterator[None]:
    yield


# What is left out, by a context in which to fit, and parameters of the fit.
PARTS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "default": (_whole, {}),
    "no match (adversarial_weight=0)": (_whole, {"adversarial_weight": 0}),
    "no discriminator": (_recipe(_NoDiscriminator), {}),
    "no sliced distance": (_recipe(_NoSlices), {}),
    "no disarrangement": (_recipe(_NoArrangement), {}),
    "no reconstruction": (_deaf_encoder, {}),
    "no landmarks": (_no_landmarks, {}),
    "no layout (the paper's model)": (_whole, {"neighbor_weight": 0}),
}


def measure(data: str, part: str, n_rows: int, prior: str, seed: int) -> dict[str, float]:
    """One fit and its figures on held-out rows."""
    split = load_split(data, seed)
    if data in IMAGES:
        split = subsample(split, n_rows, seed)
    context, params = PARTS[part]
    start = time.perf_counter()
    with context():
        model = AdversarialAutoencoder(prior=prior, random_state=seed, **params).fit(split.X_train)
    seconds = time.perf_counter() - start
    codes, some = model.transform(split.X_test), slice(_COMPARED_ROWS)
    vote = (model.embedding_, split.y_train, codes, split.y_test)
    values = (
        metrics.ks_statistic(codes, model.prior_),
        metrics.two_sample_accuracy(codes, model.prior_, random_state=seed),
        model.score(split.X_test),
        metrics.trustworthiness(split.X_test[some], codes[some], n_neighbors=15),
        metrics.knn_accuracy(*vote, n_neighbors=1),
        metrics.knn_accuracy(*vote, n_neighbors=10),
        metrics.distance_rank_correlation(split.X_test, codes, random_state=0),
        seconds,
    )
    return dict(zip(FIGURES, map(float, values), strict=True))


def write() -> None:
    """Make the table of all results that there are."""
    columns = ("data", "rows", "prior", "part")
    groups = _records.newest(_records.load("ablation"), columns, ("version",))
    rows = [
        (
            (data if data not in IMAGES else f"{data}, {n_rows:,} rows")
            + ("" if prior == "normal" else f", {prior}"),
            part,
            *(
                median_and_error([run.get(name, math.nan) for run in runs.values()])
                for name in FIGURES
            ),
            len(runs),
        )
        for (data, n_rows, prior, part), runs in sorted(groups.items(), key=_order)
    ]
    about = (
        "# What each part is for\n\n"
        "The default map with one part left out; held-out rows, medians over seeds ± the standard "
        "error of the mean. KS: the largest over marginals, radius and 16 projections. clf: a "
        "new classifier that tells codes from samples of the prior (0.5 is a match).\n\n"
        f"{_tables.machine()}; {_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    _tables.save("ablation", about + _tables.markdown(("data", "model", *FIGURES, "seeds"), rows))


def _order(group: Any) -> tuple[str, int, int, int]:
    (data, n_rows, prior, part), _ = group
    return prior, DATA.index(data), n_rows, list(PARTS).index(part)


def main() -> None:
    """Fit what is missing, then make the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=10_000, help="of images")
    parser.add_argument("--prior", default="normal", choices=PRIOR_NAMES)
    parser.add_argument("--again", action="store_true", help="fit also what is there")
    args = parser.parse_args()
    version = {"version": _methods.version_of("ours")}
    for seed, data, part in product(args.seeds, args.data, PARTS):
        n_rows = args.rows if data in IMAGES else 0
        key = {"data": data, "rows": n_rows, "prior": args.prior, "part": part}
        key |= {"seed": seed, **version}
        if args.again or not _records.has(_records.load("ablation"), key):
            _records.append(
                "ablation", {**key, **measure(data, part, args.rows, args.prior, seed)}
            )
            write()


if __name__ == "__main__":
    main()
