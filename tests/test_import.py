"""Importing the package costs what torch and scikit-learn cost, and so does a fit."""

import subprocess
import sys

WHAT_IT_STANDS_ON = """
import numpy, scipy.stats, scipy.sparse, torch, joblib
import sklearn.base, sklearn.utils
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
    assert added == {"aae_sklearn", "safetensors"}
    # scikit-learn itself imports pandas and rich where they are installed.
    assert present.isdisjoint({"matplotlib", "polars", "IPython", "umap", "numba", "pytest"})


def test_a_fit_imports_nothing_that_it_does_without():
    fit = "aae_sklearn.AdversarialAutoencoder(max_iter=1).fit(numpy.eye(60))"
    script = f"import sys, numpy, aae_sklearn; {fit}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    present = result.stdout.split()
    assert {"sympy", "torch._dynamo", "torch._inductor"}.isdisjoint(present)
    # Together 16 MB.
    assert {"sklearn.cluster", "sklearn.linear_model", "sklearn.metrics"}.isdisjoint(present)
