"""NaN as a missing cell: rows of any container get a place, and cells are filled in."""

import pickle

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.impute import SimpleImputer

from aae_sklearn import AdversarialAutoencoder, load

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def as_frame(rows):
    pd = pytest.importorskip("pandas")
    whole = pd.DataFrame(np.nan_to_num(rows).astype(int)).astype("Int64")
    return whole.mask(np.isnan(rows))


def as_objects(rows):
    pd = pytest.importorskip("pandas")
    return as_frame(rows).astype(object).where(~np.isnan(rows), pd.NA)


KINDS = {
    "array": np.asarray,
    "float32": lambda rows: rows.astype(np.float32),
    "sparse": sparse.csr_array,
    "masked array": np.ma.masked_invalid,
    "pandas NA": as_frame,
    "pandas NA among objects": as_objects,
}


@pytest.fixture(scope="module")
def holes(digits):
    rows = digits[:300].copy()
    rows[np.random.RandomState(0).uniform(size=rows.shape) < 0.3] = np.nan
    return rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_rows_with_missing_cells_get_places_and_figures(make_aae, holes, kind, neighbor_weight):
    rows = KINDS[kind](holes)
    params = {"neighbor_weight": neighbor_weight, "layout_max_iter": 3}
    aae = make_aae(missing_values="mask", **params).fit(rows)
    codes = aae.transform(rows)
    assert np.isfinite(codes).all()
    np.testing.assert_array_equal(codes, aae.embedding_)
    for name in ("score", "score_samples", "reconstruction_error", "outlier_score"):
        assert np.isfinite(getattr(aae, name)(rows)).all()
    cells = aae.reconstruction_error(rows, per_feature=True)
    np.testing.assert_array_equal(np.isnan(cells), np.isnan(holes))


def test_cells_are_filled_in_better_than_by_the_mean(digits):
    full = digits[:400]
    is_missing = np.random.RandomState(1).uniform(size=full.shape) < 0.3
    rows = np.where(is_missing, np.nan, full)
    aae = AdversarialAutoencoder(missing_values="mask", random_state=0).fit(rows)
    of_mean = SimpleImputer(keep_empty_features=True).fit_transform(rows)
    filled = aae.inverse_transform(aae.transform(rows))
    errors = [np.square((guess - full)[is_missing]).mean() for guess in (filled, of_mean)]
    assert errors[0] < 0.6 * errors[1]


def test_without_missing_cells_nothing_changes(make_aae, train):
    params = {"neighbor_weight": 1, "layout_max_iter": 3}
    plain, masked = make_aae(**params), make_aae(missing_values="mask", **params)
    np.testing.assert_array_equal(plain.fit_transform(train), masked.fit_transform(train))


def test_a_pickle_and_a_file_fill_in_as_before(make_aae, holes, tmp_path):
    aae = make_aae(missing_values="mask").fit(holes)
    aae.save(tmp_path / "model.safetensors")
    for twin in (pickle.loads(pickle.dumps(aae)), load(tmp_path / "model.safetensors")):
        np.testing.assert_array_equal(twin.transform(holes), aae.transform(holes))
        np.testing.assert_allclose(twin.outlier_score(holes), aae.outlier_score(holes), atol=1e-9)


def test_what_cannot_be_filled_in_is_named(make_aae, holes):
    aae = make_aae(missing_values="mask")
    empty = holes.copy()
    empty[7] = np.nan
    with pytest.raises(ValueError, match=r"row 7 .* no known cell"):
        aae.fit(empty)
    empty = holes.copy()
    empty[:, 5] = np.nan
    with pytest.raises(ValueError, match=r"column 5 .* no known cell"):
        aae.fit(empty)
    with pytest.raises(ValueError, match="infinity"):
        aae.fit(np.where(np.isnan(holes), np.inf, holes))
    with pytest.raises(ValueError, match="missing_values='error'"):
        make_aae(missing_values="mask", metric="precomputed", neighbor_weight=1).fit(np.eye(30))


def test_the_tag_allows_what_the_parameter_does(make_aae):
    for value in ("error", "mask"):
        tags = make_aae(missing_values=value).__sklearn_tags__()
        assert tags.input_tags.allow_nan == (value == "mask")


def test_a_model_of_rows_without_gaps_refuses_gaps_later(make_aae, digits, holes):
    aae = make_aae().fit(digits[:300]).set_params(missing_values="mask")
    with pytest.raises(ValueError, match=r"contains NaN\. missing_values='mask', set before fit"):
        aae.transform(holes)


@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_a_module_refuses_the_cells_that_it_does_not_fill_in(make_aae, holes, neighbor_weight):
    params = {"neighbor_weight": neighbor_weight, "layout_max_iter": 3}
    aae = make_aae(missing_values="mask", **params).fit(holes)
    module = aae.as_module()
    with pytest.raises(ValueError, match="fills no missing cells in"):
        module(torch.from_numpy(holes.astype("f4")))
    filled = aae.inverse_transform(aae.transform(holes)).astype("f4")
    found = module(torch.from_numpy(filled)).detach().numpy()
    np.testing.assert_allclose(found, aae.transform(filled), atol=1e-3)
