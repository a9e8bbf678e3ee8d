"""Cells far outside of all others are found, named and read as less extreme; others stay."""

import warnings

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.exceptions import ExtremeValuesWarning
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.runtime._names import Names

KINDS = {"dense": np.asarray, "sparse": sparse.csr_array}


@pytest.fixture
def rows():
    return np.random.RandomState(0).standard_normal((200, 5)) * [1, 2, 3, 4, 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scaling", ["common", "per_feature"])
@pytest.mark.parametrize("value", [1e5, -1e12, 1e36, 1e300])
def test_one_wild_cell_is_named_and_changes_no_moment_by_more_than_a_cell(
    rows, kind, scaling, value
):
    wild = rows.copy()
    wild[7, 3] = value
    with pytest.warns(ExtremeValuesWarning, match="in row 7, column 3"):
        found = fit_standardizer(KINDS[kind](wild), scaling)
    others = np.delete(rows, 7, axis=0)
    np.testing.assert_allclose(found.moments.mean, others.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(found.moments.variance, others.var(axis=0), rtol=0.1)
    clipped = found.standardizer.clip(KINDS[kind](wild))
    clipped = clipped.toarray() if sparse.issparse(clipped) else clipped
    edge = others[:, 3].max() if value > 0 else others[:, 3].min()
    np.testing.assert_array_equal(np.delete(clipped, 7, axis=0), others)
    assert clipped[7, 3] == edge


def test_a_cell_that_is_not_stored_may_be_the_wild_one():
    rows = 1000 + 0.1 * np.random.RandomState(0).standard_normal((500, 3))
    rows[7, 1] = 0
    scales = []
    for make in KINDS.values():
        with pytest.warns(ExtremeValuesWarning, match="X has 0 in row 7, column 1"):
            found = fit_standardizer(make(rows), "common")
        clipped = found.standardizer.clip(make(rows))
        assert clipped[[7], [1]] == np.delete(rows[:, 1], 7).min()
        scales.append(found.standardizer.scale)
    np.testing.assert_allclose(scales[1], scales[0], rtol=1e-6)


def test_cells_are_named_by_the_number_that_the_user_knows(rows):
    wild = rows[100:].copy()
    wild[3, 1] = 1e9
    with pytest.warns(ExtremeValuesWarning, match="in row 103, column 1"):
        fit_standardizer(wild, "common", Names(np.arange(100, 200)))


def test_a_tenth_of_the_rows_may_hold_what_float32_cannot(rows):
    rows[::10, 2] = 1e20
    with pytest.warns(ExtremeValuesWarning, match="first of 20 such cells in 20 of 200 rows"):
        found = fit_standardizer(rows, "common")
    assert found.moments.variance.max() < 20


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: rng.standard_normal((300, 4)) * [1, 1e3, 1e6, 1e9],  # units
        lambda rng: np.exp(2 * rng.standard_normal((300, 4))),  # money
        lambda rng: (rng.uniform(size=(300, 40)) < 0.01) * 1.0,  # rare flags
        lambda rng: np.eye(300)[:, :7],  # one each
        lambda rng: rng.standard_normal((300, 3)) + [0, 1e9, -1e12],  # offsets
        lambda rng: np.array([[0.0], [1.0], [1e20]]),  # nobody knows which is wild
    ],
)
@pytest.mark.parametrize("scaling", ["common", "per_feature"])
def test_what_is_only_skewed_is_left_as_it_is(make, scaling):
    rows = make(np.random.default_rng(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit_standardizer(rows, scaling)
    np.testing.assert_array_equal(found.standardizer.clip(rows), rows)


def test_rows_inside_are_not_copied(rows):
    bounds = fit_standardizer(rows, "common").standardizer.bounds
    assert bounds.clip(rows) is rows


def test_a_constant_column_does_not_fill_sparse_rows():
    rng = np.random.RandomState(0)
    rows = sparse.random(300, 40, 0.05, format="csr", random_state=rng).toarray()
    rows[:, 7], rows[:, 30] = 1, -2
    rows[5, 3] = 1e9
    with pytest.warns(ExtremeValuesWarning):
        standardizer = fit_standardizer(rows, "per_feature").standardizer
    other = rows[:20].copy()
    other[3, 7] = other[4, 30] = other[9, 30] = 0
    clipped = standardizer.clip(sparse.csr_array(other))
    np.testing.assert_array_equal(clipped.toarray(), standardizer.clip(other))
    assert np.count_nonzero(clipped.toarray()) < 0.2 * other.size
    clipped.eliminate_zeros()
    assert clipped.nnz == np.count_nonzero(clipped.toarray())


def test_values_too_small_for_a_square_are_not_called_constant(rows):
    with pytest.raises(ValueError, match=r"differ too little .* multiply X"):
        fit_standardizer(rows * 1e-200, "common")


@pytest.mark.parametrize("factor", [1e-155, 1e-160])
@pytest.mark.parametrize("scaling", ["common", "per_feature"])
def test_values_whose_squares_lose_digits_are_refused(rows, factor, scaling):
    with pytest.raises(ValueError, match=r"differ too little .* multiply X"):
        fit_standardizer(rows * factor, scaling)
