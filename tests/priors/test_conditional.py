"""Samples by the labels of rows, against the mixture's own components."""

import numpy as np
import pytest
import torch

from aae_sklearn.priors import GaussianMixturePrior, NormalPrior, SwissRollPrior
from aae_sklearn.priors._conditional import ConditionalSamples, has_component_for_each
from aae_sklearn.rows._labels import read_targets

CPU = torch.device("cpu")
PRIOR = GaussianMixturePrior(
    means=[[-9.0, 0.0], [0.0, 0.0], [9.0, 0.0]], covariances=np.ones(3), weights=[0.2, 0.3, 0.5]
)
CODES = np.array([0, 1, 2, -1] * 500)


def samples(share=1.0):
    random_state = np.random.RandomState(0)
    return ConditionalSamples(PRIOR, CODES, share, 2, random_state, CPU)


def components(z_prior):
    return PRIOR.assign(PRIOR.from_working(z_prior.numpy().astype(np.float64)))


def test_labelled_rows_get_samples_of_their_component():
    index = torch.randperm(2000, generator=torch.Generator().manual_seed(0))
    drawn = samples().draw(index)
    found, codes = components(drawn.z_prior), CODES[index]
    np.testing.assert_array_equal(found[codes >= 0], codes[codes >= 0])
    shares = np.bincount(found[codes < 0]) / 500
    np.testing.assert_allclose(shares, PRIOR.weights, atol=0.06)  # the mixture's
    np.testing.assert_array_equal(drawn.labels.argmax(dim=1), np.where(codes < 0, 3, codes))
    np.testing.assert_array_equal(drawn.labels.sum(dim=1), 1)


def test_a_share_of_the_labels_is_shown():
    index = torch.arange(2000)
    drawn = samples(share=0.3).draw(index)
    is_shown = drawn.labels[:, 3].numpy() == 0
    assert not is_shown[CODES < 0].any()
    assert is_shown[CODES >= 0].mean() == pytest.approx(0.3, abs=0.04)
    found = components(drawn.z_prior)
    np.testing.assert_array_equal(found[is_shown], CODES[is_shown])
    shares = np.bincount(found[~is_shown]) / (~is_shown).sum()
    np.testing.assert_allclose(shares, PRIOR.weights, atol=0.05)


def test_rows_of_unknown_class_start_where_they_are():
    codes = torch.full((2000, 2), 7.0)
    start = samples(share=0.1).start(codes)
    np.testing.assert_array_equal(start[CODES < 0], codes[CODES < 0])
    np.testing.assert_array_equal(components(start)[CODES >= 0], CODES[CODES >= 0])


@pytest.mark.parametrize(
    ("prior", "y", "has"),
    [
        (PRIOR, [0, 1, 2, 2], True),
        (PRIOR, ["a", "b", "c", "c"], True),
        (PRIOR, [0, 1, 1, 1], False),
        (SwissRollPrior(), list(range(10)) * 2, True),
        (NormalPrior(), [0, 1, 1, 1], False),
        (PRIOR, [0.5, 1, 2, 2], False),
    ],
)
def test_each_class_needs_a_component(prior, y, has):
    assert has_component_for_each(prior, read_targets(y, len(y))) == has
    assert not has_component_for_each(prior, None)
