"""What mixtures have beyond other laws: the component of each draw."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp
from sklearn.utils import check_random_state

from aae_sklearn.priors._checks import FloatArray, IntArray, RandomState
from aae_sklearn.priors._standardise import StandardisedPrior


class MixturePrior(StandardisedPrior):
    """A law made of components: drawn from with or without a say in which, and told apart."""

    @abstractmethod
    def component_weights(self, n_components: int) -> FloatArray:
        """Return the probability of each component.

        Parameters
        ----------
        n_components : int
            Width of a code.

        Returns
        -------
        weights : ndarray of shape (n_mixture_components,)
            Positive, with sum 1.
        """

    @abstractmethod
    def component_log_prob(self, codes: ArrayLike) -> FloatArray:
        """Return the log of weight times density of each component at each code.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space.

        Returns
        -------
        log_density : ndarray of shape (n_samples, n_mixture_components)
            Its logsumexp over columns is `log_prob`.
        """

    @abstractmethod
    def _draw(
        self, component: IntArray, n_components: int, rng: np.random.RandomState
    ) -> FloatArray:
        """Draw one code from each given component."""

    @property
    @abstractmethod
    def n_mixture_components(self) -> int:
        """Number of components of the mixture."""

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        return self.sample_components(n_samples, n_components, random_state)[0]

    def sample_components(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> tuple[FloatArray, IntArray]:
        """Draw codes and tell the component of each.

        Parameters
        ----------
        n_samples : int
            Number of draws.
        n_components : int
            Width of a code.
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Draws in the reported space, the same as `sample` gives for an int seed.
        component : ndarray of shape (n_samples,)
            Index of the component of each draw.
        """
        self.check(n_components)
        rng = check_random_state(random_state)
        weights = self.component_weights(n_components)
        component = rng.choice(len(weights), size=n_samples, p=weights).astype(np.int64)
        return self._draw(component, n_components, rng), component

    def sample_component(
        self, component: ArrayLike, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Draw one code from each given component.

        Parameters
        ----------
        component : array-like of int of shape (n_samples,)
            Index of the component to draw from, for each draw.
        n_components : int
            Width of a code.
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Draws in the reported space.
        """
        self.check(n_components)
        indices = np.asarray(component)
        if indices.ndim != 1 or not np.issubdtype(indices.dtype, np.integer):
            raise TypeError(
                "component must be a one-dimensional array of integers, got shape "
                f"{indices.shape} and dtype {indices.dtype}."
            )
        count = self.n_mixture_components
        if indices.size and not (indices.min() >= 0 and indices.max() < count):
            raise ValueError(
                f"component must lie between 0 and {count - 1}, got values from "
                f"{indices.min()} to {indices.max()}."
            )
        return self._draw(indices.astype(np.int64), n_components, check_random_state(random_state))

    def assign(self, codes: ArrayLike) -> IntArray:
        """Find the most probable component of each code.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space.

        Returns
        -------
        component : ndarray of shape (n_samples,)
            Index of the component.
        """
        component: IntArray = np.argmax(self.component_log_prob(codes), axis=1).astype(np.int64)
        return component

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        log_density: FloatArray = logsumexp(self.component_log_prob(codes), axis=1)
        return log_density
