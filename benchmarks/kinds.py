"""How good are maps of kinds of data that no other table has?

    python benchmarks/kinds.py [--data faces ...] [--methods ours ...] [--seeds 0 1 2]

Made data, each seed's anew: two thirds are fitted, one third is placed and measured. What is in
results/kinds.jsonl for the same version of the code and seed is not run again (but with --again).
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import _measures
import _methods
import _records
import _tables
import numpy as np
from _data import Split
from numpy.random import RandomState
from numpy.typing import NDArray
from scipy import ndimage, stats
from sklearn.datasets import load_digits, make_s_curve, make_swiss_roll
from sklearn.model_selection import train_test_split

Labelled = tuple[NDArray[Any], NDArray[Any]]
METHODS = ("ours", "umap-learn", "openTSNE", "PaCMAP")
MEASURES = ("trust. 15", "cont. 15", "1-NN", "10-NN", "rank corr.", "KS", "expl. var.")
VERSION = ("version", "threads")


def groups_of_ten(rng: RandomState) -> Labelled:
    """200 groups of ten in 200 columns."""
    y = np.repeat(np.arange(200), 10)
    return rng.standard_normal((200, 200))[y] + rng.standard_normal((2_000, 200)), y


def faces(rng: RandomState) -> Labelled:
    """Ten pictures of each of 40 people: the light is common, how a head turns its own."""
    y = np.repeat(np.arange(40), 10)
    smooth = ndimage.gaussian_filter(rng.standard_normal((40 * 3 + 5, 32, 32)), (0, 3, 3))
    smooth = smooth.reshape(len(smooth), -1) / smooth.std()
    people, lights, turns = smooth[:40], smooth[40:45], smooth[45:].reshape(40, 2, -1)
    light, turn = rng.standard_normal((400, 5)), rng.uniform(-1, 1, (400, 1, 2))
    X = people[y] + 0.3 * light @ lights + (turn @ turns[y])[:, 0]
    return X + 0.1 * rng.standard_normal(X.shape), y


def turned_images(rng: RandomState) -> Labelled:
    """20 digits, each turned by 72 angles."""
    images = load_digits().images[rng.permutation(1_797)[:20]]
    X = [
        ndimage.rotate(ndimage.zoom(image, 3, order=1), angle, reshape=False, order=1).ravel()
        for image in images
        for angle in range(0, 360, 5)
    ]
    return np.array(X), np.repeat(np.arange(20), 72)


def letters(rng: RandomState) -> Labelled:
    """26 letters in three scripts each: 16 whole numbers from 0 to 15."""
    script = rng.randint(78, size=2_600)
    scripts = rng.uniform(5, 10, (26, 16)).repeat(3, axis=0) + 1.2 * rng.standard_normal((78, 16))
    X = scripts[script] + rng.standard_normal((2_600, 16)) * rng.uniform(0.5, 2, (78, 16))[script]
    return X.round().clip(0, 15), script // 3


def topics(rng: RandomState) -> Labelled:
    """Texts of 100 words, of one of ten topics mostly: TF-IDF of 1,500 words."""
    y = rng.randint(10, size=1_500)
    words = rng.dirichlet(np.full(1_500, 0.05), size=10)
    share = 0.4 * np.eye(10)[y] + 0.6 * rng.dirichlet(np.full(10, 0.3), size=1_500)
    counts = np.array([rng.multinomial(100, row / row.sum()) for row in share @ words])
    X = counts * np.log(1_501 / (1 + (counts > 0).sum(axis=0)))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def cells(rng: RandomState) -> Labelled:
    """Counts of 1,000 genes in cells of twelve types, whose shares follow Zipf's law."""
    shares = 1 / np.arange(1, 13)
    y = rng.choice(12, 2_100, p=shares / shares.sum())
    marked = rng.uniform(size=(12, 1_000)) < 0.03
    rate = np.exp(rng.normal(-1.5, 1, 1_000) + marked * rng.normal(1.5, 0.5, (12, 1_000)))
    depth = np.exp(rng.normal(0, 0.4, (2_100, 1)))
    counts = rng.poisson(rng.gamma(2, depth * rate[y] / 2))
    return np.log1p(1e3 * counts / counts.sum(axis=1, keepdims=True).clip(1)), y


