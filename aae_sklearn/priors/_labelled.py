"""The distribution of codes of two parts: a class, and a style that does not depend on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._checks import FloatArray, RandomState, as_codes, check_count


class LabelledPrior(Prior):
    """One class drawn from shares, as 1 among 0s, and a sample of a prior for the rest.

    Parameters
    ----------
    shares : array-like of shape (n_classes,)
        Probability of each class; they sum to 1.
    style : Prior
        The distribution of the components that follow.

    Examples
    --------
    >>> from aae_sklearn.priors import NormalPrior
    >>> from aae_sklearn.priors._labelled import LabelledPrior
    >>> LabelledPrior([0.5, 0.5], NormalPrior()).sample(3, 3, random_state=0)[:, :2]
    array([[0., 1.],
           [0., 1.],
           [0., 1.]])
    """

    def __init__(self, shares: Any, style: Prior) -> None:
        self.shares = shares
        self.style = style

    @property
    def n_classes(self) -> int:
        """Width of the first part."""
        return len(self.shares)

    def check(self, n_components: int) -> None:
        """Refuse shares that are no probabilities, and what the style's prior refuses."""
        check_count("n_components", n_components)
        shares = np.asarray(self.shares, dtype=np.float64)
        if shares.ndim != 1 or (shares < 0).any() or not np.isclose(shares.sum(), 1):
            raise ValueError(f"shares must be probabilities that sum to 1, got {self.shares!r}")
        self.style.check(n_components - self.n_classes)

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Sample classes and styles."""
        return self.from_working(self.sample_working(n_samples, n_components, random_state))

    def sample_working(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Sample classes, and styles in their working space."""
        random = check_random_state(random_state)
        classes = random.choice(self.n_classes, n_samples, p=np.asarray(self.shares))
        n_styles = n_components - self.n_classes
        style = self.style.sample_working(n_samples, n_styles, random)
        return np.hstack([np.eye(self.n_classes)[classes], style])

    def to_working(self, codes: ArrayLike) -> FloatArray:
        """Map styles to the working space; classes stay as they are."""
        return self._joined(codes, self.style.to_working)

    def from_working(self, working: ArrayLike) -> FloatArray:
        """Map styles from the working space; classes stay as they are."""
        return self._joined(working, self.style.from_working)

    def project(self, working: torch.Tensor) -> torch.Tensor:
        """Turn logits of classes into probabilities, and project styles as their prior does."""
        logits, style = working.tensor_split((self.n_classes,), dim=1)
        probabilities = logits.float().softmax(dim=1)
        return torch.cat([probabilities, self.style.project(style).float()], dim=1)

    def describe_support(self) -> str:
        """Describe in one line where samples can lie."""
        return f"{self.n_classes} classes, and {self.style.describe_support()}"

    def _joined(self, codes: ArrayLike, bijection: Any) -> FloatArray:
        classes, style = np.split(as_codes(codes), (self.n_classes,), axis=1)
        return np.hstack([classes, bijection(style)])
