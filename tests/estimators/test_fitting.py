"""Which rows are trained on."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

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


SMALL = {"max_iter": 2, "layout_max_iter": 5, "hidden_layer_sizes": 8, "random_state": 0}


@pytest.mark.parametrize("order", ["C", "F"])
def test_of_a_matrix_of_distances_early_stopping_holds_rows_out(order):
    rows = np.random.RandomState(0).normal(size=(60, 5))
    distances = np.asarray(pairwise_distances(rows), order=order)
    aae = AdversarialAutoencoder(metric="precomputed", early_stopping=True, **SMALL)
    codes = aae.fit(distances).embedding_
    np.testing.assert_array_equal(aae.transform(distances), codes)
    assert aae._model.features.n_references == 54


def test_known_neighbours_and_early_stopping_exclude_each_other():
    rows = np.random.RandomState(0).normal(size=(60, 5))
    pair = NearestNeighbors(n_neighbors=31).fit(rows).kneighbors(rows)[::-1]
    aae = AdversarialAutoencoder(metric=pair, early_stopping=True, **SMALL)
    with pytest.raises(ValueError, match="use early_stopping=False"):
        aae.fit(rows)
