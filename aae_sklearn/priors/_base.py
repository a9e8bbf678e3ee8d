"""The contract of a prior: a law of codes, and the space in which networks meet it.

Two spaces
----------
A prior is a law of codes ``z``, the vectors a user sees (*reported space*). Networks do not
read ``z``: a batch of Cauchy draws has entries of ten thousand and more, and no optimiser
survives them. They read ``u = T(z)`` (*working space*), where ``T`` is a bijection that
belongs to the prior. The encoder writes ``u``, the discriminator compares ``u`` with
``T(draws)``, the decoder reads ``u``; a user gets ``z = T^-1(u)``. The optimum of the game is
the same in both spaces, since a bijection loses nothing; only the conditioning differs.

=========================================  ==============================================
law                                        ``T``
=========================================  ==============================================
normal                                     ``z / scale``: nothing happens at scale 1
independent coordinates with a cdf ``F``   ``u_i = Phi^-1(F(z_i))``: played as N(0, I)
depends on ``|z|`` only (ball, t)          ``u = z / |z| * r``, with r from the law of
                                           ``|N(0, I)|`` at the same probability
mixtures, curves, samples                  ``(z - location) / scale``, fixed
any other law                              the same, from the quantiles of a fixed sample,
                                           after arcsinh where the tails are heavy
sphere                                     ``z * sqrt(n_components) / radius``
=========================================  ==============================================

In every case draws of ``u`` have means near 0 and spread near 1, and one seed gives the same
draws in both spaces: ``from_working(sample_working(..., seed)) == sample(..., seed)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from aae_sklearn.priors._checks import FloatArray, RandomState, as_codes, check_count


class Prior(BaseEstimator, ABC):
    """A law of codes.

    A prior is a parameter object, not an estimator: its constructor stores its parameters,
    nothing is fitted, and ``get_params``, ``set_params``, ``clone`` and ``repr`` come from
    scikit-learn, so that ``prior__scale`` works in a grid search. The number of components is
    asked for when drawing and read from the codes' shape otherwise.

    A new law needs `sample`. It should also define `log_prob` if it has a density,
    and `to_working` with `from_working` if its draws are far from mean 0 and spread 1.

    Notes
    -----
    The module's docstring explains the reported space ``z`` and the working space ``u``.

    Examples
    --------
    Your own law in ten lines: a ring, whose radius varies a little.

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
        """Refuse bad parameters and a number of components that the law cannot serve.

        Parameters
        ----------
        n_components : int
            Width of a code.

        Raises
        ------
        TypeError
            If a parameter or `n_components` has the wrong type.
        ValueError
            If a parameter or `n_components` has a value that cannot be served.
        """
        check_count("n_components", n_components)

    @abstractmethod
    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Draw codes.

        Parameters
        ----------
        n_samples : int
            Number of draws.
        n_components : int
            Width of a code.
        random_state : int, RandomState instance or None, default=None
            Source of randomness; an int gives the same draws at each call.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Independent draws in the reported space, float64.
        """

    def to_working(self, codes: ArrayLike) -> FloatArray:
        """Map codes to the space in which networks work: u = T(z).

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space. Codes outside a bounded support go to its edge.

        Returns
        -------
        working : ndarray of shape (n_samples, n_components)
            Of type float64.
        """
        return as_codes(codes)

    def from_working(self, working: ArrayLike) -> FloatArray:
        """Map working vectors to the codes that are reported: z = T^-1(u).

        Parameters
        ----------
        working : array-like of shape (n_samples, n_components)
            Vectors as networks see them.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Of type float64, finite for every finite input. Heavy tails need float64: a Cauchy code
            can exceed what float32 holds.
        """
        return as_codes(working)

    def sample_working(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        """Draw vectors as networks see them: T of draws from the law.

        Parameters
        ----------
        n_samples : int
            Number of draws.
        n_components : int
            Width of a code.
        random_state : int, RandomState instance or None, default=None
            Source of randomness; an int gives the same draws at each call.

        Returns
        -------
        working : ndarray of shape (n_samples, n_components)
            Of type float64.
        """
        return self.to_working(self.sample(n_samples, n_components, random_state))

    def project(self, working: torch.Tensor) -> torch.Tensor:
        """Move the encoder's output onto the support, where that is a surface.

        Parameters
        ----------
        working : torch.Tensor of shape (n_samples, n_components)
            The encoder's output.

        Returns
        -------
        working : torch.Tensor of shape (n_samples, n_components)
            The same tensor for all laws but the sphere's. Gradients flow through.
        """
        return working

    @property
    def has_log_prob(self) -> bool:
        """Whether `log_prob` is available with the present parameters."""
        return type(self).log_prob is not Prior.log_prob

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        """Log density of the law at each code, in the reported space.

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
            If the law has no density in closed form; see `has_log_prob`.
        """
        raise NotImplementedError(
            f"{self!r} has no log density; use sample() and a two-sample comparison instead."
        )

    def support(self) -> str:
        """Describe in one line where the draws fall.

        Returns
        -------
        support : str
            For example ``"the box [-1, 1]^n_components"``.
        """
        return "R^n_components"
