"""A parametric map: a network that reads rows and has learnt a layout."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder, metrics
from aae_sklearn.exceptions import ParameterWithoutEffectWarning
from tests.factories import linear_encoder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {
    "hidden_layer_sizes": (64, 64),
    "discriminator_layer_sizes": (16,),
    "layout_max_iter": 60,
    "max_iter": 150,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def parametric(train):
    return AdversarialAutoencoder(parametric=True, **SMALL).fit(train)


def test_it_keeps_most_of_the_neighbours_that_components_lose(parametric, train):
    kept, of_components = (
        metrics.trustworthiness(train, codes, n_neighbors=5)
        for codes in (parametric.embedding_, PCA(2).fit_transform(train))
    )
    assert 1 - kept < (1 - of_components) / 4


def test_it_holds_no_row(parametric, train):
    tensors = parametric._model.features.state_dict().values()
    assert all(len(tensor) != len(train) for tensor in tensors if tensor.ndim)
    assert parametric._model.features is parametric._model.inputs


def test_fitted_and_new_rows_have_one_function(parametric, train):
    np.testing.assert_array_equal(parametric.embedding_, parametric.transform(train))
    again = pickle.loads(pickle.dumps(parametric))
    np.testing.assert_array_equal(again.transform(train), parametric.embedding_)


def test_its_encoder_is_differentiable(parametric):
    network = parametric._model.networks.encoder.body
    x = torch.zeros(1, parametric._model.config.network.n_inputs, requires_grad=True)
    network(x).sum().backward()
    assert x.grad.abs().max() > 0


def test_imitation_and_game_are_in_the_history(parametric):
    assert parametric.history_["imitation"][-1] < parametric.history_["imitation"][0]
    assert len(parametric.history_["encoder_loss"]) == parametric.n_iter_


def test_a_users_network_with_neighbours_imitates_the_layout(train):
    params = SMALL | {"encoder_factory": linear_encoder, "max_iter": 5}
    own = AdversarialAutoencoder(neighbor_weight=1, **params).fit(train)
    assert own.history_["imitation"]
    assert isinstance(own._model.networks.encoder.body, torch.nn.Linear)


def test_warm_start_and_streams_go_on(train):
    params = SMALL | {"max_iter": 20}
    aae = AdversarialAutoencoder(parametric=True, warm_start=True, **params).fit(train)
    first = aae.history_["reconstruction_loss"]
    second = aae.fit(train).history_["reconstruction_loss"]
    assert second[0] < 0.8 * first[0]
    streamed = aae.partial_fit(train[:150]).partial_fit(train[150:])
    assert streamed.transform(train).shape == (300, 2)


@pytest.mark.parametrize("encoder", ["gaussian", "universal"])
def test_stochastic_encoders_can_be_taught(train, encoder):
    params = SMALL | {"max_iter": 5, "encoder": encoder}
    aae = AdversarialAutoencoder(parametric=True, **params).fit(train)
    assert np.isfinite(aae.transform(train)).all()


def test_any_metric_can_teach(train):
    nearest = NearestNeighbors(n_neighbors=40).fit(train)
    given = nearest.kneighbors(train)[::-1]
    params = SMALL | {"max_iter": 3, "parametric": True}
    for metric, rows in [
        ("cosine", train),
        ("cityblock", train),
        (given, train),
        ("precomputed", pairwise_distances(train)),
    ]:
        aae = AdversarialAutoencoder(metric=metric, **params).fit(rows)
        assert np.isfinite(aae.transform(rows[:5])).all()


def test_it_has_no_effect_without_a_layout(train):
    with pytest.warns(ParameterWithoutEffectWarning, match="parametric has no effect"):
        AdversarialAutoencoder(40, parametric=True, max_iter=1, random_state=0).fit(train)


@pytest.mark.parametrize("n_rows", [2, 3, 5])
def test_few_rows(train, n_rows):
    params = SMALL | {"max_iter": 3, "parametric": True}
    assert AdversarialAutoencoder(**params).fit_transform(train[:n_rows]).shape == (n_rows, 2)


def test_it_can_be_computed_on_with_in_torch(parametric, train):
    rows = torch.tensor(train[:5], dtype=torch.float32, requires_grad=True)
    module = parametric.as_module("transform")
    codes = module(rows)
    assert module.differentiable
    np.testing.assert_allclose(codes.detach(), parametric.transform(train[:5]), atol=1e-5)
    codes.sum().backward()
    assert rows.grad.any()
