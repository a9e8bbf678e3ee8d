"""Layers against neurons added up one by one."""

import numpy as np
import pytest
import torch

from aae_sklearn.networks._layers import ACTIVATIONS, mlp
from aae_sklearn.runtime._randomness import make_generator
from tests import core_oracles


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
