"""Codes and draws for the tests of the match with the prior."""

import numpy as np

from aae_sklearn.priors import Prior


class ReplayedPrior(Prior):
    """Returns the given draws, whatever the seed: takes chance out of a test."""

    def __init__(self, draws):
        self.draws = draws

    def sample(self, n_samples, n_components, random_state=None):
        return np.asarray(self.draws)[:n_samples]


def normal_codes(n_samples=500, n_components=2, seed=0):
    """Codes that follow the normal prior."""
    return np.random.default_rng(seed).normal(size=(n_samples, n_components))


def dependent_codes(n_samples):
    """Normal marginals and an exact radius, but both coordinates have the same sign."""
    signs = np.random.default_rng(1).choice([-1, 1], size=(n_samples, 1))
    return np.abs(normal_codes(n_samples)) * signs


def standardized(draws):
    """Draws whose sample mean is 0 and spread 1, so that the measures leave them as they are."""
    return (draws - draws.mean(axis=0)) / draws.std(axis=0)
