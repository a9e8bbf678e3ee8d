"""Coordinates of categories, against scipy's Hamming distance."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist

from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.settings import _defaults as defaults


def squared_distances(a, b):
    a, b = a.toarray(), b.toarray()
    return ((a[:, None] - b) ** 2).sum(axis=2)


@pytest.fixture
def rows():
    """Columns of one, two and more categories."""
    random = np.random.RandomState(0)
    n_categories = np.array([1, 2, 2, 3, 5, 8])
    return (random.uniform(size=(60, 6)) * n_categories).astype(int) + np.array([0, 0, 4, 0, 7, 1])


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2, 0, 0.5, 1, 3])])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("dtype", [int, float, np.float32])
def test_squares_are_the_share_of_columns_that_differ(rows, kind, weights, dtype):
    params = {} if weights is None else {"w": weights}
    given = kind(rows.astype(dtype))
    x = resolve_metric("hamming", params).fit(given).coordinates(given)
    expected = cdist(rows, rows, "hamming", **params)
    np.testing.assert_allclose(squared_distances(x, x), expected, atol=1e-14)


def test_categories_that_were_not_fitted_differ_from_all_that_were(rows):
    new = rows[:20].copy()
    new[np.random.RandomState(1).uniform(size=new.shape) < 0.4] += 20
    new[0] = -1
    fitted = resolve_metric("hamming").fit(rows)
    found = squared_distances(fitted.coordinates(new), fitted.coordinates(rows))
    np.testing.assert_allclose(found, cdist(new, rows, "hamming"), atol=1e-14)


def test_a_category_of_another_column_was_not_fitted():
    rows = np.array([[0, 1], [0, 2], [0, 3]])
    fitted = resolve_metric("hamming").fit(rows)
    found = squared_distances(fitted.coordinates(np.array([[1, 0]])), fitted.coordinates(rows))
    np.testing.assert_allclose(found, 1, atol=1e-14)


def test_numbers_of_categories_may_be_changed(rows):
    other = 100 - rows[:, ::-1] * 3
    x, x_other = (resolve_metric("hamming").fit(r).coordinates(r) for r in (rows, other))
    np.testing.assert_allclose(
        squared_distances(x, x), squared_distances(x_other, x_other), atol=1e-14
    )


def test_flags_stay_sparse():
    flags = sparse.random_array((50, 400), density=0.02, random_state=0, format="csr")
    flags.data[:] = 1
    assert resolve_metric("hamming").fit(flags).coordinates(flags).nnz == flags.nnz


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2, 0, 0.5, 1, 3])])
def test_too_many_categories_are_compared(rows, weights, monkeypatch):
    monkeypatch.setattr(defaults, "CATEGORY_PLACES_MAX", 20)
    params = {} if weights is None else {"w": weights}
    fitted = resolve_metric("hamming", params).fit(rows)
    assert not fitted.has_coordinates
    found = fitted.index(rows).query(rows[:5], 4)
    expected = np.sort(cdist(rows[:5], rows, "hamming", **params), axis=1)[:, :4]
    np.testing.assert_allclose(found.distance, expected, atol=1e-14)


def test_coordinates_before_the_categories_are_known(rows):
    with pytest.raises(RuntimeError, match="fit"):
        resolve_metric("hamming").coordinates(rows)


def test_a_zero_is_not_stored_where_a_column_has_two_categories():
    rows = np.array([[-1, 0, 5], [0, 3, 7], [0, 0, 7], [-1, 3, 5]])
    x = resolve_metric("hamming").fit(rows).coordinates(rows)
    x.eliminate_zeros()
    n_other = (rows[:, :2] != 0).sum() + (rows[:, 2] == 7).sum()
    assert x.nnz == n_other


def test_columns_of_one_category_differ_from_others_alone():
    rows = np.array([[4, 1], [4, 2], [4, 1]])
    new = np.array([[4, 1], [3, 2], [5, 9]])
    fitted = resolve_metric("hamming", {"w": np.array([1.0, 3])}).fit(rows)
    found = squared_distances(fitted.coordinates(new), fitted.coordinates(rows))
    np.testing.assert_allclose(found, cdist(new, rows, "hamming", w=[1, 3]), atol=1e-14)


def test_rows_may_be_read_in_parts(rows, monkeypatch):
    whole = resolve_metric("hamming").fit(rows).coordinates(rows).toarray()
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 40)
    parts = resolve_metric("hamming").fit(rows).coordinates(rows).toarray()
    np.testing.assert_array_equal(parts, whole)


def test_as_many_categories_as_have_room_have_coordinates(monkeypatch):
    rows = np.arange(10)[:, None] + np.zeros(3)
    for room, has_coordinates in ((30, True), (29, False)):
        monkeypatch.setattr(defaults, "CATEGORY_PLACES_MAX", room)
        assert resolve_metric("hamming").fit(rows).has_coordinates == has_coordinates
