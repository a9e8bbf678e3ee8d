"""What has no effect under the other parameters is found, and nothing else is."""

import numpy as np
import pytest

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.settings._effects import idle_parameters
from aae_sklearn.settings._resolve import resolve_config

STANDING = AdversarialAutoencoder().get_params(deep=False)


def idle(**params):
    params = STANDING | params
    config = resolve_config(params, np.zeros((100, 20)))
    return {found.name: str(found) for found in idle_parameters(params, STANDING, config)}


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ({"neighbor_weight": 0}, "metric", "cosine"),
        ({"neighbor_weight": 0}, "metric", (np.zeros((100, 20)), np.zeros((100, 20)))),
        ({"neighbor_weight": 0}, "metric_params", {}),
        ({"neighbor_weight": 0}, "n_neighbors", 30),
        ({"n_components": 40}, "layout_max_iter", 9),
        ({"adversarial_weight": 0}, "discriminator_layer_sizes", np.array([8])),
        ({"adversarial_weight": 0}, "discriminator_learning_rate_init", 0.1),
        ({"adversarial_weight": 0}, "neighbor_weight", 3.0),
        (
            {"adversarial_weight": 0, "encoder_factory": len, "parametric": True},
            "neighbor_weight",
            3.0,
        ),
        ({}, "validation_fraction", 0.2),
        ({}, "n_iter_no_change", 3),
        ({}, "tol", 0.1),
        ({"reconstruction_loss": "log_loss"}, "feature_scaling", "per_feature"),
        ({"encoder_factory": len, "decoder_factory": len}, "hidden_layer_sizes", (8, 8)),
        ({"encoder_factory": len, "decoder_factory": len}, "activation", "tanh"),
    ],
)
def test_it_is_named_with_the_reason_and_a_cure(setting, name, value):
    found = idle(**setting, **{name: value})
    assert found.keys() == {name}
    assert found[name].startswith(f"{name} has no effect ")
    assert found[name].endswith(", or leave it at its default")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"neighbor_weight": 0},
        {"adversarial_weight": 0},
        {"adversarial_weight": 0, "neighbor_weight": 1},
        {"adversarial_weight": 0, "neighbor_weight": 3, "n_components": 40},
        {"adversarial_weight": 0, "neighbor_weight": 3, "encoder_factory": len},
        {"reconstruction_loss": "log_loss"},
        {"metric": "cosine", "n_neighbors": 5, "layout_max_iter": 3},
        {"early_stopping": True, "tol": 0.1, "n_iter_no_change": 3, "validation_fraction": 0.2},
        {"discriminator_layer_sizes": [128, 128, 128], "adversarial_weight": 0},
        {"encoder_factory": len, "hidden_layer_sizes": (8,)},
    ],
    ids=str,
)
def test_what_has_an_effect_or_is_the_default_is_not(params):
    assert idle(**params) == {}
