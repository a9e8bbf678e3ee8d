"""The order of the examples: the first things one asks come first."""

from pathlib import Path

NAMES = (
    "replacing_tsne",
    "decoding_the_map",
    "explorer",
    "new_points",
    "choosing_a_prior",
    "supervised_map",
    "forty_labels",
    "style_transfer",
    "clusters",
    "single_cell",
    "anomalies",
    "mixed_table",
    "features",
    "mnist_notebook",
    "many_rows",
)


def place(filename: str) -> int:
    """Place of an example; a new one that is not listed comes last."""
    name = Path(filename).stem.removeprefix("plot_")
    return NAMES.index(name) if name in NAMES else len(NAMES)
