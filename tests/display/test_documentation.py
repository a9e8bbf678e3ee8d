"""Docstrings that share their text are complete."""

import inspect
import re
from pathlib import Path

import pytest

from aae_sklearn import display
from aae_sklearn.display._documentation import PARTS, fill_docstrings

ALL = [getattr(display, name) for name in display.__all__]


def public_texts(cls):
    """Docstrings of the class and of its public methods."""
    methods = [vars(cls)[name] for name in vars(cls) if not name.startswith("_")]
    functions = [getattr(method, "__func__", method) for method in methods]
    return [cls.__doc__, *(f.__doc__ for f in functions if inspect.isfunction(f))]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_parameter_is_described(cls):
    for text in public_texts(cls):
        assert not re.search(r"\$\w+", text)
    for name in {"from_estimator", "plot"} & set(vars(cls)):
        method = getattr(cls, name)
        for parameter in set(inspect.signature(method).parameters) - {"self"}:
            assert re.search(rf"\b{parameter}\b", method.__doc__), (name, parameter)
        assert f" : {cls.__name__}\n" in method.__doc__


def test_parts_take_the_indent_of_their_line_and_an_unknown_one_is_an_error():
    class Some:
        """Some.

        $ax
        """

    lines = [line for line in fill_docstrings(Some).__doc__.splitlines() if line.strip()]
    first = lines.index(next(line for line in lines if "ax :" in line))
    depth = len(lines[first]) - len(lines[first].lstrip())
    assert lines[first + 1].startswith(" " * (depth + 4) + "Axes to draw on")

    class Other:
        """$unknown"""

    with pytest.raises(KeyError, match="unknown"):
        fill_docstrings(Other)


def test_no_part_is_left_over():
    folder = Path(display.__file__).parent
    source = "".join(path.read_text() for path in folder.rglob("_*.py"))
    used = set(re.findall(r"^ *\$(\w+)$", source, flags=re.MULTILINE))
    assert used == set(PARTS)
