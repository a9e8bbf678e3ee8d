"""Maps side by side: codes are kept in a file when a method is run, and drawn later."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from _tables import RESULTS
from numpy.typing import NDArray
from PIL import Image

from aae_sklearn.display import EmbeddingDisplay

CODES = RESULTS / "codes"
_N_SHOWN = 10_000
_N_COLUMNS = 4
_DPI = 110


def codes_file(data: str, method: str, seed: int) -> Path:
    """Where the codes of a run are kept; not in the repository."""
    return CODES / f"{data}-{method.replace(' ', '_')}-{seed}.npz"


def choose(
    codes_train: NDArray[Any], y_train: NDArray[Any], codes: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The codes that are shown: held-out rows, and training rows where those are few."""
    n_more = max(0, _N_SHOWN - len(codes))
    more = np.random.RandomState(0).permutation(len(codes_train))[:n_more]
    shown = np.vstack([codes, codes_train[more]])[:_N_SHOWN]
    return shown, np.concatenate([y, y_train[more]])[:_N_SHOWN]


def keep(path: Path, codes: NDArray[Any], y: NDArray[Any]) -> None:
    """Write the codes of a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / ".gitignore").write_text("*\n")
    np.savez_compressed(path, codes=codes.astype(np.float32), y=y)


def draw_maps(data: str, methods: Sequence[str], seed: int, name: str) -> str:
    """Draw what the methods' codes are there for; returns the name of the file."""
    files = {method: codes_file(data, method, seed) for method in methods}
    files = {method: path for method, path in files.items() if path.exists()}
    if not files:
        return f"{data}: no codes of seed {seed} to draw; run with --again"
    n_columns = min(_N_COLUMNS, len(files))
    n_rows = -(-len(files) // n_columns)
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(3.2 * n_columns, 3.5 * n_rows), squeeze=False
    )
    margins = {"left": 0.01, "right": 0.99, "bottom": 0.02, "top": 1 - 0.3 / (3.5 * n_rows)}
    figure.subplots_adjust(wspace=0.06, hspace=0.14, **margins)
    for ax in axes.flat[len(files) :]:
        ax.set_axis_off()
    for ax, (method, path) in zip(axes.flat, files.items(), strict=False):
        _draw_map(ax, method, path)
    picture = RESULTS / f"{name}_{data}.png"
    save_small(figure, picture)
    return str(picture)


def _draw_map(ax: Any, method: str, path: Path) -> None:
    with np.load(path) as kept:
        codes, y = kept["codes"], kept["y"]
    EmbeddingDisplay.from_codes(codes, y, name=method, ax=ax, labels="medians", s=2.0)
    ax.set(xlabel="", ylabel="", xticks=[], yticks=[])


def save_small(figure: Any, path: Path) -> None:
    """Save a figure as a PNG file of 256 colours, and close it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=_DPI)
    plt.close(figure)
    image = Image.open(buffer).convert("RGB")
    image.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path)
