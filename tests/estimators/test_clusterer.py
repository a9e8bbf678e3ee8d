"""The clusterer: its clusters, how many there are, and those that are empty."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from aae_sklearn import AdversarialAutoencoderClusterer, load
from aae_sklearn.display import EmbeddingDisplay
from aae_sklearn.exceptions import EmptyClustersWarning

pytestmark = [
    pytest.mark.filterwarnings("ignore:the (recon|discr|codes):UserWarning"),
    pytest.mark.usefixtures("short_fits"),
]
SMALL = {"hidden_layer_sizes": 32, "discriminator_layer_sizes": 16, "random_state": 0}


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(400, 6, centers=5, cluster_std=1.5, random_state=2)


@pytest.fixture(scope="module")
def fitted(blobs):
    return AdversarialAutoencoderClusterer(5, n_components=3, max_iter=60, **SMALL).fit(blobs[0])


def test_clusters_are_the_blobs_also_of_new_rows(fitted, blobs):
    X, y = blobs
    assert adjusted_rand_score(y, fitted.labels_) > 0.95
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, rtol=1e-12)
    noisy = X + np.random.RandomState(0).normal(0, 0.3, X.shape)
    assert adjusted_rand_score(y, fitted.predict(noisy)) > 0.9


def test_samples_of_a_cluster_lie_in_it(fitted, blobs):
    X, _ = blobs
    for cluster in range(5):
        rows = fitted.sample(40, label=cluster, random_state=0)
        centre = X[fitted.labels_ == cluster].mean(axis=0)
        nearest = np.linalg.norm(rows.mean(axis=0) - centre)
        others = [X[fitted.labels_ == k].mean(axis=0) for k in range(5) if k != cluster]
        assert nearest < min(np.linalg.norm(rows.mean(axis=0) - other) for other in others)


def test_a_picture_of_styles_says_that_they_say_no_class(fitted, blobs):
    display = EmbeddingDisplay.from_estimator(fitted, blobs[0])
    assert display.ax_.get_title() == (
        "AdversarialAutoencoderClusterer: styles, which say no class"
    )


def test_prototypes_lie_in_their_cluster(fitted, blobs):
    centers = fitted.cluster_centers_
    assert fitted.predict(centers).tolist() == list(range(fitted.n_clusters_))
    means = np.array([blobs[0][fitted.labels_ == k].mean(axis=0) for k in range(len(centers))])
    distances = np.linalg.norm(centers[:, None] - means, axis=2)
    assert distances.argmin(axis=1).tolist() == list(range(len(centers)))


@pytest.mark.filterwarnings("ignore::aae_sklearn.exceptions.EmptyClustersWarning")
def test_their_number_is_where_modularity_is_largest():
    X, y = make_blobs(300, 4, centers=6, cluster_std=0.5, center_box=(-40, 40), random_state=1)
    model = AdversarialAutoencoderClusterer("auto", n_neighbors=25, max_iter=20, **SMALL).fit(X)
    assert model.n_clusters_ == model.modularity_.argmax() + 1 == 6
    assert adjusted_rand_score(y, model.labels_) > 0.8


def test_empty_clusters_are_reported(blobs):
    model = AdversarialAutoencoderClusterer(60, max_iter=1, **SMALL)
    with pytest.warns(EmptyClustersWarning, match="of 60 clusters are empty"):
        model.fit(blobs[0])
    used = np.unique(model.labels_)
    assert len(used) + len(model.empty_clusters_) == model.n_clusters_ == 60
    assert not set(used) & set(model.empty_clusters_)


def test_more_clusters_than_rows_are_refused(blobs):
    with pytest.raises(ValueError, match="n_clusters=9 is more than the 8 rows"):
        AdversarialAutoencoderClusterer(9).fit(blobs[0][:8])


def test_it_survives_a_file(fitted, blobs, tmp_path):
    fitted.save(tmp_path / "model")
    other = load(tmp_path / "model")
    np.testing.assert_array_equal(other.predict(blobs[0]), fitted.labels_)
    np.testing.assert_array_equal(other.labels_, fitted.labels_)
    np.testing.assert_array_equal(other.modularity_, fitted.modularity_)
    assert other.n_clusters_ == 5
