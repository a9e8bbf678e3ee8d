"""Set up a virtual environment beside this file and run something in it.

    python3 dev.py demo    install the package, fit real data, write the pictures
    python3 dev.py test    install the package with its test tools, run all tests

Needs Python 3.11 or later with its module `venv`, and a network for pip.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A process for each core, up to eight, since each of them takes half a gigabyte.
PARALLEL = ["-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"]
PURPOSES = {
    "demo": (".", ["benchmarks/main_job.py"]),
    "test": (".[test]", ["-m", "pytest", *PARALLEL]),
}
# Threads of several processes that wait for each other on the same cores make all of them many
# times slower, so each process has one; what depends on their number sets it.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def python_of(folder: Path) -> Path:
    """The environment's interpreter; the environment is made if it is missing."""
    if not folder.exists():
        try:
            venv.create(folder, with_pip=True)
        except BaseException:  # an interrupt, too: what was begun may have no pip
            shutil.rmtree(folder, ignore_errors=True)
            raise
    windows = sys.platform == "win32"
    return folder / ("Scripts/python.exe" if windows else "bin/python")


def main() -> int:
    """Install and run; the exit status is that of what was run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purpose", choices=PURPOSES)
    parser.add_argument("--venv", type=Path, default=HERE / ".venv", help="default: .venv")
    parser.add_argument("--constraints", type=Path, default=HERE / "constraints.txt")
    args, rest = parser.parse_known_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - a newcomer's may be older
        parser.error(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}")
    target, command = PURPOSES[args.purpose]
    python = python_of(args.venv)
    # Python compiles what is imported, which is less than what is installed, and keeps it.
    options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    pip = [python, "-m", "pip", "install", *options]
    subprocess.run([*pip, "-c", args.constraints, "-e", target], cwd=HERE, check=True)
    threads = ONE_THREAD if args.purpose == "test" else {}
    environment = {**threads, **os.environ, "MPLBACKEND": "agg"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run([python, *command, *rest], cwd=HERE, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
