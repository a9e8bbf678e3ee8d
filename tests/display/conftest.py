"""Small fitted objects that look like an autoencoder, and the Agg canvas."""

import matplotlib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA

from aae_sklearn import AdversarialAutoencoderClassifier

matplotlib.use("Agg")


class NormalPrior:
    """N(0, I)."""

    def sample(self, n_samples, n_components, random_state=None):
        return np.random.RandomState(random_state).normal(size=(n_samples, n_components))


class WhitenedPCA(TransformerMixin, BaseEstimator):
    """PCA with codes of unit variance, in the clothes of an adversarial autoencoder."""

    def __init__(self, n_components=2):
        self.n_components = n_components

    def fit(self, X, y=None):
        self.pca_ = PCA(self.n_components, whiten=True).fit(np.asarray(X))
        self.prior_ = NormalPrior()
        self.history_ = {"reconstruction_loss": [1.0, 0.5, 0.4], "encoder_loss": [0.9, 0.8, 0.7]}
        return self

    def transform(self, X):
        return self.pca_.transform(np.asarray(X))

    def inverse_transform(self, Z):
        return self.pca_.inverse_transform(Z)

    def sample(self, n_samples=1, random_state=None):
        return self.inverse_transform(
            self.prior_.sample(n_samples, self.n_components, random_state)
        )


@pytest.fixture(scope="module", autouse=True)
def no_map_is_judged(short_fits):
    """So all fits are short."""


@pytest.fixture(autouse=True)
def close_figures():
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="session")
def labelled_digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="session")
def iris():
    return load_iris(as_frame=True).data


@pytest.fixture(scope="session")
def digits_model(labelled_digits):
    return WhitenedPCA().fit(labelled_digits[0])


@pytest.fixture(scope="session")
def iris_model(iris):
    return WhitenedPCA().fit(iris)


@pytest.fixture(scope="module")
def classifiers(iris, no_map_is_judged):
    """Classifiers of irises with two components, without heads and with them."""
    models = [
        AdversarialAutoencoderClassifier(2, heads=heads, random_state=0) for heads in (False, True)
    ]
    return [model.fit(iris.to_numpy(), np.arange(150) // 50) for model in models]


@pytest.fixture
def ax():
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(6, 6))[1]
