"""The Laplace distribution, independent per coordinate."""

from __future__ import annotations

from scipy import stats

from aae_sklearn.priors._checks import check_positive
from aae_sklearn.priors._transport import IndependentPrior, MarginalLaw


class LaplacePrior(IndependentPrior):
    """Independent Laplace (double exponential) coordinates with mean 0.

    Parameters
    ----------
    scale : float, default=1.0
        Mean absolute value of a coordinate. Its standard deviation is ``scale * sqrt(2)``.

    Examples
    --------
    >>> from aae_sklearn.priors import LaplacePrior
    >>> LaplacePrior().log_prob([[0.0, 0.0]]).round(4)
    array([-1.3863])
    """

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def check(self, n_components: int) -> None:
        super().check(n_components)
        check_positive("scale", self.scale)

    def marginal(self, n_components: int) -> MarginalLaw:
        law: MarginalLaw = stats.laplace(scale=self.scale)
        return law
