"""How a code is drawn given what the features say of a row."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aae_sklearn.networks._encoders import ENCODERS, Residual
from aae_sklearn.networks._layers import mlp


def make_encoder(kind, n_components=2):
    """Of rows of 6 numbers."""
    n_inputs = 6 + n_components * (kind == "universal")
    sizes = (n_inputs, 5, n_components * (1 + (kind == "gaussian")))
    body = mlp(sizes, torch.nn.SiLU, torch.Generator().manual_seed(0))
    return ENCODERS[kind](body, n_components)


@pytest.fixture
def x():
    return torch.randn(8, 6, generator=torch.Generator().manual_seed(1))


def test_deterministic_encoder_draws_its_code(x):
    encoder = make_encoder("deterministic")
    assert torch.equal(encoder.draw(x, torch.Generator()), encoder(x))


def test_gaussian_encoder_draws_with_its_mean_and_variance(x):
    encoder = make_encoder("gaussian")
    generator = torch.Generator().manual_seed(0)
    draws = torch.stack([encoder.draw(x, generator) for _ in range(4000)]).detach()
    mean, log_variance = encoder.body(x).detach().split(2, dim=1)
    variance = log_variance.exp()
    assert torch.equal(encoder(x), mean)
    # The standard errors of mean and variance of n normal draws.
    assert (draws.mean(0) - mean).abs().div((variance / 4000).sqrt()).max() < 5
    assert (draws.var(0) / variance - 1).abs().max() < 5 * (2 / 4000) ** 0.5


def test_gradient_passes_through_a_gaussian_draw(x):
    encoder = make_encoder("gaussian")
    encoder.draw(x, torch.Generator().manual_seed(0)).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in encoder.parameters())


def test_universal_encoder_reads_noise_and_none_for_the_mean(x):
    encoder = make_encoder("universal", n_components=3)
    with_zeros = encoder.body(torch.cat([x, torch.zeros(8, 3)], dim=1))
    assert torch.equal(encoder(x), with_zeros)
    noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(5))
    drawn = encoder.draw(x, torch.Generator().manual_seed(5))
    assert torch.equal(drawn, encoder.body(torch.cat([x, noise], dim=1)))


@pytest.mark.parametrize("encoder", ["gaussian", "universal"])
def test_draws_follow_their_generator(x, encoder):
    encoder = make_encoder(encoder)
    first, second, other = (
        encoder.draw(x, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_a_residual_adds_to_the_leading_numbers():
    body = torch.nn.Linear(6, 2)
    h = torch.arange(12.0).view(2, 6)
    torch.testing.assert_close(Residual(body, 2)(h), body(h) + h[:, :2])


def test_a_residual_adds_to_means_and_to_nothing_else():
    body = torch.nn.Linear(2, 4)
    h = torch.arange(6.0).view(3, 2)
    found = Residual(body, 2)(h)
    torch.testing.assert_close(found[:, :2], body(h)[:, :2] + h)
    torch.testing.assert_close(found[:, 2:], body(h)[:, 2:])


def test_the_divergence_of_a_gaussian_posterior_is_torchs(x):
    encoder = make_encoder("gaussian")
    codes, divergence = encoder.draw_measured(x, torch.Generator().manual_seed(1))
    mean, log_variance = encoder.body(x).split(2, dim=1)
    each = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(divergence, each.sum(dim=1))
    assert torch.equal(codes, encoder.draw(x, torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("kind", ["deterministic", "universal"])
def test_other_posteriors_have_no_known_divergence(kind, x):
    codes, divergence = make_encoder(kind).draw_measured(x, torch.Generator().manual_seed(1))
    assert divergence is None
    assert torch.equal(codes, make_encoder(kind).draw(x, torch.Generator().manual_seed(1)))
