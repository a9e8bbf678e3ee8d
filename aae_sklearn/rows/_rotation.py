"""Rotate rows to their principal components and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor, nn

from aae_sklearn.rows._rows import is_sparse, select_rows
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._eigenvectors import eigenvectors
from aae_sklearn.runtime._products import product
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.runtime._threads import one_thread, one_thread_of_numpys
from aae_sklearn.settings import _defaults as defaults


class Rotation(nn.Module):
    """Rows to their principal components and back: the first linear layer, kept fixed.

    Parameters
    ----------
    components : Tensor of shape (n_inputs, n_features) or None
        Orthonormal directions; with None rows pass unchanged.

    Attributes
    ----------
    gain : float
        Factor of the components that makes the variance of an input about 1, since few
        components carry the variance of many features.
    """

    components: Tensor | None
    place: Tensor  # without numbers: tells the device where there are no components

    def __init__(self, components: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("components", components)
        self.register_buffer("place", torch.empty(0, device="cpu"), persistent=False)
        self.gain = 1.0
        if components is not None:
            self.gain = math.sqrt(components.shape[0] / components.shape[1])

    @property
    def device(self) -> torch.device:
        """Where the rotation is."""
        return self.place.device

    def n_outputs(self, n_features: int) -> int:
        """Width of what rows of a width become."""
        return n_features if self.components is None else len(self.components)

    def forward(self, x: Tensor) -> Tensor:
        return x if self.components is None else self.gain * product(x, self.components.T)

    def after(self, first: Rotation) -> Rotation:
        """Both in one product, this one second."""
        if self.components is None or first.components is None:
            return first if self.components is None else self
        both = Rotation(self.components @ first.components)
        both.gain = self.gain * first.gain
        return both

    def inverse(self, x: Tensor) -> Tensor:
        """Back to the width of a row."""
        return x if self.components is None else product(x / self.gain, self.components)


def fit_rotation(
    rows: Any, standardizer: Standardizer, n_inputs: int, random_state: np.random.RandomState
) -> NDArray[np.float32]:
    """Directions of the first principal components of the standardised rows.

    Fitted on at most 20,000 rows chosen at random.

    Returns
    -------
    components : ndarray of shape (n_inputs, n_features), float32
    """
    n_rows = rows.shape[0]
    if n_rows > defaults.PCA_MAX_ROWS:
        chosen = random_state.choice(n_rows, defaults.PCA_MAX_ROWS, replace=False)
        rows = select_rows(rows, np.sort(chosen))  # read part by part: all at once are 60 MB
    if is_sparse(rows):
        rows = rows[:]
    if _has_few_products(rows):
        return _principal_directions(standardizer.standardize(rows), n_inputs)
    if sparse.issparse(rows):
        solver = "arpack"  # in float32 it takes an eighth of the time
        sample = sparse.csr_array(
            standardizer.clip(rows).multiply(1 / standardizer.scale), dtype=np.float32
        )
    else:
        sample, solver = standardizer.standardize(rows), "randomized"
    from sklearn.decomposition import PCA  # most fits do without

    with one_thread_of_numpys():
        pca = PCA(n_inputs, svd_solver=solver, random_state=random_state).fit(sample)
    components: NDArray[np.float32] = pca.components_.astype(np.float32)
    return components


def n_lasting(rows: Any, standardizer: Standardizer, n_directions: int, n_components: int) -> int:
    """How many of the leading directions are not those of noise in these rows alone.

    Where columns outnumber rows, rows vary most along directions along which others do not vary.
    So directions of each half of the rows are tried on the other half. Of noise new rows have at
    most 1 / (1 + sqrt(c))² of the variance of fitted ones, with c columns for each row (Marchenko,
    Pastur, "Distribution of eigenvalues for some sets of random matrices", Math. USSR Sbornik 1,
    1967). Where columns are few, this says nothing, and all directions count
    (benchmarks/notes/training.md, "Directions of noise in few rows").

    Returns
    -------
    n_lasting : int
        At most `n_directions`, and at least the components of a code, which else could not vary.
    """
    n_rows, n_features = rows.shape
    least = max(defaults.LASTING_MIN, n_components)
    if n_rows >= 2 * n_features or n_directions <= least or not _has_few_products(rows):
        return n_directions
    x = standardizer.standardize(rows)
    halves = (x[::2], x[1::2]), (x[1::2], x[::2])
    shares = [_shares_of_new(*half, n_directions) for half in halves]
    n_judged = min(map(len, shares))
    lasts = (shares[0][:n_judged] + shares[1][:n_judged]) / 2 >= defaults.LASTING_SHARE
    if lasts.all():
        return n_directions
    return max(least, int(lasts.argmin()))


def _shares_of_new(
    fitted: NDArray[np.float32], new: NDArray[np.float32], n_directions: int
) -> NDArray[np.float32]:
    """Variance of new rows along directions of others, over the variance of these."""
    count = min(n_directions, len(fitted) - 1)
    directions = torch.from_numpy(_principal_directions(fitted.copy(), count))
    of_new, of_fitted = (
        (torch.from_numpy(rows) @ directions.T).var(dim=0, correction=0) for rows in (new, fitted)
    )
    return to_array(of_new / of_fitted.clamp(min=defaults.NO_DISTANCE))


def _has_few_products(rows: Any) -> bool:
    """Whether directions come from all products of rows or of columns."""
    few = min(rows.shape) <= defaults.COVARIANCE_MAX_SIDE
    return bool(few and math.prod(rows.shape) <= defaults.COVARIANCE_MAX_ELEMENTS)


@torch.no_grad()
def _principal_directions(sample: NDArray[np.float32], n_directions: int) -> NDArray[np.float32]:
    """Leading eigenvectors of the covariance, each with its largest number positive.

    Of fewer rows than columns by the rows' products. As scikit-learn's, but by torch: numpy's
    library works with threads that spin, so that this took 2 to 14 s where a core had other work,
    and .3 s here (benchmarks/notes/speed.md).

    Parameters
    ----------
    sample : ndarray of shape (n_rows, n_features)
        Changed in place.
    n_directions : int

    Returns
    -------
    directions : ndarray of shape (n_directions, n_features)
    """
    x = torch.from_numpy(sample)
    x -= x.mean(dim=0)
    of_rows = len(x) < x.shape[1]  # their products are then fewer, and say the same
    with one_thread():
        products = x @ x.T if of_rows else x.T @ x
        vectors = eigenvectors(products / len(x)).flip(1)[:, :n_directions]
        if of_rows:
            vectors = torch.linalg.qr(x.T @ vectors).Q
    directions = vectors.T
    largest = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))
    return to_array((directions * largest.sign()).contiguous())
