"""Mixtures: priors that know the mixture component of each sample."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp
from sklearn.utils import check_random_state

from aae_sklearn.priors._checks import FloatArray, IntArray, RandomState
from aae_sklearn.priors._standardise import StandardisedPrior


class MixturePrior(StandardisedPrior):
    """A prior made of mixture components, which can be sampled and told apart.

    "Mixture component" is a part of the mixture; "component" alone, as in `n_components`, is a
    number of a code.
    """

    @abstractmethod
    def component_weights(self, n_components: int) -> FloatArray:
        """Return the probability of each mixture component.

        Parameters
        ----------
        n_components : int
            Number of components of a code.

        Returns
        -------
        weights : ndarray of shape (n_mixture_components,)
            Positive, with sum 1.
        """

    @abstractmethod
    def component_log_prob(self, codes: ArrayLike) -> FloatArray:
        """Return the log of weight times density of each mixture component at each code.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space.

        Returns
        -------
        log_density : ndarray of shape (n_samples, n_mixture_components)
            Its logsumexp over the columns is `log_prob`.

        Raises
        ------
        NotImplementedError
            If the mixture components have no density; see `has_log_prob`.
        """

    @abstractmethod
    def _draw(
        self, component: IntArray, n_components: int, rng: np.random.RandomState
    ) -> FloatArray:
        """Sample one code of each given mixture component."""

    @property
    @abstractmethod
    def n_mixture_components(self) -> int:
        """Number of mixture components."""

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        return self.sample_components(n_samples, n_components, random_state)[0]

    def sample_components(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> tuple[FloatArray, IntArray]:
        """Sample codes, and return the mixture component of each.

        Parameters
        ----------
        n_samples : int
            Number of samples.
        n_components : int
            Number of components of a code.
        random_state : int, RandomState instance or None, default=None
            Source of randomness. An int gives the same samples at each call.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Samples in the reported space, the same that `sample` returns for an int seed.
        component : ndarray of shape (n_samples,)
            Index of the mixture component of each sample.
        """
        self.check(n_components)
        rng = check_random_state(random_state)
        weights = self.component_weights(n_components)
        component = rng.choice(len(weights), size=n_samples, p=weights).astype(np.int64)
        return self._draw(component, n_components, rng), component

    def sample_component(
        self, component: ArrayLike, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Sample one code of each given mixture component.

        Parameters
        ----------
        component : array-like of int of shape (n_samples,)
            Index of a mixture component for each sample.
        n_components : int
            Number of components of a code.
        random_state : int, RandomState instance or None, default=None
            Source of randomness. An int gives the same samples at each call.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Samples in the reported space.

        Raises
        ------
        TypeError
            If `component` is not a one-dimensional array of integers.
        ValueError
            If an index is negative or too large.
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
        """Find the most probable mixture component of each code.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space.

        Returns
        -------
        component : ndarray of shape (n_samples,)
            Index of the mixture component.
        """
        component: IntArray = np.argmax(self.component_log_prob(codes), axis=1).astype(np.int64)
        return component

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        log_density: FloatArray = logsumexp(self.component_log_prob(codes), axis=1)
        return log_density
