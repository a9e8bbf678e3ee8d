"""Scatters of points as pages by Bokeh and by Plotly, to compare the explorer's page with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import aae_sklearn

PAGE = Path(aae_sklearn.__file__).parent / "display" / "_explorer" / "page"
BOKEH_READY = """<script>
const wait = setInterval(() => {
  if (!window.Bokeh || !Bokeh.documents[0]?.is_idle) return;
  document.documentElement.dataset.ready = performance.now();
  clearInterval(wait);
}, 5);
</script>"""


def bokeh_page(codes: Any, y: Any, path: Path) -> None:
    """A scatter of Bokeh on its canvas."""
    from bokeh.embed import file_html
    from bokeh.palettes import Category10
    from bokeh.plotting import figure
    from bokeh.resources import INLINE

    plot = figure(width=900, height=700, x_range=(-20, 20), tools="pan,wheel_zoom,lasso_select")
    colors = np.array(Category10[10])[y]
    plot.scatter(codes[:, 0], codes[:, 1], color=colors, size=3, alpha=0.75)
    page = file_html(plot, INLINE).replace("</body>", BOKEH_READY + "</body>")
    path.write_text(page, encoding="utf-8")


def plotly_page(codes: Any, y: Any, path: Path) -> None:
    """A scatter of Plotly by WebGL, which a computer without a graphics card imitates."""
    import plotly.graph_objects as go

    marker = {"color": y, "colorscale": "Portland", "size": 3, "opacity": 0.75}
    points = go.Scattergl(x=codes[:, 0], y=codes[:, 1], mode="markers", marker=marker)
    drawn = "document.documentElement.dataset.ready = performance.now();"
    go.Figure(points, layout={"width": 900, "height": 700}).write_html(
        path, include_plotlyjs=True, post_script=drawn
    )


def script_sizes(folder: Path) -> dict[str, str]:
    """Millions of bytes of the scripts and styles within each page: of a page with two points."""
    codes, y = np.zeros((2, 2)), np.array([0, 1])
    sizes = {"explorer": sum(len(part.read_bytes()) for part in PAGE.iterdir())}
    for name, write in (("Bokeh", bokeh_page), ("Plotly", plotly_page)):
        write(codes, y, folder / "few.html")
        sizes[name] = (folder / "few.html").stat().st_size
    return {name: f"{size / 1e6:.2f}" for name, size in sizes.items()}
