"""Colours for up to 40 classes that stay apart for colour-blind readers.

The first six are those of Okabe and Ito (2008) that are dark enough for white paper. Each
further colour is the one of a grid over sRGB, bounded in lightness and chroma, that is furthest
(CIELAB) from all before it, from white and from the grey of missing labels, in the nearest of
four views: normal, protan, deutan and tritan as simulated by Machado, Oliveira and Fernandes
(2009), "A physiologically-based model for simulation of color vision deficiency".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#3C3000", "#540C60",
    "#A8D878", "#0C5454", "#8484FC", "#9C543C", "#003C9C", "#6C0030", "#B49054", "#00E49C",
    "#6C5484", "#785400", "#D8CC54", "#E4C0E4", "#FC5478", "#6C9CF0", "#B40C60", "#900024",
    "#909C30", "#9C84C0", "#CC9090", "#9CA8CC", "#E4A884", "#9C6C84", "#903C9C", "#482448",
    "#A80C78", "#C05430", "#488454", "#F09048", "#3C4824", "#6054C0", "#480C78", "#90D8B4",
)  # fmt: skip
N_COLORS = len(PALETTE)


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
    """

    names: tuple[str, ...]
    index: npt.NDArray[np.intp]
    rest_name: str

    @property
    def colors(self) -> list[str]:
        """One colour per name."""
        return list(PALETTE[: len(self.names)])


def is_missing(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Mask of None, NaN and pandas' NA."""
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind != "O":
        return np.zeros(values.shape, dtype=bool)
    return np.array([_is_missing_object(value) for value in values], dtype=bool)


def _is_missing_object(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def holds_values(y: npt.NDArray[Any], color_by: str) -> bool:
    """Whether ``y`` is a continuous value rather than classes."""
    if color_by not in ("auto", "classes", "values"):
        raise ValueError(f"color_by must be 'auto', 'classes' or 'values', got {color_by!r}.")
    if color_by != "auto":
        return color_by == "values"
    if y.dtype.kind == "f":
        known = y[np.isfinite(y)]
        return bool(np.any(known != np.round(known))) or len(np.unique(known)) > N_COLORS
    return y.dtype.kind in "iu" and len(np.unique(y)) > N_COLORS


def find_classes(y: npt.NDArray[Any], label_names: Sequence[str] | None = None) -> Classes:
    """Number the classes of ``y``; beyond 40 classes the smallest are drawn as "other".

    Rows without a label are None, NaN, or -1 beside two or more non-negative classes, as in
    :mod:`sklearn.semi_supervised`.
    """
    known = ~(is_missing(y) | _is_unlabelled_code(y))
    values, inverse, counts = np.unique(y[known], return_inverse=True, return_counts=True)
    names = _names_of(values, label_names)
    index = np.full(len(y), -1, dtype=np.intp)
    index[known] = inverse
    if len(values) <= N_COLORS:
        return Classes(names, index, "unlabelled")
    kept = np.sort(np.argsort(-counts, kind="stable")[:N_COLORS])
    position = np.full(len(values) + 1, -1, dtype=np.intp)
    position[kept] = np.arange(N_COLORS)
    return Classes(tuple(names[k] for k in kept), position[index], "other")


def _is_unlabelled_code(y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if y.dtype.kind not in "if":
        return np.zeros(len(y), dtype=bool)
    others = np.unique(y[(y != -1) & ~is_missing(y)])
    return np.asarray((y == -1) & (len(others) >= 2 and others[0] >= 0))


def _names_of(values: npt.NDArray[Any], label_names: Sequence[str] | None) -> tuple[str, ...]:
    if label_names is None:
        whole = values.dtype.kind == "f" and np.array_equal(values, np.round(values))
        return tuple(str(int(value)) if whole else str(value) for value in values)
    names = [str(name) for name in label_names]
    if values.dtype.kind in "iu" and len(values) and 0 <= values[0] <= values[-1] < len(names):
        return tuple(names[value] for value in values)
    if len(names) != len(values):
        raise ValueError(
            f"label_names must hold one name per class: y has {len(values)} classes, got "
            f"{len(names)} names."
        )
    return tuple(names)
