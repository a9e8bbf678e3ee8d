"""The site's formulas: an outline in the page, no script and no server."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
EXTENSIONS = Path(__file__).resolve().parents[1] / "docs" / "_ext"
if not EXTENSIONS.exists():
    pytest.skip("docs/ is not in this copy of the sources", allow_module_level=True)
sys.path.insert(0, str(EXTENSIONS))
import svg_math  # noqa: E402


def measures(latex):
    """Width, height and depth below the baseline in em, as the browser gets them."""
    style = re.search(r'style="([^"]*)"', svg_math.to_svg(latex))[1]
    return [float(value) for value in re.findall(r":(-?[0-9.]+)em", style)]


def test_a_formula_is_one_path_in_the_colour_of_the_text():
    svg = svg_math.to_svg(r"q(z) < \int\, p(x)\, dx")
    assert svg.count("<path") == 1
    assert 'fill="currentColor"' in svg
    assert "http" not in svg
    assert r'aria-label="q(z) &lt; \int\, p(x)\, dx"' in svg


def test_letters_stand_on_the_baseline_and_brackets_hang_below():
    assert measures("x")[2] == pytest.approx(0, abs=0.02)
    assert measures("(x)")[2] < -0.15


def test_a_longer_formula_is_wider_and_a_sum_of_limits_higher():
    assert measures("x + x + x")[0] > 2 * measures("x")[0]
    assert measures(r"\sum_{i=1}^n x")[1] > 2 * measures("x")[1]


def test_a_formula_that_cannot_be_set_stops_the_build():
    with pytest.raises(ValueError, match="Unknown symbol"):
        svg_math.to_svg(r"\nonsense{x}")
