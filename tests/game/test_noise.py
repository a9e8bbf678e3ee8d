"""Noise on what the encoder reads."""

import numpy as np
import pytest
import torch

from aae_sklearn.game._noise import InputNoise, input_noise_spread
from tests.game.small import X


def noise(spread, n_held=0):
    return InputNoise(spread, torch.Generator().manual_seed(1), n_held)


@pytest.mark.parametrize("n_rows", [100, 20_000])
def test_noise_leaves_the_variance_of_inputs_as_it_is(n_rows):
    deviation = torch.tensor([3.0, 1.0, 0.1, 0.0])
    x = 5 + deviation * torch.randn(n_rows, 4, generator=torch.Generator().manual_seed(0))
    noisy = noise(1.0)(x)
    rel = 5 / n_rows**0.5
    np.testing.assert_allclose(noisy.std(dim=0), x.std(dim=0), rtol=rel, atol=1e-6)
    np.testing.assert_allclose(noisy.mean(dim=0), x.mean(dim=0), rtol=rel)


def kept(x, noisy):
    """How (x, noisy) correlate in each input that varies."""
    return [np.corrcoef(x[:, i], noisy[:, i])[0, 1] for i in range(x.shape[1]) if x[:, i].std()]


@pytest.mark.parametrize(
    ("n_held", "unit"),  # of the noise: its mean variance is at most that of the inputs not held
    [(0, np.sqrt(10.01 / 4)), (1, np.sqrt(3 * 1.01 / 3)), (2, np.sqrt(3 * 0.01 / 2)), (4, 0)],
)
def test_noise_is_in_units_of_the_inputs_that_codes_cannot_hold(n_held, unit):
    deviation = torch.tensor([3.0, 1.0, 0.1, 0.0])
    x = 5 + deviation * torch.randn(20_000, 4, generator=torch.Generator().manual_seed(0))
    # E sqrt(1 - u^2 / variance), u uniform in [0, unit]
    u = np.linspace(0, unit, 10_001)
    expected = [np.sqrt(np.clip(1 - (u / d) ** 2, 0, 1)).mean() for d in (3, 1, 0.1)]
    np.testing.assert_allclose(kept(x, noise(1.0, n_held)(x)), expected, atol=0.03)


def test_noise_is_new_for_each_batch():
    x, twice = torch.from_numpy(X), noise(1.0)
    assert not torch.equal(twice(x), twice(x))


def test_a_batch_of_one_row_or_no_noise_is_read_as_it_is():
    x = torch.from_numpy(X[:8])
    torch.testing.assert_close(noise(0.0)(x), x)
    torch.testing.assert_close(noise(1.0)(x[:1]), x[:1])


@pytest.mark.parametrize(
    ("n_rows", "n_components", "share"),
    [
        (60_000, 1, 1 / 2),
        (60_000, 2, 1 / 2),
        (60_000, 8, 1 / 4),
        (600_000, 8, 1 / 4),
        (60_000, 200, 1 / 20),
        (600, 200, 100**0.4 / 20),
        (600, 8, 1),
    ],
)
def test_wide_codes_of_many_rows_read_less_noise(n_rows, n_components, share):
    assert input_noise_spread(n_rows, n_components) == pytest.approx(share)
