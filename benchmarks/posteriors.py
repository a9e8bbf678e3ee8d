"""Do stochastic encoders match the prior better where codes are wide, and reconstruct no worse?

    python benchmarks/posteriors.py [--rows 20000] [--dimensions 20 32 200]
                                    [--encoders gaussian] [--seeds 0 1 2]

Makhzani et al. ("Adversarial Autoencoders", arXiv 1511.05644, section 2) have three encoders.
Each is fitted on some of MNIST's training rows; codes of the test rows are drawn from q(z|x) and
compared with the prior, and the rows with what the drawn codes decode to. Every fit is kept as
a line of results/posteriors.jsonl with a fingerprint of the code, and what is there is not run
again.
"""

from __future__ import annotations

import argparse
from itertools import product

import _measures
import _methods
import _records
import _tables
from _data import load_split, subsample
from priors import summary

from aae_sklearn import AdversarialAutoencoder

ENCODERS = ("deterministic", "gaussian", "universal")
FIGURES = ("explained variance", "of drawn codes", "largest KS", "classifier")
HEADER = ("codes", "encoder", *FIGURES, "seeds")


def measure(encoder: str, n_components: int, n_rows: int, seed: int) -> dict[str, float]:
    """One fit and its figures on the held-out rows."""
    split = subsample(load_split("mnist", seed), n_rows, seed)
    model = AdversarialAutoencoder(
        n_components, encoder=encoder, neighbor_weight=0, random_state=seed
    ).fit(split.X_train)
    score = float(model.score(split.X_test))
    return {"explained variance": score, **_measures.of_drawn_codes(model, split, seed)}


def write(n_rows: int) -> None:
    """Make the table of all results that there are."""
    records = [record for record in _records.load("posteriors") if record["rows"] == n_rows]
    groups = _records.newest(records, ("n_components", "encoder"), ("version",))
    rows = [
        (
            f"{n_components}-D",
            encoder,
            *(summary([run[name] for run in runs.values()], 3) for name in FIGURES),
            len(runs),
        )
        for (n_components, encoder), runs in groups.items()
    ]
    about = (
        f"# Three encoders\n\nThe paper's model on {n_rows:,} rows of MNIST, normal prior; "
        "figures of the 10,000 test rows: medians (and ranges) over seeds. Explained variance by "
        "the mean code (`score`) and by codes drawn from q(z|x); the match is of drawn codes. KS: "
        f"the largest over marginals and radius.\n\n{_tables.machine()}; "
        f"{_tables.versions('torch', 'scikit-learn')}\n\n"
    )
    _tables.save("posteriors", about + _tables.markdown(HEADER, rows))


def main() -> None:
    """Fit what is missing and make the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, nargs="+", default=[20, 32, 200])
    parser.add_argument("--encoders", nargs="+", default=ENCODERS, choices=ENCODERS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    version = _methods.version_of("ours")
    for seed, n_components, encoder in product(args.seeds, args.dimensions, args.encoders):
        key = {"n_components": n_components, "encoder": encoder, "seed": seed}
        key |= {"rows": args.rows, "version": version}
        if not _records.has(_records.load("posteriors"), key):
            figures = measure(encoder, n_components, args.rows, seed)
            _records.append("posteriors", {**key, **figures})
            write(args.rows)


if __name__ == "__main__":
    main()
