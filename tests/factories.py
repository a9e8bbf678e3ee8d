"""Networks that a user might build; at module level, so that they can be pickled."""

from torch import nn


def linear_encoder(n_features, n_components):
    return nn.Linear(n_features, n_components)


def linear_decoder(n_features, n_components):
    return nn.Linear(n_components, n_features)


def conv_encoder(n_features, n_components):
    """Images of 8 x 8 pixels; batch norm and dropout behave differently in training."""
    assert n_features == 64
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(64, n_components),
    )


def conv_decoder(n_features, n_components):
    assert n_features == 64
    return nn.Sequential(
        nn.Linear(n_components, 64),
        nn.ReLU(),
        nn.Unflatten(1, (4, 4, 4)),
        nn.ConvTranspose2d(4, 1, 2, stride=2),
        nn.Flatten(),
    )


def wide_encoder(n_features, n_components):
    """One column too many."""
    return nn.Linear(n_features, n_components + 1)


def no_module(n_features, n_components):
    """Not what a factory must return."""
    return "a network"


def no_network(n_features, n_components):
    """Forgot to return."""


def wide_decoder(n_features, n_components):
    """One column too many."""
    return nn.Linear(n_components, n_features + 1)


def constant_encoder(n_features, n_components):
    """All codes are 0."""
    layer = nn.Linear(n_features, n_components)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def far_encoder(n_features, n_components):
    """All codes are far from any prior."""
    layer = constant_encoder(n_features, n_components)
    nn.init.constant_(layer.bias, 20.0)
    return layer
