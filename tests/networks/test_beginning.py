"""Networks that begin as principal components."""

import numpy as np
import pytest
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.networks._beginning import begin_as_components
from aae_sklearn.networks._build import build_networks
from aae_sklearn.settings import _defaults as defaults
from tests.game.small import small_config

DEVIATIONS = torch.tensor([3.0, 2.0, 0.5, 0.1, 0.1, 0.1])  # of inputs; codes hold the first three


def begun(deviations=DEVIATIONS, n_components=3, **params):
    """Networks of which only what they begin with as components is left."""
    config = small_config(n_components=n_components, **params)
    networks = build_networks(config, torch.Generator().manual_seed(0))
    for weight in networks.parameters():
        torch.nn.init.zeros_(weight)
    begin_as_components(networks, config, deviations, torch.Generator().manual_seed(1))
    return networks


def some_inputs():
    return DEVIATIONS * torch.randn(5_000, 6, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("activation", ["relu", "silu", "gelu"])
@pytest.mark.parametrize("hidden", [(), (12,), (32, 16, 32)])
@pytest.mark.parametrize("encoder", ["deterministic", "gaussian", "universal"])
def test_codes_are_white_and_decode_to_the_leading_inputs(activation, hidden, encoder):
    networks = begun(hidden_layer_sizes=hidden, activation=activation, encoder=encoder)
    x = some_inputs()
    with torch.no_grad():
        z = networks.encoder(x)
        decoded = networks.decoder(z)
    torch.testing.assert_close(torch.cov(z.T), torch.eye(3), atol=0.1, rtol=0)
    torch.testing.assert_close(decoded[:, :3], x[:, :3], atol=1e-4, rtol=0)
    assert (decoded[:, 3:] == 0).all()


@pytest.mark.parametrize(
    ("encoder", "turns"), [("deterministic", True), ("universal", True), ("gaussian", False)]
)
def test_each_number_of_a_code_is_of_several_inputs(encoder, turns):
    with torch.no_grad():
        codes = begun(hidden_layer_sizes=32, encoder=encoder).encoder(DEVIATIONS.diag()[:3])
    assert ((codes.abs() > 0.05).sum(dim=0) > 1).all() == turns
    if not turns:
        torch.testing.assert_close(codes, torch.eye(3))


def test_inputs_that_do_not_vary_are_not_passed_on():
    deviations = torch.tensor([3.0, 2.0, 2.0 * defaults.LEAST_PASSED, 0.0, 0.0, 0.0])
    with torch.no_grad():
        z = begun(deviations, n_components=4, hidden_layer_sizes=32).encoder(torch.eye(6)[2:])
    assert (z == 0).all()


@pytest.mark.parametrize(("hidden", "n_passed"), [((32, 8), 2), ((1,), 0)])
def test_narrow_layers_pass_on_fewer(hidden, n_passed):
    with torch.no_grad():
        z = begun(hidden_layer_sizes=hidden).encoder(some_inputs())
    assert (z[:, :n_passed] != 0).all()
    assert (z[:, n_passed:] == 0).all()


@pytest.mark.parametrize("params", [{"activation": "tanh"}, {"n_components": 1}])
def test_weights_stay_at_random_under_tanh_and_where_codes_hold_little(params):
    deviations = torch.tensor([2.0, 2.0, 2.0, 0.0, 0.0, 0.0])
    with torch.no_grad():
        z = begun(deviations, hidden_layer_sizes=32, **params).encoder(some_inputs())
    assert (z == 0).all()


@pytest.mark.parametrize("n_rows", [30, 300])
def test_a_fit_explains_as_much_as_components_from_the_first_step(train, n_rows):
    rows = train[:n_rows]
    params = {"neighbor_weight": 0, "adversarial_weight": 0, "max_iter": 1, "random_state": 0}
    aae = AdversarialAutoencoder(8, learning_rate_init=1e-9, **params).fit(rows)
    singular = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    assert aae.score(rows) > 0.98 * singular[:8].sum() / singular.sum()
