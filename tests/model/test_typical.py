"""Outlier scores: 0 for usual rows, large for others, each part against fitted rows near by."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.model._typical import Typical

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_an_excess_is_over_the_mean_of_near_rows():
    codes = np.arange(40.0)[:, None]
    parts = np.where(codes < 20, 1.0, 5.0) + np.random.RandomState(0).normal(0, 0.1, (40, 1))
    excess = Typical(codes, parts).excess(np.array([[2.0], [37.0]]), np.array([[5.0], [5.0]]))
    assert excess[0, 0] > 10 * abs(excess[1, 0])


@pytest.mark.parametrize("neighbor_weight", ["auto", 0])
def test_noise_is_told_from_rows(digits, neighbor_weight):
    aae = AdversarialAutoencoder(8, neighbor_weight=neighbor_weight, random_state=0)
    aae.set_params(n_components=2 if neighbor_weight == "auto" else 8).fit(digits[:600])
    usual = aae.outlier_score(digits[600:800])
    noise = aae.outlier_score(np.random.RandomState(0).permutation(digits[600:800].T).T)
    truth = np.r_[np.zeros(len(usual)), np.ones(len(noise))]
    assert roc_auc_score(truth, np.r_[usual, noise]) > 0.9
    assert -1 < np.median(aae.outlier_score(digits[:600])) < 1
