"""Each remedy that a warning names cures what the warning is printed for."""

import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import (
    CodesCollapsedWarning,
    DiscriminatorWinsWarning,
    ReconstructionCollapsedWarning,
)

SMALL = {"hidden_layer_sizes": (32,), "discriminator_layer_sizes": (32,), "random_state": 0}
GAME = SMALL | {"neighbor_weight": 0}
MAP = SMALL | {"neighbor_weight": 1, "layout_max_iter": 20}


def images(train):
    return train / 16


def few_images(train):
    return train[:60] / 16


def noise(train):
    return np.random.RandomState(0).normal(size=(1000, 300))


def more_noise(train):
    return np.random.RandomState(0).normal(size=(2000, 1000))


LOG = {"reconstruction_loss": "log_loss"}
# Rows, what goes wrong with them, and a remedy for each word of the warning.
CASES = [
    (
        ReconstructionCollapsedWarning,
        images,
        GAME | LOG | {"max_iter": 1},
        {"max_iter": 60},
    ),
    (
        ReconstructionCollapsedWarning,
        images,
        GAME | LOG | {"max_iter": 60, "adversarial_weight": 1000.0},
        {"adversarial_weight": 0.05},
    ),
    (ReconstructionCollapsedWarning, noise, GAME | {"max_iter": 20}, {"n_components": 30}),
    (ReconstructionCollapsedWarning, few_images, MAP | LOG | {"max_iter": 1}, {"max_iter": 60}),
    (ReconstructionCollapsedWarning, more_noise, MAP | {"max_iter": 1}, {"n_components": 30}),
    (
        ReconstructionCollapsedWarning,
        np.asarray,
        GAME | {"max_iter": 2, "learning_rate_init": 10.0},
        {"learning_rate_init": 0.01, "max_iter": 60},
    ),
    (
        DiscriminatorWinsWarning,
        images,
        GAME | LOG | {"max_iter": 200, "adversarial_weight": 1e-6},
        {"adversarial_weight": 0.5},
    ),
    (DiscriminatorWinsWarning, np.asarray, MAP | {"n_components": 16}, {"adversarial_weight": 3}),
    (DiscriminatorWinsWarning, np.asarray, MAP | {"n_components": 16}, {"n_components": 4}),
    (
        DiscriminatorWinsWarning,
        np.asarray,
        MAP | {"n_components": 16},
        {"neighbor_weight": 0, "layout_max_iter": "auto"},
    ),
    (
        CodesCollapsedWarning,
        noise,
        GAME | {"n_components": 30, "max_iter": 20},
        {"n_components": 2},
    ),
    (CodesCollapsedWarning, noise, GAME | {"n_components": 30, "max_iter": 20}, {"max_iter": 80}),
    (CodesCollapsedWarning, np.asarray, MAP | {"n_components": 16}, {"adversarial_weight": 3}),
    (CodesCollapsedWarning, np.asarray, MAP | {"n_components": 16}, {"n_components": 4}),
    (
        CodesCollapsedWarning,
        np.asarray,
        MAP | {"n_components": 16},
        {"neighbor_weight": 0, "layout_max_iter": "auto"},
    ),
]


@pytest.fixture(scope="module")
def first_warned(train):
    """What a fit warns of; several cases begin with the same one."""
    return cache(lambda make_rows, params: warned(make_rows(train), dict(params)))


def warned(rows, params):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        AdversarialAutoencoder(**params).fit(rows)
    return {warning.category: str(warning.message) for warning in caught}


@pytest.mark.parametrize(("category", "make_rows", "params", "remedy"), CASES)
def test_the_remedy_is_named_and_cures(train, first_warned, category, make_rows, params, remedy):
    message = first_warned(make_rows, tuple(params.items()))[category]
    assert next(iter(remedy)) in message
    assert category not in warned(make_rows(train), params | remedy)


@pytest.mark.parametrize("n_rows", [2, 3, 5, 11, 40])
def test_default_maps_of_few_rows_are_spread_and_silent(train, n_rows):
    rows = train[:n_rows]
    aae = AdversarialAutoencoder(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        codes = aae.fit_transform(rows)
    spread = np.linalg.svd(codes - codes.mean(axis=0), compute_uv=False) / np.sqrt(n_rows)
    assert spread[: n_rows - 1].min() > 0.1
