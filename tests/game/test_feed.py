"""Batches of an epoch: rows, their features, and samples of the prior."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from aae_sklearn.game._feed import Feed, shuffled
from aae_sklearn.priors import GaussianMixturePrior, NormalPrior, StudentTPrior
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.priors._conditional import ConditionalSamples
from aae_sklearn.rows._sources import ResidentSource
from aae_sklearn.settings import _defaults as defaults

CPU = torch.device("cpu")
X = torch.arange(46.0).view(23, 2)


class Doubled:
    """Features that tell the rows and inputs that they were asked for."""

    def batch(self, index, x):
        assert torch.equal(X[index], x)
        return 2 * x


def feed(batch_size):
    samples = (torch.full((batch_size, 3), float(i)) for i in itertools.count())
    return Feed(ResidentSource(X), Doubled(), samples, batch_size)


def test_batches_are_whole_and_rows_come_once():
    order = torch.randperm(23, generator=torch.Generator().manual_seed(0))
    batches = list(feed(5).epoch(order))
    assert [len(batch.index) for batch in batches] == [5, 5, 5, 5]
    assert feed(5).n_batches() == 4
    index = torch.cat([batch.index for batch in batches])
    assert torch.equal(index, order[:20])
    assert torch.equal(torch.cat([batch.x for batch in batches]), X[index])
    assert torch.equal(torch.cat([batch.h for batch in batches]), 2 * X[index])


def test_fewer_rows_than_a_batch_make_one_batch():
    assert feed(50).n_batches() == 1
    assert [len(batch.index) for batch in feed(50).epoch(torch.arange(23))] == [23]


def test_each_batch_has_samples_of_its_own():
    of_two_epochs = feed(10)
    samples = [
        batch.z_prior[0, 0].item()
        for _ in range(2)
        for batch in of_two_epochs.epoch(torch.arange(23))
    ]
    assert samples == [0, 1, 2, 3]


def test_an_order_has_each_row_once_and_follows_its_generator():
    orders = [shuffled(50, torch.Generator().manual_seed(seed), CPU) for seed in (0, 0, 1)]
    assert torch.equal(orders[0].sort().values, torch.arange(50))
    assert torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])


def test_samples_follow_the_prior_in_the_working_space():
    samples = PriorBatches(StudentTPrior(df=3), (500, 2), np.random.RandomState(0), CPU)
    u = np.concatenate([next(samples).numpy() for _ in range(20)])
    assert u.shape == (10_000, 2)
    assert u.dtype == np.float32
    # The working space of independent coordinates is N(0, I).
    np.testing.assert_allclose(u.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(u.var(axis=0), 1, atol=0.06)


@pytest.mark.parametrize("n_elements", [8, 1])
def test_samples_do_not_repeat_from_block_to_block(monkeypatch, n_elements):
    monkeypatch.setattr(defaults, "PRIOR_BLOCK_ELEMENTS", n_elements)
    samples = PriorBatches(NormalPrior(), (2, 2), np.random.RandomState(0), CPU)
    batches = [next(samples).numpy() for _ in range(10)]
    assert {batch.shape for batch in batches} == {(2, 2)}
    assert len({batch.tobytes() for batch in batches}) == 10


def test_samples_are_of_the_rows_labels_where_these_count():
    codes = np.array([0, 1, -1] * 8)[:23]
    prior = GaussianMixturePrior(means=[[-9.0, 0.0], [9.0, 0.0]])
    by_label = ConditionalSamples(prior, codes, 1.0, 2, np.random.RandomState(0), CPU)
    whole = replace(feed(5), conditional=by_label)
    batches = list(whole.epoch(torch.arange(23)))
    labels = torch.cat([batch.labels for batch in batches]).argmax(dim=1)
    np.testing.assert_array_equal(labels, np.where(codes < 0, 2, codes)[:20])
    first = torch.cat([batch.z_prior for batch in batches])[:, 0]
    np.testing.assert_array_equal(first[codes[:20] == 0] < 0, True)
    np.testing.assert_array_equal(first[codes[:20] == 1] > 0, True)
    assert next(feed(5).epoch(torch.arange(23))).labels is None
