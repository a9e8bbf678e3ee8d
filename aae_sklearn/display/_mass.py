"""Where in the plane of two components a distribution has hardly any mass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

from aae_sklearn.display._arrays import FloatArray

MAX_BINS = 40
PER_BIN = 6  # samples, so that an empty bin is no accident after smoothing
LEAST = 0.2  # of the mass that independent components would put there


def has_mass(codes: FloatArray, levels: tuple[FloatArray, FloatArray]) -> npt.NDArray[np.bool_]:
    """Whether samples fall near each point of a grid, from the lower left to the upper right.

    ``codes`` are samples of shape (n_samples, 2), ``levels`` the probabilities at which the
    columns and rows of the grid stand. Ranks of the components are compared (their copula), so
    that neither heavy tails nor the shape of the components matter: independent components
    have mass everywhere, a ball has none in the corners and a roll none between its turns.
    """
    n_bins = int(np.clip(np.sqrt(len(codes) / PER_BIN), 1, MAX_BINS))
    ranks = (rankdata(codes, method="ordinal", axis=0) - 0.5) / len(codes)
    counts, _, _ = np.histogram2d(ranks[:, 1], ranks[:, 0], bins=n_bins, range=[(0, 1), (0, 1)])
    relative = gaussian_filter(counts * n_bins**2 / len(codes), sigma=1.0, mode="nearest")
    column, row = (np.minimum((part * n_bins).astype(int), n_bins - 1) for part in levels)
    return np.asarray(relative[np.ix_(row, column)].ravel() >= LEAST)
