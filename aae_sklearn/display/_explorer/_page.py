"""One file of HTML from the template, styles and scripts in `page/`."""

from __future__ import annotations

import html
import re
from importlib.resources import files

# In the order in which they are read; each uses only those before it while it is read.
SCRIPTS = (
    "reader", "program", "format", "palette", "columns", "view", "neighbors", "points",
    "state", "middles", "marks", "cloud", "glyphs", "row", "nearest", "legend", "search",
    "lasso", "path", "describe", "pointer", "keys", "main",
)  # fmt: skip


def fill_page(title: str, payload: str) -> str:
    """The page, which needs nothing else."""
    parts = {
        "title": html.escape(title),
        "style": _text("style.css"),
        "payload": payload,
        "script": "\n".join(_text(f"{name}.js") for name in SCRIPTS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _text("page.html"))


def frame_page(page: str, height: int) -> str:
    """The page as a frame within another, such as a notebook."""
    return (
        f'<iframe srcdoc="{html.escape(page)}" title="map" width="100%" height="{height}" '
        'style="border:0"></iframe>'
    )


def _text(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")
