"""Call a function in a fresh Python process, and watch the memory that it takes.

A fresh process has compiled nothing, cached nothing (unless NUMBA_CACHE_DIR says where it is) and
holds no other method's memory:
`call("maps:run", threads=1, data="digits")` imports `maps` there and returns what
`run(data="digits")` returns. Arguments and result cross as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

_THREAD_VARIABLES = ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB")
_NOT_INSTALLED = 3
_STATUS = Path("/proc/self/status")
_SECONDS_BETWEEN_SAMPLES = 0.05


class ChildError(RuntimeError):
    """The fresh process ended without a result."""


def n_threads() -> int:
    """Threads that methods may use: OMP_NUM_THREADS, or all cores of this process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(os.environ.get("OMP_NUM_THREADS", cores or 1))


def call(target: str, *, threads: int, **arguments: Any) -> Any:
    """Return what "module:function" returns for the arguments, in a fresh process.

    Raises
    ------
    ImportError
        If the child lacks a package.
    ChildError
        If it fails otherwise, or is killed, as for want of memory.
    """
    counts = {f"{name}_NUM_THREADS": str(threads) for name in _THREAD_VARIABLES}
    with tempfile.TemporaryDirectory() as folder:
        kept = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", folder)}
        result = Path(folder) / "result.json"
        command = [
            sys.executable,
            "-W",
            "ignore",
            __file__,
            target,
            json.dumps(arguments),
            str(result),
        ]
        code = subprocess.run(command, env={**os.environ, **counts, **kept}).returncode
        if code not in (0, _NOT_INSTALLED):
            raise ChildError(f"{target} ended with exit status {code}")
        answer = json.loads(result.read_text())
    if code == _NOT_INSTALLED:
        raise ImportError(answer)
    return answer


def answer_call(target: str, arguments: str, result: str) -> int:
    """The child's side of `call`."""
    module, name = target.split(":")
    try:
        function = getattr(importlib.import_module(module), name)
        answer, code = function(**json.loads(arguments)), 0
    except ImportError as error:
        answer, code = str(error), _NOT_INSTALLED
    Path(result).write_text(json.dumps(answer))
    return code


def resident() -> dict[str, float]:
    """Memory of this process in MB: now ("VmRSS"), its peak ("VmHWM"), and of what kind.

    "RssAnon" is the process's own; "RssFile" are pages of mapped files, which the system
    takes back when it needs them. Only the peak is known outside Linux.
    """
    names = ("VmRSS", "VmHWM", "RssAnon", "RssFile")
    if not _STATUS.exists():
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
        return {**dict.fromkeys(names, float("nan")), "VmHWM": peak}
    lines = (line.split(":") for line in _STATUS.read_text().splitlines())
    return {name: int(value.split()[0]) * 1024 / 1e6 for name, value in lines if name in names}


class MemoryWatch:
    """Context that finds the largest resident memory while it is open, in MB.

    Attributes
    ----------
    before : float
        Resident when it was opened.
    peak : float
        As the system counts it (mapped pages of files included).
    peak_anonymous, peak_file : float
        The largest of samples taken every twentieth of a second.
    """

    def __enter__(self) -> MemoryWatch:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # peaks so far are forgotten
        self.before = resident()["VmRSS"]
        self.peak = self.peak_anonymous = self.peak_file = 0.0
        self._closed = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closed.set()
        self._sampler.join()

    def _sample(self) -> None:
        while True:
            closing = self._closed.wait(_SECONDS_BETWEEN_SAMPLES)
            now = resident()
            self.peak = now["VmHWM"]
            self.peak_anonymous = max(self.peak_anonymous, now["RssAnon"])
            self.peak_file = max(self.peak_file, now["RssFile"])
            if closing:
                return


if __name__ == "__main__":
    sys.exit(answer_call(*sys.argv[1:]))
