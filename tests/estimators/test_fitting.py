"""Which rows are trained on."""

import numpy as np

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.estimators._fitting import split_rows
from aae_sklearn.settings._resolve import resolve_config


def make_config(**params):
    aae = AdversarialAutoencoder(neighbor_weight=0, **params)
    return resolve_config(aae.get_params(deep=False), np.zeros((50, 3)))


def test_rows_are_split_without_loss_or_overlap():
    config = make_config(early_stopping=True, validation_fraction=0.2)
    chosen, held_out = split_rows(50, config, np.random.RandomState(0))
    assert len(held_out) == 10
    np.testing.assert_array_equal(np.sort(np.concatenate([chosen, held_out])), np.arange(50))
    other = split_rows(50, config, np.random.RandomState(1))[1]
    assert np.any(held_out != other)


def test_all_rows_are_trained_on_without_early_stopping():
    chosen, held_out = split_rows(50, make_config(), np.random.RandomState(0))
    np.testing.assert_array_equal(chosen, np.arange(50))
    assert len(held_out) == 0
