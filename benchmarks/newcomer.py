"""How long is the way from a script with TSNE to the new map, as the README tells it?

    python benchmarks/newcomer.py

In a copy of the project: a fresh virtual environment, the README's two commands, the script as
it was, one import changed, the script as it is then. Nothing else is installed; pip takes packages
from where it is set up to.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _tables

PROJECT = Path(__file__).parent.parent
BEFORE = "from sklearn.manifold import TSNE"
AFTER = "from aae_sklearn import AdversarialAutoencoder as TSNE"


def timed(*command: str, folder: Path) -> str:
    """Seconds of a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    return f"{time.perf_counter() - start:.0f}"


def main() -> None:
    """Walk it, print and save the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        subprocess.run(["git", "clone", "-q", str(PROJECT), str(folder)], check=True)
        python = str(Path(name) / "env" / "bin" / "python")
        install = ("-m", "pip", "install", "-q", "-c", "constraints.txt", ".")
        script = (folder / "examples" / "before_tsne.py").read_text()
        assert script.count(BEFORE) == 1
        (folder / "after.py").write_text(script.replace(BEFORE, AFTER))
        steps = {
            "python -m venv env": (sys.executable, "-m", "venv", str(Path(name) / "env")),
            "pip install -c constraints.txt .": (python, *install),
            "python examples/before_tsne.py": (python, "examples/before_tsne.py"),
            "python after.py": (python, "after.py"),
        }
        rows = [(step, timed(*command, folder=folder)) for step, command in steps.items()]
    text = "\n\n".join(__doc__.strip().split("\n\n")[2:])
    table = _tables.markdown(("step", "s"), rows)
    _tables.save(
        "newcomer", f"# From TSNE to the new map\n\n{_tables.machine()}\n\n{text}\n\n{table}"
    )


if __name__ == "__main__":
    main()
