"""Every example runs as a script, with warnings as errors and without a screen."""

import runpy
import warnings
from pathlib import Path

import matplotlib
import pytest
from matplotlib import pyplot as plt

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("plot_*.py"))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a script in a folder of its own."""
    matplotlib.use("agg")
    monkeypatch.delenv("DISPLAY", raising=False)  # or plt.show() warns that agg cannot show
    monkeypatch.chdir(tmp_path)

    def run_there(script):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # also those that tests ignore
                runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:  # an example that ends early says what it misses
            if end.code:
                raise
            pytest.skip(f"{script.name} found no data here")

    yield run_there
    plt.close("all")


@pytest.mark.skipif(not SCRIPTS, reason="examples are not in this copy of the sources")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_example_runs(script, run):
    if script.stem == "plot_many_rows":
        pytest.importorskip("dask.dataframe")
    run(script)


def test_one_changed_line_replaces_tsne(run, tmp_path):
    before = (EXAMPLES / "before_tsne.py").read_text(encoding="utf-8")
    old, new = (
        "\nfrom sklearn.manifold import TSNE\n",
        "\nfrom aae_sklearn import AdversarialAutoencoder as TSNE\n",
    )
    assert before.count(old) == 1
    after = tmp_path / "after.py"
    after.write_text(before.replace(old, new), encoding="utf-8")
    run(after)
    assert (tmp_path / "map.png").stat().st_size > 10_000
