"""What trains a model follows from its config."""

import threading
import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from aae_sklearn import AdversarialAutoencoder, load
from aae_sklearn.estimators import _recipes
from aae_sklearn.estimators._starting import FreshStart
from aae_sklearn.estimators._training import (
    fitted_features,
    make_feed,
    make_recipe,
    make_trainer,
    spread_of,
)
from aae_sklearn.game._noise import input_noise_spread
from aae_sklearn.game._schedules import PlannedSchedule
from aae_sklearn.game._terms import Batch
from aae_sklearn.priors import NormalPrior, SpherePrior
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._resolve import resolve_config
from tests import core_oracles

CPU = torch.device("cpu")
X = np.random.RandomState(0).uniform(size=(60, 6)) * [9, 4, 2, 1, 1, 1]


ALL = torch.arange(len(X))


def two_layers(n_features, n_components):
    return torch.nn.Sequential(torch.nn.Linear(n_components, 5), torch.nn.Linear(5, n_features))


def small_run():
    return Run(CPU, torch.float32, Randomness(np.random.RandomState(0), CPU), threading.Event())


def small_model(rows=X, prior=None, **params):
    """A model before its training."""
    small = {"hidden_layer_sizes": 5, "discriminator_layer_sizes": 5, "layout_max_iter": 2}
    aae = AdversarialAutoencoder(**{"neighbor_weight": 0, **small, **params})
    config = resolve_config(aae.get_params(deep=False), rows)
    return FreshStart().model(rows, config, prior or NormalPrior(), small_run())


def train_small(model, n_rows=60):
    """What would train a model of so many rows."""
    return make_trainer(model, make_recipe(model, n_rows), PlannedSchedule(100), small_run())


def trainer_of(**params):
    return train_small(small_model(**params))


@pytest.mark.parametrize("neighbor_weight", [0, 1])
@pytest.mark.parametrize(
    ("n_components", "weights"),
    [
        (1, {"reconstruction_loss": 1, "encoder_loss": 0.5}),
        (2, {"reconstruction_loss": 1, "encoder_loss": 0.5}),
        (3, {"reconstruction_loss": 1, "encoder_loss": 1 / 3, "kernel_distance": 1 / 3}),
        (32, {"reconstruction_loss": 1, "encoder_loss": 1 / 32, "kernel_distance": 30 / 32}),
    ],
)
def test_the_game_is_played_in_every_model_and_wide_codes_are_pulled_too(
    n_components, weights, neighbor_weight
):
    trainer = trainer_of(n_components=n_components, neighbor_weight=neighbor_weight)
    found = {term.name: term.weight for term in trainer.terms}
    of_maps = {"shear", "sliced_distance"} | ({"disarrangement"} if n_components > 1 else set())
    assert found.keys() - weights.keys() == (of_maps if neighbor_weight else set())
    assert {name: found[name] for name in weights} == pytest.approx(weights)
    assert [game.name for game in trainer.games] == ["discriminator_loss"]
    assert trainer.games[0].discriminator is trainer.networks.discriminators["codes"]


@pytest.mark.parametrize("n_components", [2, 200])
def test_without_weight_nothing_pulls_to_the_prior(n_components):
    trainer = trainer_of(n_components=n_components, adversarial_weight=0)
    assert [term.name for term in trainer.terms] == ["reconstruction_loss"]
    assert list(trainer.games) == []
    assert trainer.terms[0].read.share == 0
    of_map = trainer_of(neighbor_weight=1, adversarial_weight=0)
    assert [term.name for term in of_map.terms] == ["reconstruction_loss", "shear"]
    assert list(of_map.games) == []


def test_weights_are_in_units_of_the_users():
    trainer = trainer_of(n_components=5, adversarial_weight=2.0)
    assert [term.weight for term in trainer.terms] == [1, 2, 6]


@pytest.mark.parametrize(
    ("n_components", "share"), [(2, 0), (32, 0), (64, 0.125), (200, 0.25 * (1 - 32 / 200))]
)
def test_some_wide_codes_get_the_end_of_a_sample(n_components, share):
    assert trainer_of(n_components=n_components).terms[0].read.share == pytest.approx(share)


