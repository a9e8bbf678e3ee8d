"""Docstring text that several displays share, each parameter written once.

A docstring holds a line such as ``$ax`` where the text of ``PARTS["ax"]`` goes.
"""

from __future__ import annotations

import re
from textwrap import indent
from typing import TypeVar

C = TypeVar("C", bound=type)

PARTS = {
    # What a display holds.
    "ax_": "ax_ : matplotlib Axes\n    The axes drawn on.",
    "figure_": "figure_ : matplotlib Figure\n    The figure of the axes.",
    # What is drawn.
    "fitted": """\
estimator : object
    Anything fitted with ``transform`` and ``inverse_transform``.""",
    "y_ignored": "y : None\n    Ignored.",
    "X_held_out": """\
X : array-like of shape (n_samples, n_features)
    Rows, best ones that were not used in ``fit``.""",
    "image_shape": """\
image_shape : tuple of int, default=None
    (height, width) or (height, width, 3) of the rows, which are then drawn as images.""",
    "feature_names": """\
feature_names : sequence of str, default=None
    Names of the features; None uses those of the data frame, or x0, x1, ...""",
    "components": """\
components : tuple of int, default=(0, 1)
    The two components that are drawn.""",
    "random_state": """\
random_state : int or None, default=0
    Seed of the samples.""",
    # Points of a map.
    "y": """\
y : array-like of shape (n_samples,), default=None
    Classes, numbers or dates that colour the points. Missing ones (None, NaN, NA, NaT) are
    grey.""",
    "new_y": """\
new_y : array-like of shape (n_new,), default=None
    The same for the new points.""",
    "label_names": """\
label_names : sequence of str, default=None
    Names of the classes, by position as in ``load_digits().target_names``.""",
    "color_by": """\
color_by : {"auto", "classes", "values"}, default="auto"
    What ``y`` is. "auto" takes dates, fractions and more than 40 different numbers for
    values.""",
    "axis_labels": """\
axis_labels : tuple of str, default=None
    Names of the axes; None is "code 1", "code 2" and so on.""",
    "name": "name : str, default=None\n    Title of the map.",
    # How it is drawn.
    "ax": "ax : matplotlib Axes, default=None\n    Axes to draw on; None makes a figure.",
    "ax_of_panels": """\
ax : matplotlib Axes, default=None
    Axes whose place the panels take; None makes a figure.""",
    "title": """\
title : str, default=None
    Title; None uses a default, "" leaves it out.""",
    "to_plot": "**kwargs : dict\n    Passed to :meth:`plot`.",
    "drawn": "display : {display}\n    The picture, drawn.",
    "itself": "display : {display}\n    The object itself.",
}


def fill_docstrings(display: C) -> C:
    """Put the shared text into the docstrings of a display and of its methods."""
    display.__doc__ = _filled(display.__doc__, display.__name__)
    for member in vars(display).values():
        function = getattr(member, "__func__", member)
        if callable(function) and not isinstance(function, type):
            function.__doc__ = _filled(function.__doc__, display.__name__)
    return display


def _filled(text: str | None, display: str) -> str | None:
    """The text with its parts, or None as it is under ``python -OO``."""
    if text is None:
        return None

    def part(match: re.Match[str]) -> str:
        return indent(PARTS[match[2]].replace("{display}", display), match[1])

    return re.sub(r"^( *)\$(\w+)$", part, text, flags=re.MULTILINE)
