"""Coordinates of rows of unit length, where a plane holds much of them and where it does not."""

import pickle

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

from aae_sklearn import AdversarialAutoencoder, load
from aae_sklearn.layout._coordinates import Components, Directions, held_share
from aae_sklearn.layout._graph import coordinate_weights
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.settings import _defaults as defaults
from tests.conftest import MAP, SMALL


@pytest.fixture(scope="module")
def words():
    """Rows of a few words out of many, of ten kinds: no 50 directions hold them."""
    rng = np.random.RandomState(0)
    likely = rng.dirichlet(np.full(600, 0.05), size=10)
    counts = np.stack([rng.multinomial(12, likely[k % 10] / 2 + 1 / 1_200) for k in range(400)])
    return sparse.csr_array(counts.astype("f4"))


@pytest.fixture(scope="module")
def fitted(words):
    return AdversarialAutoencoder(metric="cosine", random_state=0, **SMALL | MAP).fit(words)


def coordinates_of(aae):
    return aae._model.features.search.coordinates


@pytest.mark.parametrize("metric", ["cosine", "correlation"])
def test_rows_that_no_plane_holds_are_compared_by_direction_in_it(make_aae, words, metric):
    coordinates = coordinates_of(make_aae(**MAP, metric=metric).fit(words))
    assert isinstance(coordinates, Directions)
    x = resolve_metric(metric).coordinates(words)
    x = x.toarray() if sparse.issparse(x) else x
    pca = PCA(75, svd_solver="full").fit(x)
    mean = pca.mean_ - pca.components_.T @ (pca.components_ @ pca.mean_)
    plane = np.vstack([pca.components_, mean / np.linalg.norm(mean)])
    projected = x @ plane.T
    expected = projected / np.linalg.norm(projected, axis=1, keepdims=True)
    found = coordinates.read(x) / coordinates.weights
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=2e-3)


def test_rows_that_a_plane_holds_keep_their_components(make_aae, train):
    assert isinstance(coordinates_of(make_aae(**MAP, metric="cosine").fit(train)), Components)


def test_rows_of_unit_length_are_compared_by_direction_as_under_the_cosine(make_aae, words):
    texts = normalize(words)
    found = coordinates_of(make_aae(**MAP).fit(texts))
    by_cosine = coordinates_of(make_aae(**MAP, metric="cosine").fit(texts))
    assert isinstance(found, Directions)
    x = found.read(texts) / found.weights
    expected = by_cosine.read(resolve_metric("cosine").coordinates(texts)) / by_cosine.weights
    torch.testing.assert_close(x @ x.T, expected @ expected.T, atol=2e-3, rtol=0)


def without_words(texts):
    return sparse.vstack([texts, sparse.csr_array((2, texts.shape[1]), dtype=texts.dtype)])


@pytest.mark.parametrize("as_given", [without_words, lambda texts: texts.toarray().astype("f2")])
def test_unit_length_may_be_rounded_and_a_text_may_have_no_words(make_aae, words, as_given):
    texts = as_given(normalize(words))
    aae = make_aae(**MAP).fit(texts)
    assert isinstance(coordinates_of(aae), Directions)
    np.testing.assert_array_equal(aae.transform(texts), aae.embedding_)


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        (lambda texts: texts, {"feature_scaling": "per_feature"}),
        (lambda texts: texts * 2, {}),
        (lambda texts: sparse.vstack([texts[:-1], 1.1 * texts[-1:]]), {}),
        (lambda texts: normalize(texts[:, :50] + 1e-9 * sparse.random(400, 50, 1.0)), {}),
        (lambda texts: texts.toarray() > 0, {}),
    ],
    ids=["own unit for each column", "length 2", "one longer row", "few columns", "flags"],
)
def test_other_rows_are_compared_by_components(make_aae, words, change, settings):
    texts = change(normalize(words))
    assert isinstance(coordinates_of(make_aae(**MAP, **settings).fit(texts)), Components)


