"""Match of codes with the prior: maximum mean discrepancy, a kernel two-sample test.

Marginals and projections can agree where the joint distributions differ. The kernel compares
all coordinates at once, in the prior's working space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics.pairwise import euclidean_distances

from aae_sklearn.metrics._arrays import FloatArray, check_count, row_chunks
from aae_sklearn.metrics._comparison import PriorLike, RandomState, compare
from aae_sklearn.settings._defaults import KERNEL_SCALES

__all__ = ["MMDTest", "mmd", "mmd_test"]


@dataclass(frozen=True)
class MMDTest:
    """Squared MMD, and the probability of one as large if codes are samples of the prior.

    Parameters
    ----------
    statistic : float
        Unbiased estimate of the squared MMD.
    p_value : float
        ``(b + 1) / (m + 1)`` if b of m permutations have a statistic as large or larger.
    """

    statistic: float
    p_value: float


def mmd(
    codes: ArrayLike,
    prior: PriorLike,
    *,
    max_samples: int | None = 2000,
    random_state: RandomState = None,
) -> float:
    """Squared maximum mean discrepancy between codes and samples of the prior.

    It is the unbiased estimate [1]_ with the inverse multiquadric kernel, averaged over seven
    scales s. Vectors a and b are in the prior's working space, in units of the samples' standard
    deviations; d is the number of components:

    .. math:: k(a, b) = \\frac{1}{7} \\sum_s \\frac{2 d s}{2 d s + \\|a - b\\|^2}

    Parameters
    ----------
    codes : array-like of shape (n_samples, n_components)
        Output of ``transform`` for held-out rows.
    prior : Prior, str, or anything that `resolve_prior` takes
        The distribution that the codes should have: ``prior_`` of a fitted estimator.
    max_samples : int, default=2000
        Largest number of codes, which are compared with as many samples. The time grows with
        its square. None takes all codes.
    random_state : int, RandomState instance or None, default=None
        Source of samples and of the choice of codes.

    Returns
    -------
    statistic : float
        At most 1. For equal distributions it has mean 0, and about half of the values are
        negative.

    Raises
    ------
    ValueError
        If the codes hold NaN or infinity, or the prior has no codes of their width.

    See Also
    --------
    mmd_test : The same statistic, with a p-value.

    Notes
    -----
    Null distribution: for n codes and n samples the mean is 0 and the standard deviation about
    0.25 / n in 2-D, and less in more dimensions.

    References
    ----------
    .. [1] Gretton et al., "A kernel two-sample test", JMLR 13, 2012, equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> from aae_sklearn.metrics import mmd
    >>> codes = np.random.default_rng(0).normal(size=(500, 2))
    >>> abs(mmd(codes, "normal", random_state=0)) < 0.005
    True
    >>> mmd(codes + 1.0, "normal", random_state=0) > 0.05
    True
    """
    return _mmd_test(codes, prior, 0, max_samples, random_state).statistic


def mmd_test(
    codes: ArrayLike,
    prior: PriorLike,
    *,
    n_permutations: int = 200,
    max_samples: int | None = 2000,
    random_state: RandomState = None,
) -> MMDTest:
    """Squared maximum mean discrepancy, as `mmd`, and its permutation p-value.

    Parameters
    ----------
    codes : array-like of shape (n_samples, n_components)
        Output of ``transform`` for held-out rows.
    prior : Prior, str, or anything that `resolve_prior` takes
        The distribution that the codes should have: ``prior_`` of a fitted estimator.
    n_permutations : int, default=200
        Number of random permutations of codes and samples.
    max_samples : int, default=2000
        Largest number of codes, which are compared with as many samples. None takes all codes.
    random_state : int, RandomState instance or None, default=None
        Source of samples, of the choice of codes, and of permutations.

    Returns
    -------
    test : MMDTest
        With ``statistic`` and ``p_value``. The p-value lies between
        ``1 / (n_permutations + 1)`` and 1.

    Raises
    ------
    ValueError
        If the codes hold NaN or infinity, or the prior has no codes of their width.

    Notes
    -----
    Null distribution of the p-value: uniform. With thousands of codes the test detects
    differences too small to be seen on a map. So look at the statistic, too.

    Examples
    --------
    >>> import numpy as np
    >>> from aae_sklearn.metrics import mmd_test
    >>> codes = np.random.default_rng(0).normal(size=(300, 2))
    >>> mmd_test(codes + 1.0, "normal", n_permutations=99, random_state=0).p_value
    0.01
    """
    check_count("n_permutations", n_permutations)
    return _mmd_test(codes, prior, n_permutations, max_samples, random_state)


def _mmd_test(
    codes: ArrayLike,
    prior: PriorLike,
    n_permutations: int,
    max_samples: int | None,
    random_state: RandomState,
) -> MMDTest:
    comparison = compare(codes, prior, random_state, max_samples=max_samples)
    pooled = np.concatenate(comparison.standardized())
    groups = _group_indicators(len(comparison.codes), n_permutations, comparison.rng)
    statistics = _mmd_per_grouping(pooled, groups)
    at_least = int((statistics[1:] >= statistics[0]).sum())
    return MMDTest(float(statistics[0]), (at_least + 1) / (n_permutations + 1))


def _group_indicators(n_codes: int, n_permutations: int, rng: np.random.RandomState) -> FloatArray:
    """Columns of ones (codes) and zeros (samples): the true column, then permuted ones."""
    truth = np.repeat([1.0, 0.0], n_codes)
    shuffled = [rng.permutation(truth) for _ in range(n_permutations)]
    return np.column_stack([truth, *shuffled])


def _mmd_per_grouping(pooled: FloatArray, groups: FloatArray) -> FloatArray:
    """Unbiased squared MMD for each column of groups, from chunks of the kernel matrix."""
    across = np.zeros(groups.shape[1])
    total = 0.0
    for chunk in row_chunks(len(pooled), len(pooled)):
        kernel = _kernel(pooled[chunk], pooled)
        kernel[np.arange(len(kernel)), np.arange(chunk.start, chunk.stop)] = 0.0
        to_codes = kernel @ groups
        across = across + ((1.0 - groups[chunk]) * to_codes).sum(axis=0)
        total = total + kernel.sum()
    n = len(pooled) // 2
    statistics: FloatArray = (total - 2.0 * across) / (n * (n - 1)) - 2.0 * across / n**2
    return statistics


def _kernel(a: FloatArray, b: FloatArray) -> FloatArray:
    squared_distances = euclidean_distances(a, b, squared=True)
    widths = [2.0 * a.shape[1] * scale for scale in KERNEL_SCALES]
    kernels = (width / (width + squared_distances) for width in widths)
    return np.asarray(sum(kernels) / len(widths))