@pytest.mark.parametrize("feature_scaling", ["common", "per_feature"])
def test_the_baseline_is_the_loss_of_the_mean_row(feature_scaling):
    model = small_model(feature_scaling=feature_scaling, n_components=6)
    x = model.inputs.read_all(X).numpy()
    trainer = train_small(model)
    expected = core_oracles.squared_error(x, np.zeros_like(x))
    assert trainer.terms[0].baseline == pytest.approx(expected, rel=1e-4)


def test_the_baseline_is_in_units_of_the_inputs():
    """Ten inputs hold all that varies of 200 features, and are scaled to a variance of about 1."""
    rng = np.random.RandomState(0)
    rows = rng.standard_normal((80, 5)) @ rng.standard_normal((5, 200))
    model = small_model(rows, n_components=1)
    x = model.inputs.read_all(rows).numpy()
    assert x.shape == (80, 10)
    expected = core_oracles.squared_error(x, np.zeros_like(x))
    assert train_small(model).terms[0].baseline == pytest.approx(expected, rel=1e-4)


def test_rates_are_the_users():
    trainer = trainer_of(learning_rate_init=0.3, discriminator_learning_rate_init=0.7)
    assert trainer.optimizer.rate == 0.3
    assert trainer.games[0].optimizer.rate == 0.7


def test_games_and_optimisers_have_one_clock():
    trainer = trainer_of()
    assert all(game.clock is trainer.clock for game in trainer.games)


@pytest.mark.parametrize("n_rows", [600, 60_000])
@pytest.mark.parametrize(("params", "n_held"), [({}, 8), ({"encoder_factory": nn.Linear}, 0)])
def test_noise_is_what_so_many_rows_and_such_codes_need(monkeypatch, n_rows, params, n_held):
    noises, model = [], small_model(n_components=8, **params)
    monkeypatch.setattr(_recipes, "InputNoise", lambda *args: noises.append(args))
    train_small(model, n_rows)
    [(spread, _, found)] = noises
    assert (spread, found) == (input_noise_spread(n_rows, 8), n_held)


def test_the_encoder_reads_noisy_inputs_in_training_only():
    trainer = trainer_of()
    h = torch.from_numpy(np.float32(X))
    assert not torch.equal(trainer.encode(h).z, trainer.encode(h).z)
    encoder = trainer.networks.encoder
    assert torch.equal(encoder(h), encoder(h))


@pytest.mark.parametrize("encoder", ["deterministic", "gaussian", "universal"])
def test_the_encoder_of_a_map_reads_places_without_noise(encoder):
    model = small_model(neighbor_weight=1, encoder=encoder)
    trainer = train_small(model)
    h = model.read_features(X)
    first, second = trainer.encode(h).z, trainer.encode(h).z
    assert torch.equal(first, second) == (encoder != "gaussian")  # others start with no noise
    torch.testing.assert_close(model.networks.encoder(h), h)


def test_codes_in_training_are_where_the_prior_has_its_own():
    prior = SpherePrior()
    model = small_model(prior=prior, neighbor_weight=1, n_components=3)
    trainer = train_small(model)
    z = trainer.encode(torch.randn(9, 3)).z
    torch.testing.assert_close(prior.project(z), z)


def test_the_fewer_the_rows_the_more_a_map_is_held_together():
    """Numbers of notes/training.md, "One model"."""
    model = small_model(neighbor_weight=1)
    n_rows = model.features.n_references
    assert n_rows == len(X)
    trainer, recipe = train_small(model), make_recipe(model, 1)
    reconstruction, shear, _, sliced, disarrangement = trainer.terms
    assert shear.weight == pytest.approx(1000 / n_rows**1.5)
    assert shear.scale == model.features.mode_scale
    assert sliced.weight == pytest.approx(40 * 0.5)
    assert disarrangement.weight == pytest.approx(0.8 * 0.5)
    assert sliced.n_axes == 8
    assert reconstruction.read.spread == pytest.approx(1.5 / n_rows**0.5)
    assert recipe.schedule(100).blur(100) == recipe.endless_schedule().blur(10**5) == 0.4


@pytest.mark.parametrize("params", [{}, {"n_components": 5}, {"parametric": True}])
def test_few_rows_of_many_columns_are_read_along_directions_that_last(params, tmp_path):
    rng = np.random.RandomState(0)
    rows = rng.standard_normal((80, 3)) @ rng.standard_normal((3, 900))
    rows += rng.standard_normal(rows.shape)
    aae = AdversarialAutoencoder(max_iter=30, random_state=0, **params).fit(rows)
    model = aae._model
    assert model.config.network.n_inputs == model.inputs.rotation.n_outputs(900) == 10
    assert model.networks.decoder[-1].out_features == 10
    if model.has_references:  # neighbours are sought along more
        assert model.features.search.coordinates.inputs.rotation.n_outputs(900) == 50
    aae.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").transform(rows), aae.embedding_)
    aae.set_params(warm_start=True).fit(rows)
    assert aae._model.config.network.n_inputs == 10


