"""Passes over the rows go on from a state, wherever it was taken."""

import numpy as np
import pytest
import torch

from aae_sklearn.layout._passes import Passes
from aae_sklearn.priors import NormalPrior
from aae_sklearn.priors._batches import PriorBatches

N_PASSES, N_BATCHES = 3, 4


def make():
    draws = PriorBatches(NormalPrior(), (5, 2), np.random.RandomState(0), torch.device("cpu"))
    generator = torch.Generator().manual_seed(1)
    return Passes(torch.zeros(2, 22), draws, N_PASSES, 5, generator)


def go_on(passes, until=N_PASSES * N_BATCHES):
    """What is drawn in the steps to come."""
    seen = []
    while passes.n_done < until:
        for rows in passes.batches():
            noise = torch.rand(1, generator=passes.generator).item()
            seen.append((rows.tolist(), next(passes.draws).sum().item(), noise))
            passes.codes[:, rows] += noise
            passes.end_step()
            if passes.n_done == until:
                break
    return seen


@pytest.mark.parametrize("n_done", range(N_PASSES * N_BATCHES + 1))
def test_passes_go_on_from_any_step(n_done):
    whole, part, resumed = make(), make(), make()
    expected = go_on(whole)
    go_on(part, n_done)
    resumed.load_state_dict(part.state_dict())
    assert resumed.n_complete == n_done // N_BATCHES
    assert go_on(resumed) == expected[n_done:]
    assert torch.equal(resumed.codes, whole.codes)
    assert torch.equal(resumed.generator.get_state(), whole.generator.get_state())


def test_each_row_is_in_one_batch_of_a_pass():
    rows = [row for rows, *_ in go_on(make(), N_BATCHES) for row in rows]
    assert len(rows) == len(set(rows)) == N_BATCHES * 5
    assert make().n_steps == N_PASSES * N_BATCHES


def test_a_state_before_the_first_step_of_a_begun_pass():
    part, resumed = make(), make()
    go_on(part, N_BATCHES)
    next(part.batches())  # its order is drawn, and nothing is done
    resumed.load_state_dict(part.state_dict())
    assert go_on(resumed) == go_on(make())[N_BATCHES:]
