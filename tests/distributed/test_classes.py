"""Classes and clusters of lazy rows are those of the same rows in memory."""

import dask.array as da
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from aae_sklearn import AdversarialAutoencoderClassifier, AdversarialAutoencoderClusterer

SMALL = {"max_iter": 20, "hidden_layer_sizes": (16,), "random_state": 0}


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def label(train):
    return np.where(train.sum(axis=1) > np.median(train.sum(axis=1)), "dark", "light")


@pytest.fixture
def classifier(train, label):
    return AdversarialAutoencoderClassifier(**SMALL).fit(train, label)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "transform", "score_samples"])
def test_a_classifier_gives_the_bits_of_rows_in_memory(classifier, train, method):
    lazy = getattr(classifier, method)(da.from_array(train, chunks=(70, 64)))
    expected = getattr(classifier, method)(train)
    assert lazy.dtype == expected.dtype
    assert_array_equal(lazy.compute(), expected)


def test_probabilities_of_a_frame_are_named_after_the_classes(frame, label, frame_collection):
    classifier = AdversarialAutoencoderClassifier(**SMALL).fit(frame, label)
    probabilities = classifier.predict_proba(frame_collection).compute()
    assert list(probabilities.columns) == ["dark", "light"]
    assert_array_equal(probabilities, classifier.predict_proba(frame))
    assert_array_equal(classifier.predict(frame_collection).compute(), classifier.predict(frame))


def test_clusters_of_lazy_rows(train):
    clusterer = AdversarialAutoencoderClusterer(3, **SMALL).fit(train)
    lazy = clusterer.predict(da.from_array(train, chunks=(70, 64)))
    assert_array_equal(lazy.compute(), clusterer.predict(train))
