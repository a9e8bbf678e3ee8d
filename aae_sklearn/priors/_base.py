"""The contract of a prior: a distribution of codes, and the space in which networks meet it.

Two spaces
----------
A prior is a distribution of codes ``z``, the vectors that a user sees (*reported space*).
Networks do not read ``z``: a batch of Cauchy samples has entries of ten thousand and more, and
no optimiser survives them. Networks read ``u = T(z)`` (*working space*), where ``T`` is a
bijection that belongs to the prior. The encoder writes ``u``. The discriminator compares ``u``
with ``T(samples)``. The decoder reads ``u``. A user gets ``z = T^-1(u)``. The optimum of the
game is the same in both spaces, since a bijection loses nothing. Only the conditioning differs.

=========================================  ==============================================
distribution                               ``T``
=========================================  ==============================================
normal                                     ``z / scale``: the identity at scale 1
independent coordinates with a cdf ``F``   ``u_i = Phi^-1(F(z_i))``: played as N(0, I)
depends on ``|z|`` only (ball, t)          ``u = z / |z| * r``, where r has the distribution
                                           of ``|N(0, I)|`` at the same probability
mixtures, curves                           ``(z - mean) / deviation``, in closed form
given samples, wrapped distributions       the same of fixed samples; where tails are
                                           heavy by median and quartiles, and arcsinh
sphere                                     ``z * sqrt(n_components) / radius``
a class of a user's own                    the identity, if it defines no other
=========================================  ==============================================

In all cases but the last samples of ``u`` have means near 0 and standard deviations near 1. One
seed gives the same samples in both spaces:
``from_working(sample_working(..., seed)) == sample(..., seed)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from aae_sklearn.priors._checks import FloatArray, RandomState, as_codes, check_count


class Prior(BaseEstimator, ABC):
    """A distribution of codes.

    A prior holds parameters and is not fitted. Its constructor stores the parameters;
    ``get_params``, ``set_params``, ``clone`` and ``repr`` come from scikit-learn, so that
    ``prior__scale`` works in a grid search. A prior does not store the number of components:
    `sample` takes it as an argument, and the other methods read it from the shape of the codes.

    A subclass must define `sample`. It should define `log_prob` if it has a density. It should
    define `to_working` and `from_working` if its samples are far from mean 0 and standard
    deviation 1.

    Notes
    -----
    Codes have two forms. The *reported space* holds the codes ``z`` that a user sees. The
    *working space* holds ``u = T(z)``, which networks read and write; ``T`` is a bijection that
    keeps heavy tails away from the networks.

    Examples
    --------
    Your own distribution in ten lines: a ring, whose radius varies a little.

    >>> import numpy as np
    >>> from sklearn.utils import check_random_state
    >>> from aae_sklearn.priors import Prior
    >>> class RingPrior(Prior):
    ...     def __init__(self, width=0.1):
    ...         self.width = width
    ...
    ...     def sample(self, n_samples, n_components, random_state=None):
    ...         rng = check_random_state(random_state)
    ...         directions = rng.standard_normal((n_samples, n_components))
    ...         directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    ...         return directions * rng.normal(1.0, self.width, size=(n_samples, 1))
    >>> RingPrior(width=0.2)
    RingPrior(width=0.2)
    >>> RingPrior().sample(3, n_components=2, random_state=0).shape
    (3, 2)
    """

    def check(self, n_components: int) -> None:
        """Refuse bad parameters, and a number of components for which there is no distribution.

        Parameters
        ----------
        n_components : int
            Number of components of a code.

        Raises
        ------
        TypeError
            If a parameter or `n_components` has the wrong type.
        ValueError
            If a parameter or `n_components` has a value that is not allowed.
        """
        check_count("n_components", n_components)

    @abstractmethod
    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Sample codes.

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
            Independent samples in the reported space, float64.
        """

    @property
    def n_mixture_components(self) -> int:
        """Number of mixture components: 1, except of a `MixturePrior`."""
        return 1

    @property
    def is_normal_inside(self) -> bool:
        """Whether samples in the working space are standard normal, whatever the prior is."""
        return False

    def to_working(self, codes: ArrayLike) -> FloatArray:
        """Map codes to the working space, in which networks compute: u = T(z).

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space. Codes outside a bounded support go to its edge.

        Returns
        -------
        working : ndarray of shape (n_samples, n_components)
            Vectors in the working space, float64.
        """
        return as_codes(codes)

    def from_working(self, working: ArrayLike) -> FloatArray:
        """Map vectors of the working space to codes: z = T^-1(u).

        Parameters
        ----------
        working : array-like of shape (n_samples, n_components)
            Vectors in the working space.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Codes in the reported space, float64, finite for every finite input. Heavy tails
            need float64: a Cauchy code can exceed what float32 holds.
        """
        return as_codes(working)

    def sample_working(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Sample vectors in the working space: T of samples of the distribution.

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
        working : ndarray of shape (n_samples, n_components)
            Independent samples in the working space, float64.
        """
        return self.to_working(self.sample(n_samples, n_components, random_state))

    def project(self, working: torch.Tensor) -> torch.Tensor:
        """Move the encoder's output onto the support, where the support is a surface.

        Parameters
        ----------
        working : torch.Tensor of shape (n_samples, n_components)
            The encoder's output.

        Returns
        -------
        working : torch.Tensor of shape (n_samples, n_components)
            The same tensor for all priors but `SpherePrior`. Gradients flow through.
        """
        return working

    @property
    def has_log_prob(self) -> bool:
        """Whether `log_prob` is available with the present parameters."""
        return type(self).log_prob is not Prior.log_prob

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        """Log density of the distribution at each code, in the reported space.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space.

        Returns
        -------
        log_density : ndarray of shape (n_samples,)
            Natural logarithm; minus infinity outside the support.

        Raises
        ------
        NotImplementedError
            If the distribution has no density in closed form; see `has_log_prob`.
        """
        raise NotImplementedError(
            f"{self!r} has no log density; use sample() and a two-sample comparison instead."
        )

    def describe_support(self) -> str:
        """Describe in one line where samples can lie.

        Returns
        -------
        description : str
            For example ``"the box [-1, 1]^n_components"``.
        """
        return "R^n_components"
