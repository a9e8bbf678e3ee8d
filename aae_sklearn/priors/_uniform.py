"""The uniform distribution on a box."""

from __future__ import annotations

from scipy import stats

from aae_sklearn.priors._checks import check_real
from aae_sklearn.priors._transport import IndependentPrior, MarginalLaw


class UniformPrior(IndependentPrior):
    """Independent coordinates, each uniform on [low, high].

    Parameters
    ----------
    low : float, default=-1.0
        Lower bound of each coordinate.
    high : float, default=1.0
        Upper bound of each coordinate, above `low`.

    Examples
    --------
    >>> from aae_sklearn.priors import UniformPrior
    >>> prior = UniformPrior(low=0.0, high=2.0)
    >>> prior.log_prob([[1.0, 1.0], [3.0, 1.0]]).round(4)
    array([-1.3863,    -inf])
    """

    def __init__(self, low: float = -1.0, high: float = 1.0) -> None:
        self.low = low
        self.high = high

    def check(self, n_components: int) -> None:
        super().check(n_components)
        if check_real("low", self.low) >= check_real("high", self.high):
            raise ValueError(
                f"low must be smaller than high, got low={self.low!r} and high={self.high!r}."
            )

    def marginal(self, n_components: int) -> MarginalLaw:
        law: MarginalLaw = stats.uniform(loc=self.low, scale=self.high - self.low)
        return law

    def describe_support(self) -> str:
        return f"the box [{self.low:g}, {self.high:g}]^n_components"
