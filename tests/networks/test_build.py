"""Networks against neurons added up one by one; their weights come from the generator."""

import numpy as np
import pytest
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.networks._build import build_networks, n_weights
from aae_sklearn.runtime._randomness import make_generator
from aae_sklearn.settings._resolve import resolve_config
from tests.factories import linear_decoder, linear_encoder


def make_networks(seed=0, **params):
    """Networks for 30 rows of 6 features."""
    return build_networks(make_config(**params), make_generator(seed, torch.device("cpu")))


def make_config(**params):
    small = {"hidden_layer_sizes": (5, 4), "discriminator_layer_sizes": 3, "neighbor_weight": 0}
    aae = AdversarialAutoencoder(**small | params)
    return resolve_config(aae.get_params(deep=False), np.zeros((30, 6))).network


def layers(module):
    """Weights and biases of a perceptron."""
    linear = [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)]
    return (
        [layer.weight.detach().numpy() for layer in linear],
        [layer.bias.detach().numpy() for layer in linear],
    )


@pytest.fixture
def x():
    return torch.randn(8, 6, generator=torch.Generator().manual_seed(1))


def test_encoder_and_decoder_mirror_each_other():
    networks = make_networks(n_components=3)
    encoder, _ = layers(networks.encoder)
    decoder, _ = layers(networks.decoder)
    assert [weight.shape for weight in encoder] == [(5, 6), (4, 5), (3, 4)]
    assert [weight.shape for weight in decoder] == [weight.shape[::-1] for weight in encoder[::-1]]


def test_discriminator_reads_codes_and_gives_one_logit():
    weights, _ = layers(make_networks(n_components=3).discriminators["codes"])
    assert [weight.shape for weight in weights] == [(3, 3), (1, 3)]


def test_one_generator_gives_the_same_weights():
    first, second, other = (make_networks(seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_weights_are_float32_whatever_the_default():
    torch.set_default_dtype(torch.float64)
    try:
        networks = make_networks()
    finally:
        torch.set_default_dtype(torch.float32)
    assert {weight.dtype for weight in networks.parameters()} == {torch.float32}


def test_networks_start_about_as_wide_as_their_inputs():
    x = torch.randn(2000, 6, generator=torch.Generator().manual_seed(2))
    codes = make_networks().encoder(x)
    assert 0.05 < codes.std() < 20


MAP = {"neighbor_weight": 1, "n_components": 3}


@pytest.mark.parametrize("encoder", ["deterministic", "gaussian", "universal"])
def test_the_encoder_of_a_map_adds_to_a_place_and_starts_with_nothing(encoder):
    h = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))
    networks = make_networks(encoder=encoder, **MAP)
    assert torch.equal(networks.encoder(h), h)
    with torch.no_grad():
        networks.encoder.body.body[-1].bias.fill_(0.5)
    torch.testing.assert_close(networks.encoder(h), h + 0.5)


def test_the_encoder_of_a_map_reads_places_and_its_decoder_writes_inputs():
    networks = make_networks(**MAP)
    encoder, _ = layers(networks.encoder)
    decoder, _ = layers(networks.decoder)
    assert [weight.shape for weight in encoder] == [(5, 3), (4, 5), (3, 4)]
    assert [weight.shape for weight in decoder] == [(4, 3), (5, 4), (6, 5)]


def test_units_of_a_maps_decoder_bend_where_codes_are():
    """Biases of N(0, 10) for inputs of N(0, 1) weigh folds all over the plane."""
    sizes = {"hidden_layer_sizes": (2000, 2000), "n_components": 3}
    (weight, second, _), (bias, *_) = layers(make_networks(**sizes, neighbor_weight=1).decoder)
    gain = 10 / np.sqrt(2)  # of the first layer, which the second takes back
    assert np.std(second) == pytest.approx(np.sqrt(2 / 2000) / gain, rel=0.1)
    assert np.std(bias) == pytest.approx(10, rel=0.1)
    assert np.std(weight) == pytest.approx(10 / np.sqrt(3), rel=0.1)
    _, (bias, *_) = layers(make_networks(**sizes).decoder)
    assert (bias == 0).all()


def test_a_decoder_starts_at_the_mean_row():
    decoder = make_networks(hidden_layer_sizes=(64, 64)).decoder
    z = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    assert decoder(z).std() < 0.3


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"n_components": 3, "encoder": "gaussian"},
        {"encoder": "universal", "hidden_layer_sizes": ()},
        {"neighbor_weight": 1},
    ],
    ids=repr,
)
def test_weights_are_counted_before_they_are_made(params):
    networks = make_networks(**params)
    assert n_weights(make_config(**params)) == {
        name: sum(weight.numel() for weight in network.parameters())
        for name, network in networks.named_children()
    }


def test_weights_of_the_users_networks_are_not_counted():
    counts = n_weights(make_config(encoder_factory=linear_encoder, decoder_factory=linear_decoder))
    assert set(counts) == {"discriminators"}
