"""When training ends, and which weights are kept."""

import pytest
import torch

from aae_sklearn.game._early_stopping import EarlyStopping, NeverStops
from aae_sklearn.game._history import EpochRecord

RECORD = EpochRecord({"reconstruction_loss": 1.0})


@pytest.fixture
def networks():
    return torch.nn.Linear(1, 1)


def run(networks, scores, **params):
    """Epochs that were run where scores go up and down; weights are the number of the epoch."""
    scores = iter(scores)
    params = {"tol": 0.0, "n_iter_no_change": 2, **params}
    stopping = EarlyStopping(networks, lambda: next(scores), **params)
    stops, epoch = False, -1
    while not stops and epoch < 5:
        epoch += 1
        with torch.no_grad():
            networks.weight.fill_(epoch)
        try:
            record = stopping.validate(RECORD)
        except StopIteration:
            epoch -= 1
            break
        stops = stopping.end(record)
    stopping.restore()
    return epoch + 1


def test_the_score_is_taken_into_the_record(networks):
    stopping = EarlyStopping(networks, lambda: 0.25, 0.0, 2)
    record = stopping.validate(RECORD)
    assert record.validation_score == 0.25
    assert record.losses == RECORD.losses


def test_best_weights_are_restored(networks):
    assert run(networks, [0.1, 0.5, 0.3, 0.2, 0.9]) == 4
    assert networks.weight.item() == 1


def test_rising_scores_never_stop(networks):
    assert run(networks, [0.1, 0.2, 0.3, 0.4]) == 4
    assert networks.weight.item() == 3


def test_a_rise_below_tol_does_not_count_but_is_kept(networks):
    assert run(networks, [0.1, 0.11, 0.12, 0.9], tol=0.05) == 3
    assert networks.weight.item() == 2


def test_waiting_starts_anew_after_a_rise(networks):
    assert run(networks, [0.1, 0.0, 0.2, 0.1, 0.1, 0.9]) == 5


def test_scores_below_zero(networks):
    assert run(networks, [-5.0, -3.0, -4.0, -4.0]) == 4
    assert networks.weight.item() == 1


def test_without_rows_held_out_nothing_stops_and_nothing_is_scored(networks):
    stopping = NeverStops()
    assert stopping.validate(RECORD) is RECORD
    assert stopping.end(RECORD) is False
    networks.weight.data.fill_(7)
    stopping.restore()
    assert networks.weight.item() == 7


@pytest.mark.parametrize("score", [float("nan"), -float("inf")])
def test_scores_that_are_no_numbers_leave_the_first_weights(networks, score):
    assert run(networks, [score] * 5) == 2
    assert networks.weight.item() == 0
