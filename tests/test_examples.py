"""Every example runs as a script, with warnings as errors and without a screen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("plot_*.py"))


def run(script, folder):
    """Run a script in a folder; its output, or a failure that shows it."""
    environment = {**os.environ, "MPLBACKEND": "agg"}
    environment.pop("DISPLAY", None)  # or plt.show() warns that agg cannot show
    done = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=folder, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(not SCRIPTS, reason="examples are not in this copy of the sources")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_example_runs(script, tmp_path):
    if script.stem == "plot_many_rows":
        pytest.importorskip("dask.dataframe")
    run(script, tmp_path)


def test_one_changed_line_replaces_tsne(tmp_path):
    before = (EXAMPLES / "before_tsne.py").read_text(encoding="utf-8")
    old, new = (
        "\nfrom sklearn.manifold import TSNE\n",
        "\nfrom aae_sklearn import AdversarialAutoencoder as TSNE\n",
    )
    assert before.count(old) == 1
    after = tmp_path / "after.py"
    after.write_text(before.replace(old, new), encoding="utf-8")
    run(after, tmp_path)
    assert (tmp_path / "map.png").stat().st_size > 10_000
