"""How large is an explorer's page, how long does it take to open, and how exact does it decode?

    python benchmarks/explorer.py [--data digits mnist ...] [--repeats 5] [--models FOLDER]

For each data set, all of its rows, with their columns where they have any: size of the file,
seconds to gather what is in it; in headless Chromium the seconds until the map is drawn (of a
fresh tab, and the CPU seconds of its main thread), milliseconds from a move of the map to the
second frame after, milliseconds of a decoded row, and the largest difference to
`inverse_transform` over codes of the rows, in units of the range of the decoded rows. "points" are
200,000 rows of ten normal groups, mapped by PCA. The same points are drawn by Bokeh and by Plotly,
whose scripts are within the file. Written to results/explorer.md. Needs selenium, Chromium and its
driver, bokeh and plotly.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _tables
import numpy as np
import pandas as pd
import torch
from _data import DATA_DIR, load_split
from _pages import bokeh_page, plotly_page, script_sizes
from selenium import webdriver
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA

import aae_sklearn
from aae_sklearn.display import Explorer

N_POINTS = 200_000
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--window-size=1280,800",
)  # fmt: skip
HEADER = ("data", "rows", "columns", "MB", "s to gather", "s to open", "CPU s", "ms to move")
HEADER += ("ms to decode", "difference")
LIBRARIES = ("page", "MB of script", "points", "MB", "s to open", "CPU s", "ms to move")
IMAGES = {"digits": (8, 8), "mnist": (28, 28)}
SAMPLES = "window.codes = arguments[0]"
DECODED = "return codes.map(([x, y]) => window.explorer.decode(x, y))"
DECODING = (
    "const start = performance.now(); for (const [x, y] of codes) window.explorer.decode(x, y);"
    "return (performance.now() - start) / codes.length"
)
MOVING = """
const done = arguments[0], move = {move}, took = [];
const frame = () => new Promise(requestAnimationFrame);
(async () => {{
  for (let k = 0; k < 15; k++) {{
    await frame();
    const start = performance.now();
    await move(k);
    await frame(); await frame();
    took.push(performance.now() - start);
  }}
  done(took.sort((a, b) => a - b)[7]);
}})();
"""
OURS = "(k) => window.explorer.pan(k % 2 ? 30 : -30, 10)"
PLOTLYS = """(k) => Plotly.relayout(
  document.querySelector(".plotly-graph-div"), {"xaxis.range": [-20 + k, 20 + k]})"""
BOKEHS = """(k) => Bokeh.documents[0].roots()[0].x_range.setv({start: -20 + k, end: 20 + k})"""


def rows_of(name: str) -> tuple[Any, Any, dict[str, Any]]:
    """Rows, labels, and what else the explorer takes."""
    if name == "points":
        X, y = make_blobs(N_POINTS, 50, centers=10, random_state=0)
        return X.astype("f4"), y, {"quality": False}
    if name == "adult":
        frame = pd.read_csv(DATA_DIR / "adult.csv.gz").drop(columns="split")
        y = frame.pop("income")
        return pd.get_dummies(frame).astype("f4"), y, {"frame": frame}
    if name == "mouse_bladder":
        with np.load(DATA_DIR / "mouse_bladder.npz") as data:
            return data["X_log_hvg"], data["y"], {}
    split = load_split(name)
    X, y = split.X_train, split.y_train
    if name == "digits":
        X, y = np.concatenate([X, split.X_test]), np.concatenate([y, split.y_test])
    return X, y, {"image_shape": IMAGES[name]}


def model_of(name: str, X: Any, models: Path | None = None) -> Any:
    """The map of the rows, from a folder where it is kept there."""
    if name == "points":
        return PCA(2, random_state=0).fit(X)
    path = None if models is None else models / f"{name}.safetensors"
    if path is not None and path.exists():
        return aae_sklearn.load(path)
    scaling = "per_feature" if name == "adult" else "common"
    aae = aae_sklearn.AdversarialAutoencoder(random_state=0, feature_scaling=scaling).fit(X)
    if path is not None:
        aae.save(path)
    return aae


def open_page(path: Path) -> tuple[Any, float, float]:
    """A fresh browser with the page, seconds until it is drawn, and its main thread's."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    browser.set_script_timeout(120)
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    browser.get(path.as_uri())
    ready = None
    while ready is None:
        time.sleep(0.1)
        ready = browser.execute_script("return document.documentElement.dataset.ready")
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    busy = next(part["value"] for part in metrics if part["name"] == "TaskDuration")
    return browser, float(ready) / 1e3, busy


