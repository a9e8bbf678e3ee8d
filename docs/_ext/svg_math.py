"""Formulas as SVG that stands in the page: no script, no font and no network to read them.

MathJax, which Sphinx takes otherwise, is fetched from another server by each reader. matplotlib
typesets what these pages need and is here anyway.
"""

from __future__ import annotations

from html import escape

import numpy as np
from docutils import nodes
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextToPath
from sphinx.application import Sphinx
from sphinx.writers.html import HTMLTranslator

SIZE = TextToPath.FONT_SCALE / 1.15  # units of 1 em; Computer Modern is a small face
LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
FONT = FontProperties(math_fontfamily="cm")


def to_svg(latex: str) -> str:
    """An <svg> element as high as its formula, on the line's baseline, in the text's colour."""
    formula = f"${' '.join(latex.split())}$"
    vertices, codes = TextToPath().get_text_path(FONT, formula, ismath=True)
    low, high = np.min(vertices, axis=0), np.max(vertices, axis=0)
    width, height = high - low
    box = f"{low[0]:.1f} {-high[1]:.1f} {width:.1f} {height:.1f}"
    return (
        f'<svg role="img" aria-label="{escape(latex)}" viewBox="{box}" '
        f'style="width:{width / SIZE:.3f}em;height:{height / SIZE:.3f}em;'
        f'vertical-align:{low[1] / SIZE:.3f}em">'
        f'<path fill="currentColor" d="{_outline(vertices, codes)}"/></svg>'
    )


def _outline(vertices: np.ndarray, codes: np.ndarray) -> str:
    """The path in SVG's letters; its y axis points down."""
    words = []
    for points, code in Path(np.array(vertices), codes).iter_segments(curves=True, simplify=False):
        if code == Path.CLOSEPOLY:
            words.append("Z")
            continue
        numbers = np.reshape(points, (-1, 2)) * [1, -1]
        words.append(LETTERS[code] + " ".join(f"{number:.1f}" for number in numbers.ravel()))
    return "".join(words)


def inline(self: HTMLTranslator, node: nodes.math) -> None:
    """A formula within a line."""
    self.body.append(f'<span class="formula">{to_svg(node.astext())}</span>')
    raise nodes.SkipNode


def display(self: HTMLTranslator, node: nodes.math_block) -> None:
    """A formula on a line of its own, with fractions in full size; a wide one scrolls."""
    formula = node.astext().replace(r"\frac", r"\dfrac")
    self.body.append(f'<div class="formula">{to_svg(formula)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer; conf.py chooses it by name."""
    app.add_html_math_renderer("svg", (inline, None), (display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
