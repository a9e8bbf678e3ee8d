"""Adversarial autoencoders as scikit-learn estimators."""

from aae_sklearn.estimators._adversarial_autoencoder import AdversarialAutoencoder
from aae_sklearn.estimators._classifier import AdversarialAutoencoderClassifier
from aae_sklearn.estimators._clusterer import AdversarialAutoencoderClusterer
from aae_sklearn.estimators._saving import load
from aae_sklearn.estimators._skl2onnx import register_onnx_converter

__all__ = [
    "AdversarialAutoencoder",
    "AdversarialAutoencoderClassifier",
    "AdversarialAutoencoderClusterer",
    "__version__",
    "load",
    "register_onnx_converter",
]
__version__ = "0.1.0"