@pytest.mark.parametrize("parametric", [False, True])
def test_few_rows_of_noise_are_decoded_with_more_noise(parametric):
    rows = np.random.RandomState(0).standard_normal((600, 30))
    model, run = small_model(rows, neighbor_weight=1, parametric=parametric), small_run()
    features = fitted_features(model, rows, run)
    spread = spread_of(features, make_feed(model, rows, features, run, n_passes=1))
    assert spread > 2 * defaults.JITTER_SPREAD / len(rows) ** 0.5
    assert make_recipe(model, len(rows), spread).spread == spread
    assert make_recipe(model, len(rows), 1e-3).spread == pytest.approx(1.5 / len(rows) ** 0.5)


@pytest.mark.parametrize(("neighbor_weight", "most"), [(0, 5_000), (1, 59)])
def test_rows_that_are_not_laid_out_or_many_say_nothing_of_it(monkeypatch, neighbor_weight, most):
    monkeypatch.setattr(defaults, "SMOOTHED_ROWS", (3, most))
    model, run = small_model(neighbor_weight=neighbor_weight), small_run()
    features = fitted_features(model, X, run)
    assert spread_of(features, make_feed(model, X, features, run, n_passes=1)) == 0


@pytest.mark.parametrize(
    ("metric", "parametric", "points"),
    [
        ("euclidean", False, "x"),
        ("cosine", False, "h"),
        ("chebyshev", False, "h"),
        ("euclidean", True, "x"),
        ("cosine", True, "h"),
    ],
)
def test_codes_are_arranged_as_rows_or_as_places_under_another_metric(metric, parametric, points):
    trainer = trainer_of(neighbor_weight=1, metric=metric, parametric=parametric)
    (term,) = (term for term in trainer.terms if term.name == "disarrangement")
    x, h, z_prior = torch.ones(3, 5), torch.arange(12.0).view(3, 4), torch.ones(3, 2)
    batch = Batch(torch.arange(3), x, h, z_prior)
    assert torch.equal(term.points(batch), x if points == "x" else h[:, 2:])


def test_of_many_rows_noise_in_the_game_falls_with_the_root_of_their_number(monkeypatch):
    recipe = make_recipe(small_model(neighbor_weight=1), 1)
    recipe.n_rows = 8_000
    assert recipe.schedule(100).blur(100) == pytest.approx(0.2)


@pytest.mark.parametrize(("n_rows", "weights"), [(20_000, [0.8 * 0.5 / 10]), (20_001, [])])
def test_many_rows_are_arranged_by_their_layout(n_rows, weights):
    recipe = make_recipe(small_model(neighbor_weight=1), 1)
    recipe.n_rows = n_rows
    found = [term.weight for term in recipe.match(None, None) if term.name == "disarrangement"]
    assert found == pytest.approx(weights)


def last_layer(model):
    return model.networks.decoder[-1].weight.detach().clone()


def finished(rows=X, **params):
    """Whether the end of a training leaves the decoder, and how many times the loss was larger."""
    model, run = small_model(rows, **params), small_run()
    before, recipe = last_layer(model), make_recipe(model, len(X))
    feed = make_feed(model, rows, fitted_features(model, rows, run), run, n_passes=9)
    trainer = make_trainer(model, recipe, PlannedSchedule(9), run)

    def loss():
        (batch,) = feed.epoch(ALL)
        return trainer.terms[0](batch, trainer.encode(batch.h)).item()

    first = loss()
    recipe.finish(trainer, model, feed, run)
    return torch.equal(before, last_layer(model)), first / loss()


def test_the_last_layer_of_a_maps_decoder_is_solved():
    stays, gain = finished(neighbor_weight=1)
    assert not stays
    assert gain > 1.05


def test_the_ridge_of_the_last_layer_falls_with_the_number_of_rows(monkeypatch):
    ridges = []
    monkeypatch.setattr(
        _recipes, "solve_last_layer", lambda decoder, parts, ridge: ridges.append(ridge)
    )
    finished(neighbor_weight=1)
    assert ridges == [pytest.approx(6 / len(X))]


