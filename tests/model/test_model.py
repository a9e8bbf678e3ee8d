"""A trained model, chunk by chunk; bitwise invariances are in test_reproducibility.py."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.model._model import Model
from aae_sklearn.rows._inputs import Projection
from aae_sklearn.runtime._chunks import chunk_rows
from aae_sklearn.settings import _defaults as defaults
from tests import core_oracles
from tests.conftest import MAP

CPU = torch.device("cpu")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def model(fitted):
    return fitted._model.to(CPU)


def test_codes_and_rows_are_what_features_and_networks_say(model, held_out):
    networks = model.networks.eval()
    with torch.no_grad():
        h = model.features.reader()(held_out)
        codes = networks.encoder(h)
        decoded = networks.decoder(codes)
    torch.testing.assert_close(model.read_features(held_out), h)
    np.testing.assert_allclose(model.encode(held_out), codes, atol=1e-5)
    np.testing.assert_array_equal(model.encode_features(h), model.encode(held_out))
    np.testing.assert_allclose(
        model.decode(codes.double().numpy()), model.inputs.restore(decoded), atol=1e-3
    )


def test_the_papers_encoder_reads_principal_components(make_aae, train):
    model = make_aae(device="cpu").fit(train)._model
    h = model.read_features(train).numpy()
    centred = train - train.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2]
    n_inputs = h.shape[1]
    unit = np.sqrt(train.var(axis=0).mean()) / np.sqrt(n_inputs / train.shape[1])
    np.testing.assert_allclose(
        np.abs(h[:, :9]), np.abs(centred @ directions[:9].T) / unit, atol=1e-3
    )


def test_the_encoder_of_a_map_adds_to_a_place(make_aae, train):
    model = make_aae(**MAP, device="cpu", max_iter=20).fit(train)._model
    h = model.read_features(train)
    with torch.no_grad():
        added = model.networks.encoder.body.body(h)
    np.testing.assert_allclose(model.encode(train), h + added, atol=1e-5)
    assert 0.01 < added.abs().max() < 1


@pytest.mark.parametrize("prior", ["uniform", "cauchy", "ball", "sphere"])
@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
def test_codes_are_in_the_space_of_the_prior(make_aae, train, prior, params):
    aae = make_aae(prior=prior, **params).fit(train)
    model = aae._model
    working = model.encode_working(train)
    np.testing.assert_array_equal(aae.embedding_, aae.prior_.from_working(working))
    np.testing.assert_allclose(model.prior.to_working(aae.embedding_), working, atol=1e-4)
    if prior == "sphere":
        np.testing.assert_allclose(np.linalg.norm(aae.embedding_, axis=1), 1, rtol=1e-6)


def test_log_loss_decodes_probabilities(make_aae, train):
    aae = make_aae(reconstruction_loss="log_loss", device="cpu").fit(train / 16)
    model = aae._model
    with torch.no_grad():
        logits = model.networks.decoder(torch.tensor([[0.3, -0.2]]))
    expected = 1 / (1 + np.exp(-logits.numpy()))
    np.testing.assert_allclose(model.decode(np.array([[0.3, -0.2]])), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_explained_variance_equals_its_slow_twin(model, held_out, train, monkeypatch, kind):
    expected = core_oracles.explained_variance(
        held_out, model.decode(model.encode(held_out)), train.mean(axis=0)
    )
    assert model.explained_variance(kind(held_out)) == pytest.approx(expected)
    monkeypatch.setattr(defaults, "SCORED_BLOCK_ROWS", 50)
    assert model.explained_variance(kind(held_out)) == pytest.approx(expected)
    # Products of other shapes round differently.
    monkeypatch.setattr(defaults, "CHUNK_ROWS", 1)
    assert model.explained_variance(kind(held_out)) == pytest.approx(expected, rel=1e-3)


def test_no_code_is_decoded_twice_for_wide_rows(make_aae, monkeypatch):
    rows = np.random.RandomState(0).standard_normal((300, 3000)).astype("f4")
    model = make_aae().fit(rows)._model
    decoded = []
    decode = model.networks.decoder.forward
    monkeypatch.setattr(
        model.networks.decoder, "forward", lambda u: decoded.append(len(u)) or decode(u)
    )
    model.explained_variance(rows)
    assert sum(decoded) == 2 * chunk_rows(CPU)


def test_explained_variance_of_the_mean_row_alone(model):
    mean = model.moments.mean[None, :]
    assert model.explained_variance(mean) == 0

    class MeanRow(Model):
        def decode(self, codes):
            return np.repeat(mean, len(codes), axis=0)

    parts = {field.name: getattr(model, field.name) for field in fields(Model)}
    assert MeanRow(**parts).explained_variance(mean) == 1


def test_copy_can_be_trained_on_alone(model, held_out):
    codes = model.encode(held_out)
    twin = model.copy()
    decoded = model.decode(codes)
    with torch.no_grad():
        for weight in twin.networks.parameters():
            weight.add_(1)
    np.testing.assert_array_equal(model.encode(held_out), codes)
    np.testing.assert_array_equal(model.decode(codes), decoded)
    assert np.any(twin.decode(codes) != decoded)


def test_move_to_where_it_is_changes_nothing(model):
    assert model.to(CPU) is model


def test_move_leaves_the_original_where_it_was(model):
    moved = model.to(torch.device("meta"))
    assert {weight.device.type for weight in moved.networks.parameters()} == {"meta"}
    assert {weight.device.type for weight in model.networks.parameters()} == {"cpu"}
    assert moved.device.type == "meta"
    buffers = [*moved.inputs.buffers(), *moved.features.buffers()]
    assert {buffer.device.type for buffer in buffers} == {"meta"}


def test_draws_follow_their_generator(make_aae, train):
    model = make_aae(encoder="gaussian", device="cpu").fit(train)._model
    first, same, other = (
        model.draw(train, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert np.any(first != other)


def test_unpickling_moves_to_the_device_of_this_machine(fitted, monkeypatch):
    monkeypatch.setattr(
        "aae_sklearn.estimators._packing.resolve_device",
        lambda name: torch.device("meta" if name == "auto" else name),
    )
    twin = AdversarialAutoencoder()
    twin.__setstate__({**fitted.__getstate__(), "device": "auto"})
    assert twin._model.device.type == "meta"
    twin.__setstate__({**fitted.__getstate__(), "device": "cpu"})
    assert twin._model.device.type == "cpu"


def test_out_of_memory_gives_what_smaller_chunks_would(model, train, monkeypatch):
    expected = model.encode_working(train)
    project = Projection.__call__

    def fail_on_many(projection, x):
        if len(x) > 64:
            raise torch.cuda.OutOfMemoryError
        return project(projection, x)

    monkeypatch.setattr(Projection, "__call__", fail_on_many)
    with pytest.warns(SmallerChunksWarning):
        found = model.encode_working(train)
    np.testing.assert_allclose(found, expected, atol=1e-5)  # products of other shapes
