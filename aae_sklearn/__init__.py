"""Adversarial autoencoders as scikit-learn estimators."""

from aae_sklearn._estimator import AdversarialAutoencoder

__all__ = ["AdversarialAutoencoder", "__version__"]
__version__ = "0.1.0"
