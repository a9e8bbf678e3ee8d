"""Colours for up to 40 classes that stay apart, for colour-blind readers too.

The first six are those of Okabe and Ito (2008) that are dark enough for white paper. Each
further colour is the one of a grid over sRGB, bounded in lightness and chroma, that is furthest
(CIEDE2000) from all before it, from white and from the grey of missing labels. The distance
of two colours is the least of four views: normal, and protan, deutan and tritan as simulated by
Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color
vision deficiency", weighted 1, 1.5, 1.5 and 2.2: most readers have normal vision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._columns import is_missing

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#920031", "#9ECE86",
    "#6D316D", "#7979FF", "#C20000", "#3131C2", "#006D61", "#49E7F3", "#926149", "#866186",
    "#E7DB49", "#F36179", "#928649", "#184931", "#9E4961", "#92E7C2", "#24AAB6", "#6192CE",
    "#551800", "#3D243D", "#49006D", "#CEAA9E", "#4955FF", "#DB1892", "#6D4949", "#55610C",
    "#61FF92", "#AADBDB", "#9E7986", "#00CE55", "#C218CE", "#6D3149", "#AA0092", "#0C009E",
)  # fmt: skip
N_COLORS = len(PALETTE)
LARGEST_WHOLE = 2.0**53  # up to which float64 holds every whole number


@dataclass(frozen=True)
class Classes:
    """Which class each row is of.

    Attributes
    ----------
    names : tuple of str
        Names of the classes that have a colour, in the order of ``PALETTE``.
    index : ndarray of shape (n_samples,)
        Position in ``names``, or -1 for the rows drawn in grey.
    rest_name : str
        What the grey rows are: ``"unlabelled"`` or ``"other"``.
    n_labels : int
        Different labels there are, also those without a colour.
    """

    names: tuple[str, ...]
    index: npt.NDArray[np.intp]
    rest_name: str
    n_labels: int

    @property
    def colors(self) -> list[str]:
        """One colour per name."""
        return list(PALETTE[: len(self.names)])


def holds_values(y: npt.NDArray[Any], color_by: str) -> bool:
    """Whether ``y`` is a continuous value rather than classes."""
    if color_by not in ("auto", "classes", "values"):
        raise ValueError(f"color_by must be 'auto', 'classes' or 'values', got {color_by!r}.")
    if color_by != "auto":
        return color_by == "values"
    if y.dtype.kind == "f":
        known = y[np.isfinite(y)]
        return bool(np.any(known != np.round(known))) or len(np.unique(known)) > N_COLORS
    return y.dtype.kind in "mM" or (y.dtype.kind in "iu" and len(np.unique(y)) > N_COLORS)


class Labels(NamedTuple):
    """All different labels, the position of each row's (-1 without one), and their rows."""

    names: tuple[str, ...]
    position: npt.NDArray[np.intp]
    sizes: npt.NDArray[np.intp]


def number_labels(y: npt.NDArray[Any], label_names: Sequence[str] | None = None) -> Labels:
    """Number the labels of ``y``, however many there are."""
    known = ~(is_missing(y) | _is_unlabelled_code(y))
    values, inverse, counts = np.unique(y[known], return_inverse=True, return_counts=True)
    index = np.full(len(y), -1, dtype=np.intp)
    index[known] = inverse
    return Labels(names_of_values(values, label_names), index, counts)


def colored_labels(labels: Labels) -> npt.NDArray[np.intp]:
    """Positions of the labels that have a colour: up to 40, and none if they name rows."""
    n_labels = len(labels.names)
    if n_labels <= N_COLORS:
        return np.arange(n_labels)
    names_rows = 2 * n_labels > len(labels.position)
    return np.sort(np.argsort(-labels.sizes, kind="stable")[: 0 if names_rows else N_COLORS])


def find_classes(y: npt.NDArray[Any], label_names: Sequence[str] | None = None) -> Classes:
    """Number the classes of ``y``; beyond 40 classes the smallest are drawn as "other".

    If most labels are on a single row there is no class, and all are "other". Rows
    without a label are None, NaN, or -1 if there are two or more non-negative classes, as in
    :mod:`sklearn.semi_supervised`.
    """
    labels = number_labels(y, label_names)
    kept, n_labels = colored_labels(labels), len(labels.names)
    # The last is that of rows without a label, which have -1.
    index = np.full(n_labels + 1, -1, dtype=np.intp)
    index[kept] = np.arange(len(kept))
    rest_name = "unlabelled" if n_labels <= N_COLORS else "other"
    names = tuple(labels.names[k] for k in kept)
    return Classes(names, index[labels.position], rest_name, n_labels)


def _is_unlabelled_code(y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if y.dtype.kind not in "if":
        return np.zeros(len(y), dtype=bool)
    others = np.unique(y[(y != -1) & ~is_missing(y)])
    return np.asarray((y == -1) & (len(others) >= 2 and others[0] >= 0))


def names_of_values(
    values: npt.NDArray[Any], label_names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Labels as text, or their names by position."""
    if label_names is None and values.dtype.kind == "M":
        return tuple(np.datetime_as_string(values, unit="auto"))
    is_whole = values.dtype.kind == "f" and np.array_equal(values, np.round(values))
    if is_whole and np.abs(values).max(initial=0.0) < LARGEST_WHOLE:
        values = values.astype(int)  # integers with missing ones among them came as floats
    if label_names is None:
        return tuple(
            value.decode() if isinstance(value, bytes) else str(value) for value in values
        )
    names = [str(name) for name in label_names]
    if values.dtype.kind in "iu" and len(values) and 0 <= values[0] <= values[-1] < len(names):
        return tuple(names[value] for value in values)
    if len(names) != len(values):
        raise ValueError(
            f"label_names must hold one name per class: y has {len(values)} classes, got "
            f"{len(names)} names."
        )
    return tuple(names)
