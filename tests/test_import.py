"""Importing the package costs what torch and scikit-learn cost."""

import subprocess
import sys

WHAT_IT_STANDS_ON = """
import numpy, scipy.stats, scipy.sparse, torch, joblib
import sklearn.base, sklearn.decomposition, sklearn.neighbors, sklearn.utils
try:
    import sklearn.callback
except ImportError:
    pass
"""
SCRIPT = """
import sys
{first}
def packages():
    return {{name.partition(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)
before = packages()
import aae_sklearn
print(*sorted(packages() - before))
print(*sorted(packages()))
"""


def imported(first):
    """Packages that importing ours adds, and all that are there afterwards."""
    script = SCRIPT.format(first=first)
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    added, present = result.stdout.splitlines()
    return set(added.split()), set(present.split())


def test_import_adds_nothing_to_torch_and_scikit_learn():
    added, present = imported(WHAT_IT_STANDS_ON)
    assert added == {"aae_sklearn"}
    # scikit-learn itself imports pandas and rich where they are installed.
    assert present.isdisjoint({"matplotlib", "polars", "IPython", "umap", "numba", "pytest"})