def timings(path: Path, move: str, repeats: int) -> tuple[Any, list[str]]:
    """Size, medians of opening, and of moving in the last browser, which stays open."""
    opened, busy = [], []
    for k in range(repeats):
        browser, seconds, of_thread = open_page(path)
        opened.append(seconds)
        busy.append(of_thread)
        if k < repeats - 1:
            browser.quit()
    moved = browser.execute_async_script(MOVING.format(move=move))
    times = [f"{np.median(opened):.2f}", f"{np.median(busy):.2f}", f"{moved:.0f}"]
    return browser, [f"{path.stat().st_size / 1e6:.1f}", *times]


def measured(name: str, folder: Path, repeats: int, models: Path | None) -> Iterator[str]:
    """Figures of one data set."""
    X, y, given = rows_of(name)
    model = model_of(name, X, models)
    start = time.perf_counter()
    explorer = Explorer.from_estimator(model, X, y, **given)
    gathered = time.perf_counter() - start
    path = folder / f"{name}.html"
    explorer.save(path)
    yield from (name, f"{len(X):,}", f"{X.shape[1]:,}")
    browser, (size, *times) = timings(path, OURS, repeats)
    yield from (size, f"{gathered:.1f}", *times)
    codes = model.transform(X[:: max(1, len(X) // 100)]).astype(float)
    rows = model.inverse_transform(codes)
    browser.execute_script(SAMPLES, codes.tolist())
    decoded = np.array(browser.execute_script(DECODED))
    yield f"{browser.execute_script(DECODING):.1f}"
    yield f"{np.abs(decoded - rows).max() / np.ptp(rows):.1e}"
    browser.quit()


def compared(folder: Path, repeats: int) -> list[tuple[str, ...]]:
    """The same points by our page and by libraries."""
    X, y, given = rows_of("points")
    model, lines, scripts = model_of("points", X), [], script_sizes(folder)
    for n_points in (60_000, N_POINTS):
        codes, labels, path = model.transform(X[:n_points]), y[:n_points], folder / "scatter.html"
        Explorer.from_estimator(model, X[:n_points], labels, **given).save(folder / "ours.html")
        pages = [("explorer", folder / "ours.html", OURS)]
        for name, write, move in (("Bokeh", bokeh_page, BOKEHS), ("Plotly", plotly_page, PLOTLYS)):
            path = folder / f"{name}.html"
            write(codes, labels, path)
            pages.append((name, path, move))
        for name, path, move in pages:
            browser, times = timings(path, move, repeats)
            browser.quit()
            lines.append((name, scripts[name], f"{n_points:,}", *times))
            print(*lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure, print and save the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    every = ["digits", "mouse_bladder", "adult", "mnist", "points"]
    parser.add_argument("--data", nargs="+", default=every)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--models", type=Path, help="folder in which fitted models are kept")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for data in args.data:
            lines.append(tuple(measured(data, folder, args.repeats, args.models)))
            print(*lines[-1], flush=True)
        others = compared(folder, args.repeats)
    about = (
        "# The explorer's page\n\nSize of the file; seconds to gather what is in it; seconds "
        f"until the map is drawn and those of the main thread, medians of {args.repeats} "
        "fresh browsers; milliseconds from a move of the map to the second frame after; "
        "milliseconds of a decoded row; largest difference to `inverse_transform`, in units of "
        "the range. Headless Chromium without a graphics card, 1280 x 800 pixels. Load average "
        f"of the machine: {os.getloadavg()[2]:.0f}.\n\n"
        f"{_tables.machine()}; {_tables.versions('bokeh', 'plotly', 'selenium')}\n\n"
    )
    beside = (
        "\n\n## By libraries\n\nThe same points. The explorer's file also holds their values and "
        "a decoder. A library is within the file, as it must be without a network. Plotly draws "
        "by WebGL, which is imitated here; on a graphics card it is faster.\n\n"
    )
    tables = _tables.markdown(HEADER, lines) + beside + _tables.markdown(LIBRARIES, others)
    _tables.save("explorer", about + tables)


if __name__ == "__main__":
    main()
