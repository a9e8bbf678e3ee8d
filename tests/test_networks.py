"""Networks against neurons added up one by one; their weights come from the generator."""

import numpy as np
import pytest
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.networks._build import build_networks
from aae_sklearn.networks._layers import ACTIVATIONS, mlp
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.runtime._randomness import make_generator
from aae_sklearn.settings._resolve import resolve_config
from tests import core_oracles


def make_networks(seed=0, components=None, **params):
    """Networks for 30 rows of 6 features."""
    params = {"hidden_layer_sizes": (5, 4), "discriminator_layer_sizes": 3, **params}
    aae = AdversarialAutoencoder(neighbor_weight=0, **params)
    config = resolve_config(aae.get_params(deep=False), np.zeros((30, 6))).network
    return build_networks(config, components, make_generator(seed, torch.device("cpu")))


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


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_perceptron_equals_its_slow_twin(x, name):
    module = mlp((6, 4, 3, 2), ACTIVATIONS[name], torch.Generator().manual_seed(0))
    weights, biases = layers(module)
    biases[0][:] = 0.3  # biases start at 0, which would test nothing
    expected = [core_oracles.network(weights, biases, name, row) for row in x.numpy()]
    np.testing.assert_allclose(module(x).detach(), expected, rtol=1e-4, atol=1e-6)


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


@pytest.mark.parametrize(
    ("sizes", "dtypes"),
    [
        ((64, 64, 2), (torch.bfloat16, torch.float32)),
        ((2, 64, 64), (torch.float32, torch.bfloat16)),
    ],
)
def test_codes_keep_their_digits_in_reduced_precision(sizes, dtypes):
    network = mlp(sizes, torch.nn.SiLU, make_generator(0, torch.device("cpu")))
    z = torch.ones(10, sizes[0])
    with torch.autocast("cpu", torch.bfloat16):
        first, last = network[0](z), network(z)
    assert (first.dtype, last.dtype) == dtypes


def test_networks_start_about_as_wide_as_their_inputs():
    x = torch.randn(2000, 6, generator=torch.Generator().manual_seed(2))
    codes = make_networks().encoder(x)
    assert 0.05 < codes.std() < 20


def test_deterministic_encoder_draws_its_code(x):
    encoder = make_networks(encoder="deterministic").encoder
    assert torch.equal(encoder.draw(x, torch.Generator()), encoder(x))


def test_gaussian_encoder_draws_with_its_mean_and_variance(x):
    encoder = make_networks(encoder="gaussian").encoder
    generator = torch.Generator().manual_seed(0)
    draws = torch.stack([encoder.draw(x, generator) for _ in range(4000)]).detach()
    mean, log_variance = encoder.body(x).detach().split(2, dim=1)
    variance = log_variance.exp()
    assert torch.equal(encoder(x), mean)
    # The standard errors of mean and variance of n normal draws.
    assert (draws.mean(0) - mean).abs().div((variance / 4000).sqrt()).max() < 5
    assert (draws.var(0) / variance - 1).abs().max() < 5 * (2 / 4000) ** 0.5


def test_gradient_passes_through_a_gaussian_draw(x):
    encoder = make_networks(encoder="gaussian").encoder
    encoder.draw(x, torch.Generator().manual_seed(0)).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in encoder.parameters())


def test_universal_encoder_reads_noise_and_none_for_the_mean(x):
    encoder = make_networks(encoder="universal", n_components=3).encoder
    with_zeros = encoder.body(torch.cat([x, torch.zeros(8, 3)], dim=1))
    assert torch.equal(encoder(x), with_zeros)
    noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(5))
    drawn = encoder.draw(x, torch.Generator().manual_seed(5))
    assert torch.equal(drawn, encoder.body(torch.cat([x, noise], dim=1)))


@pytest.mark.parametrize("encoder", ["gaussian", "universal"])
def test_draws_follow_their_generator(x, encoder):
    encoder = make_networks(encoder=encoder).encoder
    first, second, other = (
        encoder.draw(x, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def orthonormal(n_rows, n_columns):
    noise = torch.randn(n_columns, n_rows, generator=torch.Generator().manual_seed(3))
    return torch.linalg.qr(noise)[0].T.contiguous()


def test_rotation_in_full_width_loses_nothing(x):
    rotation = Rotation(orthonormal(6, 6))
    torch.testing.assert_close(rotation.inverse(rotation(x)), x)
    lengths = rotation(x).norm(dim=1) / x.norm(dim=1)
    torch.testing.assert_close(lengths, lengths[:1].expand(8))


def test_rotation_to_fewer_inputs_projects(x):
    components = orthonormal(2, 6)
    rotation = Rotation(components)
    assert rotation(x).shape == (8, 2)
    torch.testing.assert_close(rotation.inverse(rotation(x)), x @ components.T @ components)


def test_no_rotation_changes_nothing(x):
    assert Rotation(None)(x) is x
    assert Rotation(None).inverse(x) is x


def test_two_rotations_are_one_product(x):
    first, second, none = Rotation(orthonormal(4, 6)), Rotation(orthonormal(2, 4)), Rotation(None)
    torch.testing.assert_close(second.after(first)(x), second(first(x)))
    assert second.after(none) is second
    assert none.after(first) is first


def test_rotation_is_state_and_no_parameter():
    networks = make_networks(components=orthonormal(6, 6))
    assert any("components" in name for name in networks.state_dict())
    assert not any("components" in name for name, _ in networks.named_parameters())
