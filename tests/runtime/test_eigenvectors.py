"""Eigenvectors are found of any covariance."""

import numpy as np
import pytest
import torch

from aae_sklearn.rows._rotation import _principal_directions
from aae_sklearn.runtime._eigenvectors import eigenvectors


def mostly_constant(n_rows, n_columns, seed):
    """Columns of which most are 0, as in images: float32 failed for nearly all such tables."""
    random = np.random.RandomState(seed)
    x = random.normal(size=(n_rows, n_columns)).astype("f4")
    x[:, random.uniform(size=n_columns) < 0.7] = 0
    return x


@pytest.mark.parametrize("seed", range(5))
def test_a_covariance_without_full_rank_has_eigenvectors(seed):
    x = torch.from_numpy(mostly_constant(150, 300, seed))
    x -= x.mean(dim=0)
    covariance = x.T @ x / len(x)
    found = eigenvectors(covariance)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.T @ found, torch.eye(300), atol=1e-5, rtol=0)
    spread = (x @ found).square().mean(dim=0)
    assert (spread.diff() > -1e-5).all()
    torch.testing.assert_close(spread.sum(), covariance.trace())


@pytest.mark.parametrize("n_rows", [8, 40, 200])
@pytest.mark.parametrize("repeats", [1, 4])
def test_directions_are_those_of_largest_variance(n_rows, repeats):
    x = np.repeat(mostly_constant(n_rows, 90, 0), repeats, axis=0)
    x *= np.linspace(1, 3, 90, dtype="f4")
    n_directions = min(len(x) - 1, 30)
    found = _principal_directions(x.copy(), n_directions)
    np.testing.assert_allclose(found @ found.T, np.eye(n_directions), atol=1e-5)
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[:n_directions]
    lengths = np.linalg.norm((x - x.mean(axis=0)) @ found.T, axis=0)
    np.testing.assert_allclose(lengths, values, atol=1e-3)
