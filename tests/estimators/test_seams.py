"""What is to come is a new file: here a term, a kind of features and a prior in a test file."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from sklearn.utils import check_random_state

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.estimators._fitted_features import FittedPlaces
from aae_sklearn.estimators._starting import FreshStart
from aae_sklearn.estimators._training import make_feed, make_recipe, make_trainer
from aae_sklearn.game._early_stopping import NeverStops
from aae_sklearn.game._history import as_lists
from aae_sklearn.game._loop import train
from aae_sklearn.game._step import Trainer
from aae_sklearn.model._model import Model
from aae_sklearn.priors import Prior
from aae_sklearn.rows._inputs import Features
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings._resolve import resolve_config
from tests import core_oracles

CPU = torch.device("cpu")
N_EPOCHS = 60


def small_run():
    return Run(CPU, torch.float32, Randomness(np.random.RandomState(0), CPU), threading.Event())


# --- three things that the package does not know ------------------------------------------


@dataclass(frozen=True)
class SameLabel:
    """A term: codes of rows with one label are to be near each other's mean."""

    labels: torch.Tensor
    weight: float
    name: str = "same_label"

    def __call__(self, batch, latent):
        labels = self.labels[batch.index]
        means = torch.stack([latent.z[labels == label].mean(dim=0) for label in range(10)])
        near = labels < 10
        return (latent.z - means.nan_to_num()[labels])[near].square().sum(dim=1).mean()


class Triangle(Prior):
    """A prior: the sum of two uniform numbers in each coordinate."""

    def sample(self, n_samples, n_components, random_state=None):
        return (
            check_random_state(random_state)
            .uniform(-1, 1, (2, n_samples, n_components))
            .sum(axis=0)
        )


class Ranks(Features):
    """Features: which of a row's numbers are large, whatever their unit."""

    def __init__(self, n_kept):
        super().__init__()
        self.n_kept = n_kept

    def reader(self):
        def read(some):
            ranks = np.asarray(some).argsort(axis=1, kind="stable").argsort(axis=1)
            shares = ranks[:, : self.n_kept] / ranks.shape[1] - 0.5
            return torch.from_numpy(np.float32(12**0.5 * shares))  # of variance 1

        return read

    def pack(self, packer, name):
        return {"n_kept": self.n_kept}

    def fitted_again(self, rows, inputs, config, prior, run):
        return self

    def block_rows(self, device):
        return 100


# --- and what trains them -----------------------------------------------------------------


@pytest.fixture(scope="module")
def labels():
    from sklearn.datasets import load_digits

    return torch.from_numpy(load_digits().target[:300])


def untrained(rows, prior):
    """The paper's model of these rows, put together and not trained."""
    small = {"hidden_layer_sizes": 16, "discriminator_layer_sizes": 16, "neighbor_weight": 0}
    params = AdversarialAutoencoder(batch_size=100, max_iter=N_EPOCHS, **small)
    config = resolve_config(params.get_params(deep=False), rows)
    return FreshStart().model(rows, config, prior, small_run())


def fit(model, rows, more_terms=()):
    """Train a model with terms beside its own; what each epoch amounted to."""
    run, n_rows = small_run(), len(rows)
    recipe = make_recipe(model, n_rows)
    plain = make_trainer(model, recipe, recipe.schedule(3 * N_EPOCHS), run)
    trainer = Trainer(
        model.networks,
        plain.encode,
        [*plain.terms, *more_terms],
        plain.games,
        clock=plain.clock,
        rate=0.01,
        precision=torch.float32,
    )
    feed = make_feed(model, rows, FittedPlaces(model.read_features(rows)), run, N_EPOCHS)
    return as_lists(train(trainer, feed, N_EPOCHS, [], NeverStops(), run).records)


def scatter(codes, labels):
    """Variance within labels over that of all codes."""
    within = [codes[labels == label].var(axis=0) for label in range(10)]
    return float(np.mean(within) / codes.var(axis=0).mean())


def test_a_new_term_is_trained_and_recorded_by_its_name(train, labels):
    models = [untrained(train, Triangle()) for _ in range(2)]
    plain = fit(models[0], train)
    history = fit(models[1], train, [SameLabel(labels, 1.0)])
    assert "same_label" not in plain
    assert len(history["same_label"]) == N_EPOCHS
    assert history["same_label"][-1] < 0.8 * history["same_label"][0]
    assert history.keys() - plain.keys() == {"same_label"}
    of_plain, of_labels = (scatter(model.encode(train), labels.numpy()) for model in models)
    assert of_labels < 0.8 * of_plain


def test_codes_follow_a_new_prior(train):
    aae = AdversarialAutoencoder(
        prior=Triangle(),
        hidden_layer_sizes=16,
        layout_max_iter=40,
        max_iter=20,
        adversarial_weight=1,
        random_state=0,
    ).fit(train)
    samples = Triangle().sample(300, 2, 0)
    to_prior = core_oracles.energy_distance(aae.embedding_, samples)
    assert to_prior < core_oracles.energy_distance(1.5 * samples, samples)
    assert np.isfinite(aae.sample(5, random_state=0)).all()


def test_new_features_are_read_by_the_encoder(train):
    known = untrained(train, Triangle())
    features = Ranks(known.config.network.n_encoder_inputs)
    model = Model(
        known.config, known.inputs, features, known.networks, known.moments, known.prior, CPU
    )
    history = fit(model, train)
    losses = history["reconstruction_loss"]
    assert losses[-1] < 0.9 * losses[0]
    assert model.explained_variance(train) > 0.1
    codes = model.encode(train)
    np.testing.assert_array_equal(codes[150:151], model.encode(train[150:151]))
    np.testing.assert_allclose(model.encode(3 * train), codes)  # ranks have no unit
