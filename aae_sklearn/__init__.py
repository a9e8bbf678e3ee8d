"""Adversarial autoencoders as scikit-learn estimators."""

from aae_sklearn.estimators._adversarial_autoencoder import AdversarialAutoencoder
from aae_sklearn.estimators._saving import load

__all__ = ["AdversarialAutoencoder", "__version__", "load"]
__version__ = "0.1.0"
