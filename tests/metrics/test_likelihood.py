"""Parzen window likelihood against closed forms, scikit-learn and a slow twin."""

import math

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from aae_sklearn.metrics import _arrays, _likelihood, parzen_log_likelihood
from tests import oracles


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(30, 4))


@pytest.fixture
def samples():
    return np.random.default_rng(1).normal(size=(50, 4))


def test_equals_the_slow_twin(rows, samples):
    each = [oracles.parzen_log_likelihood(row, samples, 0.4) for row in rows]
    found = parzen_log_likelihood(rows, samples, sigma=0.4)
    assert found.mean == pytest.approx(np.mean(each))
    assert found.standard_error == pytest.approx(np.std(each, ddof=1) / math.sqrt(30))
    assert found.sigma == 0.4


def test_is_that_of_kernel_density(rows, samples):
    expected = KernelDensity(bandwidth=0.7).fit(samples).score(rows) / len(rows)
    assert parzen_log_likelihood(rows, samples, sigma=0.7).mean == pytest.approx(expected)


def test_one_repeated_sample_gives_a_normal_density(rows):
    center = np.zeros((2, 4))
    squared = np.square(rows).sum(axis=1)
    expected = np.mean(-squared / (2 * 0.3**2) - 4 * math.log(0.3 * math.sqrt(2 * math.pi)))
    found = parzen_log_likelihood(rows, center, sigma=0.3)
    assert found.mean == pytest.approx(expected)


def test_rows_far_from_all_samples_do_not_underflow(rows, samples):
    found = parzen_log_likelihood(rows + 1e3, samples, sigma=0.1)
    assert math.isfinite(found.mean)
    assert found.mean < -1e6


def test_chunks_and_blocks_do_not_change_the_value(rows, samples, monkeypatch):
    whole = parzen_log_likelihood(rows, samples, sigma=0.5)
    monkeypatch.setattr(_arrays, "ENTRIES_PER_CHUNK", 70)
    monkeypatch.setattr(_likelihood, "SAMPLES_PER_BLOCK", 7)
    assert parzen_log_likelihood(rows, samples, sigma=0.5).mean == pytest.approx(whole.mean)


def test_sigma_is_the_best_on_validation_rows(rows, samples):
    validation = np.random.default_rng(2).normal(size=(40, 4))
    grid = [0.1, 0.3, 0.6, 1.0, 3.0]
    scores = [parzen_log_likelihood(validation, samples, sigma=s).mean for s in grid]
    found = parzen_log_likelihood(rows, samples, sigma=grid, X_validation=validation)
    assert found.sigma == grid[int(np.argmax(scores))]
    assert found == parzen_log_likelihood(rows, samples, sigma=found.sigma)


def test_default_sigmas_span_a_tenth_to_one(rows, samples):
    found = parzen_log_likelihood(rows, samples, X_validation=rows)
    assert any(found.sigma == pytest.approx(10 ** (-1 + k / 9)) for k in range(10))


def test_refusals(rows, samples):
    with pytest.raises(ValueError, match="10 values of sigma need X_validation"):
        parzen_log_likelihood(rows, samples)
    for sigma in (0.0, -1.0, [0.1, math.inf], []):
        with pytest.raises(ValueError, match="sigma must be positive and finite"):
            parzen_log_likelihood(rows, samples, sigma=sigma)
    with pytest.raises(ValueError, match=r"samples must have 4 columns .* got 3"):
        parzen_log_likelihood(rows, samples[:, :3], sigma=1.0)
    with pytest.raises(ValueError, match=r"X_validation must have 4 columns .* got 3"):
        parzen_log_likelihood(rows, samples, X_validation=rows[:, :3])
    with pytest.raises(ValueError, match="device='nowhere' is not available"):
        parzen_log_likelihood(rows, samples, sigma=1.0, device="nowhere")
