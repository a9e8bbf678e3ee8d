"""Adversarial autoencoders as scikit-learn estimators."""

from aae_sklearn.estimators._adversarial_autoencoder import AdversarialAutoencoder

__all__ = ["AdversarialAutoencoder", "__version__"]
__version__ = "0.1.0"
