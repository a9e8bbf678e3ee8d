"""The directive ``results-table``: a file of benchmarks/results as it stands there.

The files are Markdown, a line on the machine and a table, written by the benchmarks' scripts.
Where one has not been written yet, the page says so.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def to_rst(markdown: str) -> list[str]:
    """Lines of reStructuredText for lines of text, headings and pipe tables."""
    lines: list[str] = []
    table: list[list[str]] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        if table:
            lines += _list_table(table)
            table = []
        text = _escape(line)
        lines.append(f"**{text.lstrip('# ')}**" if line.startswith("#") else text)
    return lines


def _list_table(cells: list[list[str]]) -> list[str]:
    """A list-table; the second row of a Markdown table is its rule."""
    lines = ["", ".. list-table::", "   :header-rows: 1", ""]
    for row in [cells[0], *cells[2:]]:
        for k, cell in enumerate(row):
            lines.append(f"   {'* -' if k == 0 else '  -'} {_escape(cell)}".rstrip())
    return [*lines, ""]


def _escape(text: str) -> str:
    """A name such as history_ outside backticks is no link, and a lone dash no list."""
    return "\\-" if text == "-" else re.sub(r"(?<=\w)_(?![\w`])", r"\\_", text)


class ResultsTable(SphinxDirective):
    """``.. results-table:: name`` shows benchmarks/results/name.md."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse the file as a part of the page."""
        path = RESULTS / f"{self.arguments[0]}.md"
        self.env.note_dependency(str(path))
        if not path.exists():
            text = f"benchmarks/results/{path.name} has not been written yet."
            return [nodes.paragraph("", "", nodes.emphasis(text=text))]
        container = nodes.container()
        lines = to_rst(path.read_text())
        self.state.nested_parse(StringList(lines, str(path)), self.content_offset, container)
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("results-table", ResultsTable)
    return {"parallel_read_safe": True}