def test_few_rows_are_decoded_with_other_noise_each_time(monkeypatch):
    read = []
    monkeypatch.setattr(
        _recipes, "solve_last_layer", lambda decoder, parts, ridge: read.extend(parts[0][1])
    )
    finished(neighbor_weight=1)
    sizes = {len(codes) for codes, _ in read}
    assert sizes == {1_024 // len(X) * len(X)}
    assert sum(len(codes) for codes, _ in read) >= 8_192
    codes, targets = (torch.cat(parts) for parts in zip(*read, strict=True))
    assert len(torch.unique(targets, dim=0)) == len(X)
    assert len(torch.unique(codes, dim=0)) == len(codes)


def test_many_rows_are_read_together(monkeypatch):
    monkeypatch.setattr(defaults, "SOLVED_TOGETHER", 25)
    monkeypatch.setattr(defaults, "SOLVED_MIN_ROWS", 50)
    read = []
    monkeypatch.setattr(
        _recipes, "solve_last_layer", lambda decoder, parts, ridge: read.extend(parts[0][1])
    )
    finished(neighbor_weight=1)  # 60 rows, of which ten sit out
    assert [len(codes) for codes, _ in read] == [25, 25]
    assert len(torch.unique(torch.cat([x for _, x in read]), dim=0)) == 50


@pytest.mark.parametrize(
    "params",
    [
        {"neighbor_weight": 0},
        {"neighbor_weight": 1, "reconstruction_loss": "log_loss"},
        {"neighbor_weight": 1, "decoder_factory": two_layers},
        {"neighbor_weight": 1, "hidden_layer_sizes": ()},
    ],
    ids=["game", "log loss", "own", "linear"],
)
def test_other_last_layers_are_trained_only(params):
    assert finished(rows=X / 9, **params)[0]


@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_a_batch_has_the_features_that_the_model_would_read(neighbor_weight):
    model = small_model(neighbor_weight=neighbor_weight)
    feed = make_feed(model, X, fitted_features(model, X, small_run()), small_run(), n_passes=9)
    batch = next(iter(feed.epoch(torch.arange(len(X)).flip(0))))
    expected = model.read_features(X[batch.index])
    torch.testing.assert_close(batch.h, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(batch.x, model.inputs.read_all(X)[batch.index])
    assert batch.z_prior.shape == (len(batch.index), 2)


@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_codes_of_fitted_rows_are_those_of_the_model(neighbor_weight):
    model = small_model(neighbor_weight=neighbor_weight)
    features = fitted_features(model, X, small_run())
    np.testing.assert_array_equal(features.codes(model, X), model.encode(X))
    more = np.concatenate([X, X[:7] + 0.1])
    np.testing.assert_array_equal(features.codes(model, more), model.encode(more))


@pytest.mark.parametrize(
    ("encoder", "prior", "n_components", "is_there"),
    [
        ("gaussian", "normal", 21, True),
        ("gaussian", "student_t", 21, True),
        ("gaussian", "sphere", 21, False),  # to the networks it is not normal
        ("gaussian", "normal", 20, False),
        ("deterministic", "normal", 21, False),
    ],
)
def test_gaussian_posteriors_are_kept_near_a_normal_prior(encoder, prior, n_components, is_there):
    X = np.random.RandomState(0).standard_normal((40, 5))
    params = {"hidden_layer_sizes": 4, "neighbor_weight": 0, "max_iter": 1, "random_state": 0}
    aae = AdversarialAutoencoder(n_components, encoder=encoder, prior=prior, **params)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        aae.fit(X)
    assert ("divergence" in aae.history_) == is_there
    assert ("radial_distance" in aae.history_) == is_there


def test_a_divergence_makes_needless_components_noise():
    """Two directions hold all the rows' variance; the other components are left to be noise."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((400, 2)) @ rng.standard_normal((2, 6))
    params = {"hidden_layer_sizes": 32, "neighbor_weight": 0, "random_state": 0}
    aae = AdversarialAutoencoder(24, encoder="gaussian", max_iter=150, **params).fit(X)
    spread = np.sort(aae.transform(X).std(axis=0))
    assert (spread[:18] < 0.2).all()
    assert (spread[-2:] > 0.7).all()
