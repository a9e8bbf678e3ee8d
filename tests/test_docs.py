"""Every block of Python code in README.md and docs/ runs, in the order of its page."""

import re
import traceback
from pathlib import Path

import matplotlib
import pytest
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.rst"))]
MADE = {"generated", "auto_examples", "_build", "_templates"}  # no pages that someone wrote
PAGES = [page for page in PAGES if MADE.isdisjoint(page.relative_to(ROOT).parts)]
OPTIONAL = {"anndata"}  # what a page may need that the tests do not install
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(
    r"^\.\. code-block:: python\n(?:   :.*\n)*((?:[ \t]*\n|   .*\n)+)", re.MULTILINE
)


def blocks(text):
    """Blocks of code with the number of the line at which each starts."""
    for match in [*FENCE.finditer(text), *DIRECTIVE.finditer(text)]:
        line = text.count("\n", 0, match.start(1))
        indent = 3 if match.re is DIRECTIVE else 0
        code = "\n".join(row[indent:] for row in match[1].splitlines())
        yield line, code


def run_page(text, name):
    """Run the blocks of a page as one script; a traceback shows the page's own lines."""
    page = {"__name__": "__main__"}
    for line, code in blocks(text):
        exec(compile("\n" * line + code, name, "exec"), page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
@pytest.mark.usefixtures("short_fits")  # pages print nothing that is compared
def test_code_of_a_page_runs(page, tmp_path, monkeypatch):
    if not page.exists():
        pytest.skip(f"{page.name} is not in this copy of the sources")
    if page.stem == "partitions":
        pytest.importorskip("distributed")
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    try:
        run_page(page.read_text(encoding="utf-8"), page.name)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")
    plt.close("all")


def test_blocks_are_found_in_both_formats():
    fenced = "a\n\n```python\nx = 1\n```\n\n```console\n$ ls\n```\n"
    directive = "a\n\n.. code-block:: python\n   :caption: b\n\n   x = 1\n\n   y = 2\n\nc\n"
    assert list(blocks(fenced)) == [(3, "x = 1")]
    ((line, code),) = blocks(directive)
    assert [row for row in code.splitlines() if row] == ["x = 1", "y = 2"]
    assert directive.splitlines()[line + code.splitlines().index("x = 1")] == "   x = 1"


def test_an_error_names_the_page_and_its_line():
    with pytest.raises(ZeroDivisionError) as error:
        run_page("a\n\n```python\n1 / 0\n```\n", "page.md")
    last = traceback.extract_tb(error.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == ("page.md", 4)