def test_a_code_does_not_depend_on_the_rows_around_it(fitted, words):
    np.testing.assert_array_equal(fitted.transform(words), fitted.embedding_)
    for some in (slice(3, 4), slice(0, 70), slice(300, 400)):
        np.testing.assert_array_equal(fitted.transform(words[some]), fitted.embedding_[some])


def test_directions_are_in_a_file_and_in_a_pickle(fitted, words, tmp_path):
    fitted.save(tmp_path / "model.safetensors")
    for twin in (pickle.loads(pickle.dumps(fitted)), load(tmp_path / "model.safetensors")):
        np.testing.assert_array_equal(twin.transform(words), fitted.embedding_)
        expected = fitted.outlier_score(words)
        np.testing.assert_allclose(twin.outlier_score(words), expected, atol=1e-9)


def test_directions_are_in_a_graph(fitted, words, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    fitted.to_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    rows = words.toarray()
    difference = session.run(None, {"rows": rows})[0] - fitted.transform(rows)
    assert np.median(np.abs(difference)) < 1e-4


def test_a_row_without_anything_in_the_plane_is_no_nan(fitted):
    coordinates = coordinates_of(fitted)
    assert torch.equal(coordinates.read(np.zeros((2, 601))), torch.zeros(2, 76))


def unit_rows(words):
    return resolve_metric("cosine").coordinates(words).toarray()


def held_by(x, components, mean):
    """The median of rows' squared lengths in some directions and the mean, by least squares."""
    plane = np.linalg.qr(np.vstack([components, mean]).T)[0]
    return np.median(((x @ plane) ** 2).sum(axis=1))


@pytest.mark.parametrize(("n_judged", "step"), [(3_000, 1), (400, 1), (399, 2), (100, 4)])
def test_a_plane_holds_the_squared_length_of_projections(monkeypatch, words, n_judged, step):
    monkeypatch.setattr(defaults, "JUDGED_ROWS", n_judged)
    x = unit_rows(words)
    components = PCA(20, svd_solver="full").fit(x).components_.astype("f4")
    found = held_share(x, components, fit_standardizer(x, "common").standardizer)
    expected = held_by(x[::step], components, x.mean(axis=0))
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_plane_that_holds_the_mean_row_needs_no_direction_for_it(words):
    x = unit_rows(words)
    mean = x.mean(axis=0, keepdims=True)
    directions = (mean / np.linalg.norm(mean)).astype("f4")
    found = held_share(x, directions, fit_standardizer(x, "common").standardizer)
    assert found == pytest.approx(np.median((x @ directions.T) ** 2), rel=1e-5)


def test_directions_are_in_units_of_standardised_rows(fitted, words):
    coordinates, x = coordinates_of(fitted), unit_rows(words)
    assert coordinates.gain == pytest.approx(np.sqrt(x.var(axis=0).mean()), rel=1e-5)
    length = np.linalg.norm(coordinates.read(x) / coordinates.weights, axis=1)
    np.testing.assert_allclose(length, 1, rtol=1e-5)
    plain = coordinates.read(x) / coordinates.weights
    torch.testing.assert_close(coordinates.weights, coordinate_weights(plain), atol=1e-3, rtol=0)
    assert coordinates.weights.min() < 1


def test_all_rows_have_the_coordinates_of_each(fitted, words):
    coordinates, x = coordinates_of(fitted), unit_rows(words)
    np.testing.assert_array_equal(coordinates.read_all(x), coordinates.read(x))


def test_rows_at_one_place_are_refused(make_aae):
    rows = np.outer(np.arange(1.0, 31), [1, 2, 3])
    with pytest.raises(ValueError, match="all rows are at one place"):
        make_aae(**MAP, metric="cosine").fit(rows)


def test_rows_may_differ_late(make_aae, monkeypatch):
    monkeypatch.setattr(defaults, "CHUNK_ELEMENTS", 40)
    rows = np.outer(np.arange(1.0, 31), [1, 2, 3])
    rows[20:] += np.random.RandomState(0).uniform(0, 20, (10, 3))
    assert np.isfinite(make_aae(**MAP, metric="cosine").fit_transform(rows)).all()
