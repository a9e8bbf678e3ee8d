"""Missing cells, filled in from the known cells of their row.

Rows are taken to vary about the mean of their group along some directions, with noise in all
others: probabilistic principal components. The coordinates of a row then follow from its known
cells by least squares with a ridge, which is the noise, and the missing cells from the
coordinates. Directions and filled-in cells are found in turn (Tipping, Bishop, "Probabilistic
Principal Component Analysis", JRSS B 61, 1999, section 4; Ilin, Raiko, "Practical Approaches to
Principal Component Analysis in the Presence of Missing Values", JMLR 11, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from aae_sklearn.rows._bounds import middle
from aae_sklearn.rows._groups import GroupMixture, fit_groups
from aae_sklearn.rows._rows import chunk_slices, dense, evenly_spaced, take_rows
from aae_sklearn.runtime._names import NO_NAMES, Names
from aae_sklearn.settings import _defaults as defaults

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Filler:
    """What fills missing cells in.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_features,)
        Of the known cells.
    low, high : ndarray of shape (n_features,)
        Between which cells are filled in, and read.
    loadings : ndarray of shape (n_directions, n_features)
        Directions times deviations along them.
    noise : ndarray of shape (n_features,)
        Variances of the cells that the directions do not explain.
    groups : GroupMixture
        About whose centres rows vary.
    """

    mean: Floats
    scale: Floats
    low: Floats
    high: Floats
    loadings: Floats
    noise: Floats
    groups: GroupMixture

    def fill(self, rows: Any) -> Any:
        """Some rows, each by itself; known cells stay, and rows without missing ones as well."""
        cells = rows.data if sparse.issparse(rows) else rows
        if not np.isnan(cells).any():
            return rows
        filled = dense(rows).astype(np.result_type(rows.dtype, np.float32))
        for part in chunk_slices(*filled.shape):
            some = filled[part]
            is_missing = np.isnan(some)
            incomplete = is_missing.any(axis=1)
            if incomplete.any():
                some[is_missing] = self._expected(some[incomplete])[is_missing[incomplete]]
        return sparse.csr_array(filled) if sparse.issparse(rows) else filled

    def _expected(self, rows: Any) -> Floats:
        """What rows should be, given their known cells."""
        known = ~np.isnan(rows)
        x = np.where(known, np.clip(rows, self.low, self.high) - self.mean, 0.0) / self.scale
        guess = expected_cells(x, known, self.groups, self.loadings, self.noise)
        return np.clip(guess * self.scale + self.mean, self.low, self.high)


def expected_cells(
    x: Floats, known: NDArray[np.bool_], groups: GroupMixture, loadings: Floats, noise: Floats
) -> Floats:
    """Centres of the groups that rows are of, and what their known cells say beyond these."""
    centres = groups.expected(x, known)
    beyond = np.where(known, x - centres, 0.0)
    expected: Floats = centres + coordinates(beyond, known, loadings, noise) @ loadings
    return expected


def coordinates(x: Floats, known: NDArray[np.bool_], loadings: Floats, noise: Floats) -> Floats:
    """Expected coordinates of rows of which some cells are known, shape (n_rows, n_directions)."""
    z = np.empty((len(x), len(loadings)))
    if not len(loadings):
        return z
    for part in chunk_slices(len(x), loadings.shape[0] ** 2):
        gram = _gram(known[part], loadings, noise)
        z[part] = np.linalg.solve(gram, (x[part] / noise @ loadings.T)[..., None])[..., 0]
    return z


def _gram(known: NDArray[np.bool_], loadings: Floats, noise: Floats) -> Floats:
    """Products of the loadings over the known cells of each row, with the ridge."""
    n_directions = len(loadings)
    pairs = (loadings[:, None] * loadings[None]).reshape(n_directions**2, -1)
    gram: Floats = known.astype(np.float64) @ (pairs / noise).T
    return gram.reshape(-1, n_directions, n_directions) + np.eye(n_directions)


def fit_filler(rows: Any, kind: str, names: Names = NO_NAMES) -> Filler:
    """Learn from the known cells; of many rows some, evenly spaced, decide.

    Of a column that is unknown in all of these, the first row decides, too, that knows it.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
        Missing cells are NaN.
    kind : {"common", "per_feature", "none"}
        How columns are scaled.
    names : Names
        Of the columns.

    Raises
    ------
    ValueError
        If a column has no known cell, or values are too large to be squared.
    """
    n_rows, n_features = rows.shape
    n_some = max(2, min(defaults.FILLING_ROWS, defaults.FILLING_ELEMENTS // n_features))
    some = dense(take_rows(rows, evenly_spaced(n_rows, n_some))).astype(np.float64)
    unknown = np.flatnonzero(np.isnan(some).all(axis=0))
    if len(unknown):
        others = dense(take_rows(rows, _rows_that_know(rows, unknown, names)))
        some = np.concatenate([some, others.astype(np.float64)])
    known = ~np.isnan(some)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = _usual_range(some)
    if not max(np.abs(low).max(), np.abs(high).max()) < defaults.SQUARABLE:
        raise ValueError("X has values too large to compute a variance; divide X by a constant")
    some = np.clip(some, low, high)
    mean = np.nanmean(some, axis=0)
    deviation = np.sqrt(np.nanmean(np.square(some - mean), axis=0))
    common = np.full(n_features, np.sqrt(np.square(deviation).mean()))
    scale = deviation if kind == "per_feature" else common
    scale = np.where(scale > 0, scale, 1.0)
    x = np.where(known, some - mean, 0.0) / scale
    return Filler(mean, scale, low, high, *_fit_model(x, known))


def _rows_that_know(rows: Any, columns: NDArray[np.int64], names: Names) -> NDArray[np.int64]:
    """For each of some columns the first row that knows it; an error if none does."""
    first = []
    for part in chunk_slices(*rows.shape):
        known = ~np.isnan(dense(rows[part])[:, columns])
        is_found = known.any(axis=0)
        first.append(part.start + known.argmax(axis=0)[is_found])
        columns = columns[~is_found]
        if not len(columns):
            break
    if len(columns):
        raise ValueError(
            f"{names.column(int(columns[0]))} of X has no known cell, so nothing can be filled in "
            "there; drop the column"
        )
    return np.unique(np.concatenate(first))


def _usual_range(some: Floats) -> tuple[Floats, Floats]:
    """Range of the known cells of each column that are not far outside of all others."""
    centre = np.nanmedian(some, axis=0)
    away = np.abs(some - centre)
    usual = np.array([middle(column) for column in np.nan_to_num(away).T])
    reach = np.nan_to_num(defaults.WILD_CELLS[0][0] * usual)
    inside = np.where(away <= reach, some, centre)
    low: Floats = np.nanmin(inside, axis=0)
    high: Floats = np.nanmax(inside, axis=0)
    return low, high


_Parts = tuple[Floats, Floats, GroupMixture]  # loadings, noise and groups


def _fit_model(x: Floats, known: NDArray[np.bool_]) -> _Parts:
    """The numbers of directions and of groups that say most of known cells that are held out."""
    if known.all():
        return _fit_parts(x, known, defaults.FILLING_COUNTS[1], 1)
    held_out = known & (np.random.RandomState(0).uniform(size=x.shape) < defaults.FILLING_HELD_OUT)
    rest = known & ~held_out
    visible = np.where(rest, x, 0.0)

    def error(count: int, n_groups: int) -> float:
        loadings, noise, groups = _fit_parts(visible, rest, count, n_groups)
        guess = expected_cells(visible, rest, groups, loadings, noise)
        return float(np.square((guess - x)[held_out]).sum())

    errors: dict[tuple[int, int], float] = {}
    for count in defaults.FILLING_COUNTS:
        errors[count, 1] = error(count, 1)
        if errors[count, 1] > min(errors.values()):
            break
    best = min(errors, key=lambda tried: errors[tried])[0]
    for n_groups in defaults.FILLING_GROUPS:
        errors |= {(count, n_groups): error(count, n_groups) for count in {0, best}}
    return _fit_parts(x, known, *min(errors, key=lambda tried: errors[tried]))


def _fit_parts(x: Floats, known: NDArray[np.bool_], count: int, n_groups: int) -> _Parts:
    groups = fit_groups(x, known, n_groups)
    beyond = np.where(known, x - groups.expected(x, known), 0.0)
    return (*_fit_loadings(beyond, known, count), groups)


def _fit_loadings(x: Floats, known: NDArray[np.bool_], count: int) -> tuple[Floats, Floats]:
    """Loadings and noise by expectation and maximisation in turn; missing cells of x are 0."""
    n_rows, n_features = x.shape
    if count == 0:
        return np.zeros((0, n_features)), np.ones(n_features)
    n_directions = max(1, min(count, n_features - 1, (n_rows - 1) // 2))
    loadings, noise = _principal(x, n_directions)
    if known.all():
        return loadings, noise
    for _ in range(defaults.FILLING_ROUNDS):
        loadings, noise = _improved(x, known, loadings, noise)
    return loadings, noise


def _improved(
    x: Floats, known: NDArray[np.bool_], loadings: Floats, noise: Floats
) -> tuple[Floats, Floats]:
    """One round: moments of the coordinates given the known cells, then a regression on these."""
    n_rows, n_directions = len(x), len(loadings)
    covariance = np.linalg.inv(_gram(known, loadings, noise))
    z = np.einsum("nij,nj->ni", covariance, x / noise @ loadings.T)
    second = covariance + z[:, :, None] * z[:, None]
    weights = known.astype(np.float64)
    of_columns = (weights.T @ second.reshape(n_rows, -1)).reshape(-1, n_directions, n_directions)
    # A Gaussian prior for the loadings, as wide as they are, so that few known cells are not
    # explained by heart (Bishop, "Bayesian PCA", NeurIPS 1998).
    width = np.square(loadings).mean(axis=1) + defaults.FILLING_LEAST_NOISE
    prior = noise[:, None, None] * np.diag(1 / width)
    of_columns += prior
    loadings = np.linalg.solve(of_columns, (x.T @ z)[..., None])[..., 0].T
    explained = 2 * (loadings * (z.T @ x)).sum(axis=0) - np.einsum(
        "kj,jkl,lj->j", loadings, of_columns - prior, loadings, optimize=True
    )
    n_known = np.maximum(weights.sum(axis=0), 1)  # 0 where rows that are hidden had all
    unexplained = (np.square(x).sum(axis=0) - explained) / n_known
    return loadings, np.maximum(unexplained, defaults.FILLING_LEAST_NOISE)


def _principal(x: Floats, n_directions: int) -> tuple[Floats, Floats]:
    """Maximum likelihood of the model for full rows: Tipping and Bishop, equations 7 and 8."""
    _, roots, directions = randomized_svd(x, n_directions, random_state=0)
    values = np.square(roots) / len(x)
    rest = max(float(np.square(x).sum()) / len(x) - float(values.sum()), 0.0)
    noise = max(rest / max(1, x.shape[1] - n_directions), defaults.FILLING_LEAST_NOISE)
    spread = np.sqrt(np.maximum(values - noise, 0.0))
    return spread[:, None] * directions, np.full(x.shape[1], noise)