def branches(rng: RandomState) -> Labelled:
    """A tree of seven branches in 50 columns, as of cells that develop."""
    y = rng.randint(7, size=2_100)
    ends = np.zeros((8, 50))
    for branch in range(7):  # each begins where an earlier one ends
        ends[branch + 1] = ends[(branch + 1) // 2] + rng.standard_normal(50)
    begins = ends[(np.arange(7) + 1) // 2]
    X = begins[y] + rng.uniform(size=(2_100, 1)) * (ends[1:] - begins)[y]
    return X + 0.15 * rng.standard_normal(X.shape), y


def swiss_roll(rng: RandomState) -> Labelled:
    """A swiss roll; labels are tenths of its length."""
    X, t = make_swiss_roll(2_100, noise=0.3, random_state=rng)
    return X, (10 * stats.rankdata(t - 1e-9) / 2_101).astype(int)


def s_curve(rng: RandomState) -> Labelled:
    """An S-curve in 20 columns; labels are tenths of its length."""
    X, t = make_s_curve(2_100, random_state=rng)
    X = X @ np.linalg.qr(rng.standard_normal((20, 3)))[0].T
    return X + 0.05 * rng.standard_normal(X.shape), (10 * stats.rankdata(t) / 2_101).astype(int)


def alleles(rng: RandomState) -> Labelled:
    """0, 1 or 2 copies of 2,000 alleles in 900 people of six populations, some mixed."""
    y = rng.randint(6, size=900)
    ancient = rng.uniform(0.1, 0.9, 2_000)
    frequency = rng.beta(*(19 * np.broadcast_to(p, (6, 2_000)) for p in (ancient, 1 - ancient)))
    share = 0.7 * np.eye(6)[y] + 0.3 * rng.dirichlet(np.full(6, 0.2), size=900)
    return rng.binomial(2, (share @ frequency).clip(0, 1)).astype(float), y


def spectra(rng: RandomState) -> Labelled:
    """Mixtures of 15 substances, one of which prevails; 400 wavelengths, and a drifting ground."""
    y = rng.randint(15, size=1_500)
    x = np.linspace(0, 1, 400)
    peaks = np.exp(
        -0.5 * ((x - rng.uniform(size=(15, 5, 1))) / rng.uniform(0.01, 0.04, (15, 5, 1))) ** 2
    )
    pure = (peaks * rng.uniform(0.3, 1, (15, 5, 1))).sum(axis=1)
    amount = rng.gamma(0.2, 0.3, (1_500, 15)) + rng.uniform(0.5, 1, (1_500, 1)) * np.eye(15)[y]
    ground = rng.normal(0, 0.1, (1_500, 3)) @ np.vander(x, 3).T
    return amount @ pure + ground + 0.03 * rng.standard_normal((1_500, 400)), y


def movements(rng: RandomState) -> Labelled:
    """Six movements of twenty people: 300 figures of what sensors say."""
    y, person = rng.randint(6, size=2_100), rng.randint(20, size=2_100)
    of_movement = 1.2 * rng.standard_normal((6, 12)) * ([0.3] * 6 + [1] * 6)
    factors = of_movement[y] + 0.5 * rng.standard_normal((20, 12))[person]
    factors += 0.6 * rng.standard_normal(factors.shape)
    X = np.tanh(factors @ rng.standard_normal((12, 300)) / 3) + 0.2 * rng.standard_normal(
        (2_100, 300)
    )
    return X, y


def prices(rng: RandomState) -> Labelled:
    """Twelve columns of unlike units and long tails, of eight segments."""
    y = rng.randint(8, size=2_000)
    X = 0.9 * rng.standard_normal((8, 12))[y] + 0.5 * rng.standard_normal((2_000, 12))
    return (np.exp(X) - np.exp(X).mean(axis=0)) / np.exp(X).std(axis=0), y


def answers(rng: RandomState) -> Labelled:
    """60 questions, answered from 1 to 5 by people of seven kinds."""
    y = rng.randint(7, size=1_800)
    X = rng.normal(0, 0.7, (7, 60))[y] + 0.5 * rng.standard_normal(
        (1_800, 3)
    ) @ rng.standard_normal((3, 60))
    return (3 + X + 0.8 * rng.standard_normal(X.shape)).round().clip(1, 5), y


DATA: Mapping[str, Callable[[RandomState], Labelled]] = {
    make.__name__.replace("_", " "): make
    for make in (
        groups_of_ten, faces, turned_images, letters, topics, cells, branches, swiss_roll,
        s_curve, alleles, spectra, movements, prices, answers,
    )
}  # fmt: skip


def split_of(name: str, seed: int) -> Split:
    """Rows to fit and rows held out."""
    X, y = DATA[name](RandomState(seed))
    X_train, X_test, y_train, y_test = train_test_split(
        X.astype("f4"), y, test_size=1 / 3, random_state=seed, stratify=y
    )
    return Split(name, X_train, y_train, X_test, y_test)


def run(method: str, name: str, seed: int) -> dict[str, float]:
    """Figures of a method's held-out rows."""
    split = split_of(name, seed)
    model = _methods.build(method, seed)
    if method == "openTSNE" and split.X_train.shape[1] <= 50:
        model = model[-1]  # no components first
    codes_train = np.asarray(model.fit_transform(split.X_train))
    codes = _methods.place(model, split.X_train, split.X_test)
    return _measures.of_held_out(model, split, codes_train, codes)


def run_missing(args: argparse.Namespace) -> None:
    """Run what the file of results does not have yet, and keep it there."""
    for name in args.data:
        for seed in args.seeds:
            for method in args.methods:
                key = {"data": name, "method": method, "seed": seed}
                key["version"] = _methods.version_of(method)
                if _records.has(_records.load(args.name), key) and not args.again:
                    continue
                figures = run(method, name, seed)
                _records.append(args.name, {**key, **figures, "machine": _tables.machine()})
                print(f"{name}, {method}, seed {seed}: {figures}", flush=True)


def write(name: str) -> None:
    """Make the table of all results that there are."""
    groups = _records.newest(_records.load(name), ("data", "method"), ("version",))
    rows, versions, machines = [], set(), set()
    for data in DATA:
        for method in METHODS:
            runs = list(groups.get((data, method), {}).values())
            if not runs:
                continue
            figures = [_measures.median_and_error([run[m] for run in runs]) for m in MEASURES]
            rows.append((data, method, *figures, str(len(runs))))
            versions |= {f"{method} {run['version']}" for run in runs}
            machines |= {run["machine"] for run in runs}
    about = (
        "# Kinds of data that no other table has\n\n"
        "Made data of 400 to 2,600 rows (`kinds.py` says how), of which two thirds are fitted; "
        "figures of the others. Medians over seeds, each with other rows, ± the standard error "
        "of the mean; default settings. 1-NN and 10-NN: of the labels.\n\n"
        f"{'; '.join(sorted(machines))}\n\n{'; '.join(sorted(versions))}\n\n"
    )
    _tables.save(name, about + _tables.markdown(("data", "method", *MEASURES, "seeds"), rows))


def main() -> None:
    """Run what is missing, make the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(DATA), choices=list(DATA))
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--again", action="store_true", help="run also what is there")
    parser.add_argument("--name", default="kinds", help="file name of results and table")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # of methods about their own settings
    run_missing(args)
    write(args.name)


if __name__ == "__main__":
    main()
