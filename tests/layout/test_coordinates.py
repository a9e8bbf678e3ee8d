"""Coordinates of rows of unit length, where a plane holds much of them and where it does not."""

import pickle

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.decomposition import PCA

from aae_sklearn import AdversarialAutoencoder, load
from aae_sklearn.layout._coordinates import Components, Directions
from aae_sklearn.neighbors._metric import resolve_metric
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
