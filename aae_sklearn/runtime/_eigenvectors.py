"""Eigenvectors of covariances, which need not have full rank."""

from __future__ import annotations

import torch
from torch import Tensor


def eigenvectors(covariance: Tensor) -> Tensor:
    """Eigenvectors of a symmetric matrix as columns, the eigenvalues ascending.

    Computed in float64. In float32 LAPACK often does not converge where many eigenvalues are 0: of
    fewer rows than columns, some of which are constant, it failed nearly always.
    """
    found: Tensor = torch.linalg.eigh(covariance.double()).eigenvectors
    return found.to(covariance.dtype)
