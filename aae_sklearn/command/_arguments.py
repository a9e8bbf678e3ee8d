"""What can be typed after ``python -m aae_sklearn``."""

from __future__ import annotations

import argparse
from pathlib import Path

from aae_sklearn import __version__
from aae_sklearn.priors import PRIOR_NAMES

EXAMPLES = """\
examples:
  python -m aae_sklearn map data.csv --color label --out map.png
  python -m aae_sklearn map data.csv --index id --color label --codes codes.csv
  python -m aae_sklearn map letters.csv --text body --color topic
  python -m aae_sklearn map images.npz --color y_train --image 28x28 --out map.html
  python -m aae_sklearn map cells.h5ad --color cell_type --codes cells_with_map.h5ad
"""


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    parser = argparse.ArgumentParser(
        prog="python -m aae_sklearn", description="Maps of files by an adversarial autoencoder."
    )
    parser.add_argument("--version", action="version", version=f"aae_sklearn {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    job = commands.add_parser(
        "map",
        help="read a file, fit a map of its rows, draw it",
        description="Read a file, fit a map of its rows, draw it, and report what was done.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_data(job)
    _add_model(job)
    _add_outputs(job)
    return parser


def _add_data(job: argparse.ArgumentParser) -> None:
    job.add_argument(
        "data", type=Path,
        help="a file: .csv, .tsv, .txt (also .gz, .bz2, .xz), .parquet, .npy, .npz or .h5ad",
    )  # fmt: skip
    group = job.add_argument_group("what is in the file")
    group.add_argument("--color", "--colour", "--label", metavar="NAME",
        help="column that colours the map; it is not fitted",
    )  # fmt: skip
    group.add_argument("--index", metavar="NAME", help="column that names the rows")
    group.add_argument("--text", metavar="NAME", help="map this column of text, by its words")
    group.add_argument(
        "--columns", nargs="+", metavar="NAME", help="fit these columns and no others"
    )
    group.add_argument("--drop", nargs="+", default=[], metavar="NAME", help="leave columns out")
    group.add_argument("--keep", nargs="+", default=[], metavar="NAME",
        help="fit columns that would be left out, such as numbers of rows",
    )  # fmt: skip
    group.add_argument("--key", metavar="NAME", help="array of an npz file, layer or obsm of h5ad")
    group.add_argument("--sep", help="what separates cells; by default the first line decides")
    group.add_argument("--encoding", default="utf-8", help="of a text file; default: utf-8")
    group.add_argument("--image", type=_shape, metavar="HxW",
        help="rows are images, such as 28x28 or 32x32x3; a page shows them",
    )  # fmt: skip
    group.add_argument(
        "--rows", type=_at_least_two, metavar="N", help="map N rows, chosen at random"
    )


def _add_model(job: argparse.ArgumentParser) -> None:
    group = job.add_argument_group("the model")
    group.add_argument("--components", type=int, default=2, help="default: 2")
    group.add_argument(
        "--prior", default="normal", choices=PRIOR_NAMES, metavar="NAME",
        help=f"distribution of the map: {', '.join(PRIOR_NAMES)}; default: normal",
    )  # fmt: skip
    group.add_argument("--metric", metavar="NAME", help="distance, such as cosine")
    group.add_argument("--scaling", choices=("auto", "common", "per_feature"), default="auto",
        help="one factor for all columns, or each column to variance 1; "
        "auto: by how unlike their spreads are",
    )  # fmt: skip
    group.add_argument("--seed", type=_seed, default=0, help="default: 0")


def _add_outputs(job: argparse.ArgumentParser) -> None:
    group = job.add_argument_group("what is written")
    group.add_argument("--out", type=Path, action="append", metavar="FILE",
        help="the map: .png, .pdf, .svg, or .html to walk through; default: map.png",
    )  # fmt: skip
    group.add_argument("--codes", type=Path, metavar="FILE",
        help="the codes: .csv, .csv.gz, .parquet, .npy or .h5ad",
    )  # fmt: skip
    group.add_argument(
        "--save", type=Path, metavar="FILE",
        help="the model: .safetensors, or .joblib with the encoding of the columns",
    )  # fmt: skip
    group.add_argument("--quiet", action="store_true", help="print errors and warnings only")


def _at_least_two(words: str) -> int:
    """A number of rows."""
    if not words.isdecimal() or int(words) < 2:
        raise argparse.ArgumentTypeError(f"{words!r} is no number of rows; use at least 2")
    return int(words)


def _seed(words: str) -> int:
    """A seed that numpy takes."""
    if not words.isdecimal() or int(words) >= 2**32:
        raise argparse.ArgumentTypeError(f"{words!r} is no seed; use a number from 0 to 2**32 - 1")
    return int(words)


def _shape(words: str) -> tuple[int, ...]:
    """Height and width, and 3 for colours."""
    try:
        shape = tuple(int(number) for number in words.lower().split("x"))
    except ValueError:
        shape = ()
    if len(shape) not in (2, 3) or min(shape) < 1 or shape[2:] not in ((), (3,)):
        raise argparse.ArgumentTypeError(f"{words!r} is no shape such as 28x28 or 32x32x3")
    return shape
