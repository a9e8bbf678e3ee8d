"""Finite cells of any size: the other rows keep their map, and every answer is a number."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder, AdversarialAutoencoderClassifier, metrics
from aae_sklearn.exceptions import DominatedVarianceWarning, ExtremeValuesWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def as_memmap(rows, folder):
    np.save(folder / "rows.npy", rows)
    return np.load(folder / "rows.npy", mmap_mode="r")


KINDS = {
    "dense": lambda rows, folder: rows,
    "sparse": lambda rows, folder: sparse.csr_array(rows),
    "memmap": as_memmap,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [1e8, 1e36, -1e300])
def test_one_cell_does_not_ruin_the_map_of_the_others(digits, tmp_path, kind, value):
    rows, others = digits[:500].copy(), np.arange(500) != 7
    rows[7, 3] = value
    aae = AdversarialAutoencoder(random_state=0, max_iter=5, layout_max_iter=60)
    with pytest.warns(ExtremeValuesWarning, match="row 7, column 3"):
        codes = aae.fit_transform(KINDS[kind](rows, tmp_path))
    kept = metrics.trustworthiness(rows[others], codes[others], n_neighbors=10)
    clean = aae.fit_transform(digits[:500])
    assert kept > metrics.trustworthiness(digits[:500], clean, n_neighbors=10) - 0.01
    assert np.isfinite(codes).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [1e9, -1e20, 1e36, 1e300, np.finfo(np.float64).max])
def test_new_rows_with_such_cells_get_numbers(fitted, held_out, tmp_path, kind, value):
    rows = held_out[:20].copy()
    rows[:10, 3] = value
    rows[5] = value
    rows = KINDS[kind](rows, tmp_path)
    codes = fitted.transform(rows)
    assert np.isfinite(codes).all()
    assert np.isfinite(fitted.score_samples(rows)).all()
    assert np.isfinite(fitted.score(rows))
    assert np.isfinite(fitted.reconstruction_error(rows)).all()
    usual = fitted.transform(KINDS[kind](held_out[10:20], tmp_path))
    np.testing.assert_array_equal(codes[10:], usual)


def test_a_row_with_such_a_cell_has_the_largest_error(fitted, held_out):
    rows = held_out.copy()
    rows[4, 9] = 1e20
    assert fitted.reconstruction_error(rows).argmax() == 4


def test_a_column_that_decides_alone_is_told_and_the_remedy_helps(make_aae, train):
    rows = np.column_stack([train, 1e4 * np.random.RandomState(0).standard_normal(len(train))])
    with pytest.warns(DominatedVarianceWarning, match="column 64"):
        make_aae().fit(rows)
    make_aae(feature_scaling="per_feature").fit(rows)


@pytest.mark.parametrize("estimator", [AdversarialAutoencoder, AdversarialAutoencoderClassifier])
def test_columns_of_a_frame_are_named(train, estimator):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(train.copy(), columns=[f"pixel_{i}" for i in range(64)])
    y = np.arange(len(train)) % 2
    quick = estimator(max_iter=1, random_state=0)
    with pytest.warns(DominatedVarianceWarning, match="column 'pixel_9' carries"):
        quick.fit(frame.assign(pixel_9=1e4 * frame["pixel_9"]), y)
    frame.loc[7, "pixel_3"] = 1e20
    with pytest.warns(ExtremeValuesWarning, match=r"row 7 \(counted from 0\), column 'pixel_3',"):
        quick.fit(frame, y)


def test_a_pickled_and_a_saved_model_keep_their_bounds(fitted, held_out, tmp_path):
    from aae_sklearn import load

    fitted.save(tmp_path / "model.safetensors")
    rows = held_out[:5].copy()
    rows[2, 2] = 1e30
    again = load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.transform(rows), fitted.transform(rows))


def test_cells_of_which_sparse_rows_hold_several_parts_are_their_sum(make_aae):
    rows = sparse.random(200, 20, 0.5, random_state=0, format="csr")
    twice = np.repeat(rows.indices, 2), 2 * rows.indptr
    halves = sparse.csr_matrix((np.repeat(rows.data / 2, 2), *twice), shape=rows.shape)
    far = np.stack([rows.data + 500, np.full(rows.nnz, -500.0)], axis=1).ravel()
    parts = sparse.csr_matrix((far, *twice), shape=rows.shape)
    expected = make_aae().fit(rows)
    for same, tolerance in ((halves, 0), (parts, 1e-3)):
        before = same.copy()
        codes = make_aae().fit_transform(same)
        np.testing.assert_allclose(codes, expected.embedding_, atol=tolerance)
        assert (same.data == before.data).all()
        np.testing.assert_allclose(expected.transform(same), codes, atol=tolerance)


@pytest.mark.parametrize("prior", ["normal", "sphere", "swiss_roll", "gaussian_mixture", "cauchy"])
def test_codes_of_any_finite_size_are_decoded(make_aae, train, prior):
    aae = make_aae(prior=prior).fit(train)
    far = np.array([[1e38, 0.0], [-1e39, 1.0], [1e300, -1e300]])
    assert np.isfinite(aae.inverse_transform(far)).all()
    single = make_aae(prior=prior).fit(train.astype("f4"))
    assert np.isfinite(single.inverse_transform(np.array([[3e38, 0.0]], "f4"))).all()
