"""Generators made from one random state; global ones lent and given back."""

import contextlib
import random

import numpy as np
import torch

from aae_sklearn.runtime._randomness import (
    Randomness,
    make_generator,
    own_random_state,
    seeded_globally,
)

CPU = torch.device("cpu")


def test_generator_follows_its_seed():
    first, same, other = (torch.rand(3, generator=make_generator(s, CPU)) for s in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_global_generator_is_lent_and_given_back():
    before, python = torch.get_rng_state(), random.getstate()
    with seeded_globally(3, CPU):
        first = torch.rand(4)
    with seeded_globally(3, CPU):
        assert torch.equal(torch.rand(4), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert random.getstate() == python


def test_global_generator_is_given_back_after_a_failure():
    before = torch.get_rng_state()
    with contextlib.suppress(ZeroDivisionError), seeded_globally(4, CPU):
        torch.rand(4)
        1 / 0  # noqa: B018
    assert torch.equal(torch.get_rng_state(), before)


def test_random_state_of_ones_own():
    state = np.random.RandomState(0)
    assert own_random_state(state) is state
    assert own_random_state(3).randint(100) == np.random.RandomState(3).randint(100)
    fresh = own_random_state(None)
    assert fresh is not np.random.mtrand._rand
    assert fresh is not own_random_state(None)


def test_sources_of_randomness_differ_and_follow_their_state():
    def numbers(seed):
        randomness = Randomness(np.random.RandomState(seed), CPU)
        return (
            randomness.numpy.uniform(),
            torch.rand(1, generator=randomness.order).item(),
            torch.rand(1, generator=randomness.noise).item(),
            randomness.global_seed,
        )

    assert numbers(0) == numbers(0)
    assert numbers(0) != numbers(1)
    assert len(set(numbers(0))) == 4
