"""Where memory runs out, a step is the same in smaller pieces."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.game._pieces import Pieces
from aae_sklearn.game._terms import Latent
from aae_sklearn.layout import _forces
from tests.game.small import batch_of, small_trainer

HALVED = "out of memory; going on with chunks of"


class Cramped(nn.Module):
    """A network on a device that has memory for the layers of some rows only."""

    def __init__(self, network, most_rows, at_call=0):
        super().__init__()
        self.network = network
        self.most_rows = most_rows
        self.at_call = at_call
        self.n_calls = 0

    def forward(self, x):
        self.n_calls += 1
        if torch.is_grad_enabled() and len(x) > self.most_rows and self.n_calls > self.at_call:
            raise torch.cuda.OutOfMemoryError("stand-in")
        return self.network(x)


def trainer_of(encoder, draws=True):
    """A trainer whose steps draw noise for a universal encoder and for the game."""
    trainer = small_trainer(encoder=encoder)
    generator = trainer.games[0].generator
    networks = trainer.networks
    trainer.encode = lambda h: Latent(networks.encoder.draw(h, generator))
    return trainer, generator


def cramped(trainer, generator, encoder_rows=8, decoder_rows=8):
    networks = trainer.networks
    networks.encoder.body = Cramped(networks.encoder.body, encoder_rows)
    decoder = Cramped(networks.decoder, decoder_rows)
    trainer.terms[0].__dict__["decoder"] = decoder
    trainer.pieces = Pieces([networks.encoder.body, decoder], generator)
    return trainer


def steps(trainer, n_steps=3):
    return [{k: v.item() for k, v in trainer.step(batch_of()).items()} for _ in range(n_steps)]


@pytest.mark.parametrize(
    "memory",
    [{"encoder_rows": 3}, {"decoder_rows": 3}, {"encoder_rows": 4, "decoder_rows": 1}],
    ids=["encoder", "decoder", "both"],
)
@pytest.mark.parametrize("encoder", ["deterministic", "gaussian", "universal"])
def test_steps_are_the_same_in_pieces(encoder, memory):
    whole, generator = trainer_of(encoder)
    expected = steps(whole)
    parts = cramped(*trainer_of(encoder), **memory)
    with pytest.warns(SmallerChunksWarning, match=HALVED) as warned:
        found = steps(parts)
    assert len(warned) == {3: 2, 1: 3}[min(memory.values())]  # 8 are halved, once for all steps
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-5)
    weights = zip(parts.networks.parameters(), whole.networks.parameters(), strict=True)
    for one, other in weights:
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert parts.games[0].optimizer.steps[0] == 3  # no step of the discriminator was done twice
    assert torch.equal(parts.games[0].generator.get_state(), generator.get_state())


def test_with_enough_memory_nothing_is_cut():
    trainer, generator = trainer_of("universal")
    twin = cramped(*trainer_of("universal"))
    assert steps(trainer) == steps(twin)
    assert torch.equal(generator.get_state(), twin.games[0].generator.get_state())


def test_a_small_batch_does_not_cut_later_ones():
    trainer = cramped(*trainer_of("deterministic"), decoder_rows=4)
    with pytest.warns(SmallerChunksWarning):
        steps(trainer, 1)
    trainer.pieces.run(lambda: None, 2)
    assert trainer.pieces._most_rows == 4


def test_modules_are_as_they_were():
    trainer = cramped(*trainer_of("deterministic"), decoder_rows=2)
    body = trainer.networks.encoder.body
    wrapped = body.forward = lambda x: Cramped.forward(body, x)  # as a user's compiler does
    with pytest.warns(SmallerChunksWarning):
        steps(trainer, 1)
    assert vars(body).pop("forward") is wrapped
    assert all("forward" not in vars(module) for module in trainer.networks.modules())


def test_a_single_row_that_does_not_fit_is_an_error():
    trainer = cramped(*trainer_of("deterministic"), decoder_rows=0)
    with pytest.warns(SmallerChunksWarning), pytest.raises(torch.cuda.OutOfMemoryError):
        trainer.step(batch_of())


def test_batch_normalisation_is_not_cut():
    trainer, generator = trainer_of("deterministic")
    trainer = cramped(trainer, generator, encoder_rows=3)
    trainer.networks.encoder.body.network.append(nn.BatchNorm1d(2))
    trainer.pieces = Pieces([trainer.networks.encoder.body], generator)
    with pytest.raises(torch.cuda.OutOfMemoryError, match="stand-in"):
        trainer.step(batch_of())


def cramped_decoder(n_features, n_components):
    torch.manual_seed(0)
    return Cramped(nn.Linear(n_components, n_features), 20, at_call=5)


def roomy_decoder(n_features, n_components):
    torch.manual_seed(0)
    return Cramped(nn.Linear(n_components, n_features), 10**9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::aae_sklearn.exceptions.ParameterWithoutEffectWarning")
def test_a_fit_goes_on_to_the_same_map():
    rows = np.random.RandomState(0).uniform(size=(100, 6))
    params = {"neighbor_weight": 0, "max_iter": 8, "batch_size": 50, "random_state": 0}
    params |= {"precision": "float32", "discriminator_layer_sizes": (8,), "device": "cpu"}
    whole = AdversarialAutoencoder(decoder_factory=roomy_decoder, **params).fit(rows)
    with pytest.warns(SmallerChunksWarning, match=HALVED):
        parts = AdversarialAutoencoder(decoder_factory=cramped_decoder, **params).fit(rows)
    np.testing.assert_allclose(parts.embedding_, whole.embedding_, atol=1e-3)


def test_the_layout_compares_fewer_pairs_at_a_time(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    codes, others = (torch.randn(2, n, generator=generator) for n in (40, 9))
    expected = _forces._repulsion(codes, others)
    whole = _forces._repulsion_by

    def cramped_repulsion(codes, others, block):
        if block > 100:
            raise torch.cuda.OutOfMemoryError
        return whole(codes, others, block)

    monkeypatch.setattr(_forces, "_repulsion_by", cramped_repulsion)
    with pytest.warns(SmallerChunksWarning, match=HALVED):
        found = _forces._repulsion(codes, others)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_copies_of_trained_networks_are_whole():
    trainer = cramped(*trainer_of("deterministic"), encoder_rows=3)
    with pytest.warns(SmallerChunksWarning):
        steps(trainer, 1)
    copy.deepcopy(trainer.networks).encoder(torch.zeros(2, 6))
