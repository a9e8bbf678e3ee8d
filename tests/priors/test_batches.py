"""Batches of the prior: one long sample, cut, and resumed anywhere."""

import copy

import numpy as np
import pytest
import torch

from aae_sklearn.priors import NormalPrior, StudentTPrior, SwissRollPrior
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.settings import _defaults as defaults

CPU = torch.device("cpu")
BATCH_SIZE, BATCHES_PER_BLOCK = 3, 4


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(defaults, "PRIOR_BLOCK_ELEMENTS", BATCHES_PER_BLOCK * BATCH_SIZE * 2 + 1)


def make_batches(prior=None, seed=0):
    prior = NormalPrior() if prior is None else prior
    return PriorBatches(prior, (BATCH_SIZE, 2), np.random.RandomState(seed), CPU)


def take(batches, count):
    return torch.stack([next(batches) for _ in range(count)]) if count else None


@pytest.mark.parametrize("prior", [NormalPrior(5.0), StudentTPrior(df=1), SwissRollPrior()])
def test_batches_are_the_blocks_of_a_prior_cut(prior):
    random_state = np.random.RandomState(0)
    blocks = [
        prior.sample_working(BATCHES_PER_BLOCK * BATCH_SIZE, 2, random_state) for _ in range(3)
    ]
    expected = np.float32(blocks).reshape(-1, BATCH_SIZE, 2)
    np.testing.assert_array_equal(take(make_batches(prior), 3 * BATCHES_PER_BLOCK), expected)


def test_nothing_is_sampled_before_it_is_asked_for():
    batches = make_batches()
    assert batches.random_state.rand() == np.random.RandomState(0).rand()


def test_a_block_larger_than_the_limit_holds_one_batch(monkeypatch):
    monkeypatch.setattr(defaults, "PRIOR_BLOCK_ELEMENTS", 1)
    expected = NormalPrior().sample_working(BATCH_SIZE, 2, np.random.RandomState(0))
    np.testing.assert_array_equal(next(make_batches()), np.float32(expected))


def test_batches_are_an_iterator():
    batches = make_batches()
    assert iter(batches) is batches


@pytest.mark.parametrize("n_before", range(2 * BATCHES_PER_BLOCK + 2))
def test_a_resumed_iterator_goes_on_as_the_first_would(n_before):
    first, resumed = make_batches(), make_batches(seed=7)
    take(first, n_before)
    next(resumed)
    resumed.load_state_dict(first.state_dict())
    count = 2 * BATCHES_PER_BLOCK + 1
    assert torch.equal(take(resumed, count), take(first, count))


def test_a_state_does_not_change_when_the_iterator_goes_on():
    first = make_batches()
    take(first, 2)
    state = first.state_dict()
    kept = copy.deepcopy(state)
    expected = take(first, 6)
    np.testing.assert_equal(state, kept)
    resumed = make_batches(seed=7)
    resumed.load_state_dict(state)
    assert torch.equal(take(resumed, 6), expected)
    np.testing.assert_equal(state, kept)


def test_a_generator_that_others_use_in_between_is_restored_too():
    first, resumed = make_batches(), make_batches(seed=7)
    take(first, 2)
    first.random_state.rand(5)
    state = first.state_dict()
    resumed.load_state_dict(state)
    assert torch.equal(take(resumed, 8), take(first, 8))
    assert resumed.random_state.rand() == first.random_state.rand()


def test_a_state_outlives_a_change_of_the_block_size(monkeypatch):
    first = make_batches()
    take(first, 2)
    state = first.state_dict()
    monkeypatch.setattr(defaults, "PRIOR_BLOCK_ELEMENTS", 1)
    resumed = make_batches(seed=7)
    resumed.load_state_dict(state)
    assert torch.equal(take(resumed, 8), take(first, 8))
