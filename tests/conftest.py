"""Data and fitted estimators that many tests share."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.settings import _defaults as defaults

# Small enough that a fit takes a fraction of a second: the paper's model, and the map.
SMALL = {
    "hidden_layer_sizes": (16,),
    "discriminator_layer_sizes": (16,),
    "max_iter": 3,
    "neighbor_weight": 0,
}
MAP = {"neighbor_weight": 1, "layout_max_iter": 5}


@pytest.fixture(scope="session")
def digits():
    """Images of handwritten digits as rows of 64 numbers from 0 to 16; nobody writes to it."""
    rows = load_digits().data
    rows.setflags(write=False)
    return rows


@pytest.fixture(scope="session")
def train(digits):
    return digits[:300]


@pytest.fixture(scope="session")
def held_out(digits):
    return digits[300:420]


@pytest.fixture(scope="module")
def short_fits():
    """Fewer updates, for modules that ask how things are called and kept, not how good."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(defaults, "LAYOUT_EPOCHS", 10)
        patch.setattr(defaults, "LEARNER_LEAST_UPDATES", 30)
        for updates in ("UPDATES_OF_1000_ROWS", "UPDATES_OF_MAP", "UPDATES_OF_LESSONS"):
            patch.setattr(defaults, updates, 100)
        patch.setattr(defaults, "LABELLED_UPDATES", (600, 0.4))
        patch.setattr(defaults, "LABELLED_LEAST_UPDATES", 100)
        yield


@pytest.fixture
def mapped_megabytes():
    """A function that says how much of mapped files is resident."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs Linux's /proc")
    return lambda: int(re.search(r"RssFile:\s+(\d+) kB", status.read_text())[1]) / 1e3


@pytest.fixture
def make_aae():
    """Small estimators with a seed, by what they differ in."""

    def make(n_components=2, **params):
        return AdversarialAutoencoder(n_components, **{"random_state": 0, **SMALL, **params})

    return make


@pytest.fixture(scope="session", params=["game", "map"])
def fitted(request, train):
    """A small estimator of each kind, fitted in a second; nobody fits it again."""
    params = {**SMALL, "max_iter": 30, **(MAP if request.param == "map" else {})}
    aae = AdversarialAutoencoder(random_state=0, **params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return aae.fit(train)


@pytest.fixture(scope="session")
def mnist():
    """The first images of MNIST from AAE_DATA_DIR: 2000 to fit, 500 held out."""
    folder = os.environ.get("AAE_DATA_DIR")
    if folder is None:
        pytest.skip("AAE_DATA_DIR is not set; it names a folder with mnist.npz")
    path = Path(folder) / "mnist.npz"
    if not path.exists():
        pytest.skip(f"{path} is missing")
    with np.load(path) as arrays:
        return arrays["X_train"][:2000], arrays["X_test"][:500]
