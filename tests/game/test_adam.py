"""Our Adam against that of torch.optim, given extrapolated gradients."""

import pytest
import torch
from torch import nn

from aae_sklearn.game._adam import ExtrapolatedAdam


def small_network():
    generator = torch.Generator().manual_seed(0)
    network = nn.Linear(3, 2)
    with torch.no_grad():
        for weight in network.parameters():
            weight.normal_(generator=generator)
    return network


def loss_of(network, x):
    return network(x).square().sum()


@pytest.mark.parametrize("size", [1.0, 1e-8])  # gradients are then as small as epsilon
def test_steps_are_those_of_torch(size):
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    ours, theirs = small_network(), small_network()
    adam = ExtrapolatedAdam(ours, 0.1, 0.5)
    reference = torch.optim.Adam(theirs.parameters(), betas=(0.5, 0.95))
    last = None
    for factor in (0.3, 1.0, 0.7, 0.0):
        adam.minimize(size * loss_of(ours, x), factor)
        reference.param_groups[0]["lr"] = factor * 0.1
        gradients = torch.autograd.grad(size * loss_of(theirs, x), list(theirs.parameters()))
        last = last or gradients
        for weight, now, before in zip(theirs.parameters(), gradients, last, strict=True):
            weight.grad = now + 0.5 * (now - before)
        last = gradients
        reference.step()
        for weight, expected in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(weight, expected)


class InTwoHalves(nn.Module):
    """A linear map whose weight is joined from two: their gradients are columns of one matrix."""

    def __init__(self, weight):
        super().__init__()
        self.halves = nn.ParameterList(half.clone() for half in weight.chunk(2, dim=1))

    def forward(self, x):
        return x @ torch.cat(list(self.halves), dim=1).T


def test_gradients_may_lie_in_memory_as_they_like():
    generator = torch.Generator().manual_seed(0)
    x, weight = torch.randn(5, 4, generator=generator), torch.randn(3, 4, generator=generator)
    joined, whole = InTwoHalves(weight.clone()), nn.Linear(4, 3, bias=False)
    whole.weight.data.copy_(weight)
    for network in (joined, whole):
        adam = ExtrapolatedAdam(network, 0.1, 0.9)
        for _ in range(3):
            adam.minimize(loss_of(network, x), 1.0)
    torch.testing.assert_close(torch.cat(list(joined.halves), dim=1), whole.weight)


def test_weights_may_have_one_gradient_in_memory():
    class Offsets(nn.Module):
        """Both offsets have the same gradient, and autograd hands out one tensor for both."""

        def __init__(self):
            super().__init__()
            self.offsets = nn.ParameterList(torch.zeros(3) for _ in range(2))

        def forward(self, x):
            return x + (self.offsets[0] + self.offsets[1])

    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    network, alone = Offsets(), nn.ParameterList([torch.zeros(3)])
    adam, expected = ExtrapolatedAdam(network, 0.1, 0.9), ExtrapolatedAdam(alone, 0.1, 0.9)
    for _ in range(4):
        adam.minimize(loss_of(network, x), 1.0)
        expected.minimize((x + 2 * alone[0]).square().sum() / 2, 1.0)
        for offset in network.offsets:
            torch.testing.assert_close(offset, alone[0])


def test_a_weight_without_a_part_in_the_loss_stays():
    network = nn.ModuleList([small_network(), small_network()])
    before = network[1].weight.clone()
    ExtrapolatedAdam(network, 0.1, 0.9).minimize(loss_of(network[0], torch.ones(1, 3)), 1.0)
    assert torch.equal(network[1].weight, before)


def test_an_optimiser_goes_on_from_the_state_of_another():
    x = torch.ones(1, 3)
    first = small_network()
    adam = ExtrapolatedAdam(first, 0.1, 0.9)
    for _ in range(3):
        adam.minimize(loss_of(first, x), 1.0)
    second = small_network()
    second.load_state_dict(first.state_dict())
    twin = ExtrapolatedAdam(second, 0.1, 0.9)
    twin.load_state_dict(adam.state_dict())
    for network, optimizer in ((first, adam), (second, twin), (first, adam), (second, twin)):
        optimizer.minimize(loss_of(network, x), 1.0)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
