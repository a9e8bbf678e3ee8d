"""The uniform distribution on a sphere."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import gammaln
from sklearn.utils import check_random_state

from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._checks import FloatArray, RandomState, as_codes, check_positive


class SpherePrior(Prior):
    """Uniform distribution on the surface of the sphere of a given radius around 0.

    Networks compute on the sphere of radius ``sqrt(n_components)``, where each coordinate has
    standard deviation 1. `project` moves the encoder's output onto that sphere.

    Parameters
    ----------
    radius : float, default=1.0
        Radius of the sphere, in the units of the codes.

    Examples
    --------
    >>> import numpy as np
    >>> from aae_sklearn.priors import SpherePrior
    >>> codes = SpherePrior().sample(5, n_components=3, random_state=0)
    >>> np.linalg.norm(codes, axis=1)
    array([1., 1., 1., 1., 1.])
    """

    def __init__(self, radius: float = 1.0) -> None:
        self.radius = radius

    def check(self, n_components: int) -> None:
        super().check(n_components)
        check_positive("radius", self.radius)
        if n_components < 2:
            raise ValueError(
                "a sphere needs n_components of at least 2, got 1; use UniformPrior or "
                "raise n_components."
            )

    def sample(
        self, n_samples: int, n_components: int, random_state: RandomState = None
    ) -> FloatArray:
        self.check(n_components)
        rng = check_random_state(random_state)
        directions = rng.standard_normal((n_samples, n_components))
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        codes: FloatArray = self.radius * directions / lengths
        return codes

    def to_working(self, codes: ArrayLike) -> FloatArray:
        z = as_codes(codes)
        u: FloatArray = z * (np.sqrt(z.shape[1]) / self.radius)
        return u

    def from_working(self, working: ArrayLike) -> FloatArray:
        u = as_codes(working)
        z: FloatArray = u * (self.radius / np.sqrt(u.shape[1]))
        return z

    def project(self, working: torch.Tensor) -> torch.Tensor:
        """Divide each row by its length and multiply it by ``sqrt(n_components)``.

        Parameters
        ----------
        working : torch.Tensor of shape (n_samples, n_components)
            The encoder's output.

        Returns
        -------
        working : torch.Tensor of shape (n_samples, n_components)
            Points of the sphere of radius ``sqrt(n_components)``. Gradients flow through.
        """
        radius = float(working.shape[-1]) ** 0.5
        projected: torch.Tensor = radius * torch.nn.functional.normalize(working, dim=-1)
        return projected

    def log_prob(self, codes: ArrayLike) -> FloatArray:
        """Log density with respect to the sphere's surface measure.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes in the reported space.

        Returns
        -------
        log_density : ndarray of shape (n_samples,)
            Minus the log of the sphere's area. It is minus infinity where the length of a code
            differs from the radius by more than one part in ten thousand. This tolerance is
            for codes that were rounded to float32.
        """
        z = as_codes(codes)
        n_components = z.shape[1]
        # area = 2 pi^(n/2) / Gamma(n/2) * radius^(n-1)
        log_area = (
            np.log(2)
            + n_components / 2 * np.log(np.pi)
            - gammaln(n_components / 2)
            + (n_components - 1) * np.log(self.radius)
        )
        on_sphere = np.isclose(np.linalg.norm(z, axis=1), self.radius, rtol=1e-4, atol=0)
        return np.where(on_sphere, -log_area, -np.inf)

    def describe_support(self) -> str:
        return f"the sphere |z| = {self.radius:g}"
