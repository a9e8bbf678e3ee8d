"""X to rows, parameters to a config with nothing left open."""

import dataclasses

import numpy as np
import pytest

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.settings._defaults import UPDATES_OF_MAP
from aae_sklearn.settings._resolve import check_unit_interval, n_validation_rows, resolve_config


def config_of(n_rows=1000, n_features=20, **params):
    aae = AdversarialAutoencoder(**params)
    return resolve_config(aae.get_params(deep=False), np.zeros((n_rows, n_features)))


@pytest.mark.parametrize("n_rows", [2, 3, 50, 64, 1000, 70_000])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_auto_trains_a_map_for_its_updates_in_whole_batches(n_rows, early_stopping):
    if n_rows == 2 and early_stopping:
        pytest.skip("too few rows to hold one out")
    config = config_of(n_rows, early_stopping=early_stopping)
    n_training = n_rows - (n_validation_rows(n_rows, 0.1) if early_stopping else 0)
    assert 1 <= config.batch_size <= n_training
    assert config.n_rows == min(n_training, 60_000)
    n_batches = config.n_rows // config.batch_size
    assert abs(config.n_epochs * n_batches - UPDATES_OF_MAP) <= n_batches / 2


@pytest.mark.parametrize(("n_rows", "n_updates"), [(500, 350), (8_000, 700), (64_000, 1370)])
def test_auto_trains_a_map_longer_for_more_rows_where_the_prior_has_a_shape(n_rows, n_updates):
    params = AdversarialAutoencoder().get_params(deep=False)
    config = resolve_config(params, np.zeros((n_rows, 20)), is_normal=False)
    n_batches = config.n_rows // config.batch_size
    assert abs(config.n_epochs * n_batches - n_updates) <= n_batches / 2


@pytest.mark.parametrize(
    ("n_rows", "n_components", "n_updates"),
    [
        (100, 2, 142),
        (1000, 1, 450),
        (10_000, 2, 713),
        (60_000, 2, 1021),
        (60_000, 32, 1214),
        (60_000, 200, 1361),
    ],
)
def test_auto_trains_the_papers_model_longer_for_more_rows_and_wider_codes(
    n_rows, n_components, n_updates
):
    config = config_of(n_rows, n_components=n_components, neighbor_weight=0)
    n_batches = n_rows // config.batch_size
    assert abs(config.n_epochs * n_batches - n_updates) <= n_batches / 2
    assert config.n_rows == n_rows


def test_auto_rates_fall_with_the_width_of_codes():
    for n_components, rate in [(1, 0.012), (2, 0.012), (32, 0.006), (512, 0.003)]:
        config = config_of(n_components=n_components)
        assert config.learning_rate == pytest.approx(rate)
        assert config.discriminator_learning_rate == pytest.approx(rate)
    assert config_of(discriminator_learning_rate_init=0.1).discriminator_learning_rate == 0.1


@pytest.mark.parametrize("n_rows", [10**6, 10**7])
def test_auto_trains_on_rows_that_its_updates_can_read(n_rows):
    config = config_of(n_rows, neighbor_weight=0)
    assert config.n_epochs == 1
    n_updates = config.n_rows / config.batch_size
    assert n_updates == round(450 * (n_rows / 1000) ** 0.2)


def test_auto_trains_on_no_fewer_rows_in_small_batches():
    small, large = (config_of(10**6, neighbor_weight=0, batch_size=size) for size in (32, 4096))
    assert small.n_rows == large.n_rows
    assert small.n_epochs == 1
    assert large.n_epochs == 16


def test_epochs_that_the_user_counts_are_of_all_rows():
    assert config_of(10**6, neighbor_weight=0, max_iter=1).n_rows == 10**6


def test_auto_batches_grow_with_the_rows():
    rows = (100, 1000, 10_000, 100_000)
    sizes = [config_of(n_rows, neighbor_weight=0).batch_size for n_rows in rows]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_what_the_user_says_is_kept():
    config = config_of(max_iter=7, batch_size=33, hidden_layer_sizes=np.array([5, 4]))
    assert config.n_epochs == 7
    assert config.batch_size == 33
    assert config.network.encoder_layer_sizes == (5, 4)
    assert config.network.decoder_layer_sizes == (4, 5)
    assert config_of(n_rows=10, batch_size=33).batch_size == 10


def test_config_is_resolved_and_frozen():
    config = config_of()
    parts = (config, config.network, config.features)
    values = {name: value for part in parts for name, value in dataclasses.asdict(part).items()}
    assert "auto" not in map(str, values.values())
    unset = {name for name, value in values.items() if value is None}
    assert unset <= {"encoder_factory", "decoder_factory", "metric_params", "heads"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.n_epochs = 3


def test_log_loss_leaves_rows_as_they_are():
    config = config_of(reconstruction_loss="log_loss", feature_scaling="per_feature")
    assert config.standardization == "none"
    assert config.network.n_inputs == config.network.n_features


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float32])
def test_log_loss_takes_any_numbers_from_0_to_1(dtype):
    check_unit_interval(np.eye(3, dtype=dtype))
    with pytest.raises(ValueError, match="from 0 to 2"):
        check_unit_interval(2 * np.eye(3, dtype=np.result_type(dtype, np.uint8)))


def test_inputs_are_no_wider_than_rows_allow():
    assert config_of(n_rows=5, n_features=20).network.n_inputs < 5
    assert config_of(n_features=3).network.n_inputs == 3
    assert config_of(n_features=5000).network.n_inputs < 5000


def test_own_networks_read_rows_in_full_width():
    config = config_of(n_rows=5, n_features=20, encoder_factory=len)
    assert config.network.n_inputs == 20
    assert config.network.has_factories
    assert not config_of().network.has_factories


@pytest.mark.parametrize(("fraction", "expected"), [(0.1, 10), (0.5, 50), (1e-9, 1)])
def test_rows_held_out(fraction, expected):
    assert n_validation_rows(100, fraction) == expected


def test_maps_have_a_layout_and_wide_codes_have_none():
    assert config_of(n_components=2).features.kind == "layout"
    assert config_of(n_components=10).features.kind == "inputs"
    assert config_of(n_components=2, neighbor_weight=0).features.kind == "inputs"
    assert config_of(n_components=10, neighbor_weight=1).features.kind == "layout"


def test_maps_of_few_rows_are_laid_out_longer_by_more_neighbours_and_pulled_less():
    few, many = (config_of(n_rows=n_rows).features for n_rows in (1_250, 5_000))
    assert (many.n_neighbors, many.n_epochs) == (15, 80)
    assert (few.n_neighbors, few.n_epochs) == (30, 160)
    assert few.scale == pytest.approx(2 * many.scale)
    assert few.prior_weight == pytest.approx(many.prior_weight / 2)
    fewer = config_of(n_rows=312).features
    assert (fewer.n_neighbors, fewer.n_epochs) == (30, 160)
    assert fewer.scale == pytest.approx(4 * many.scale, rel=0.01)


def test_layout_is_no_wider_than_the_rows():
    layout = config_of(n_rows=6).features
    assert layout.n_neighbors == 2  # a third of the others
    assert layout.batch_size <= 6


def test_pull_to_the_prior_weighs_more_where_neighbours_weigh_less():
    weak, strong = (config_of(neighbor_weight=weight).features for weight in (0.5, 2.0))
    assert weak.prior_weight == pytest.approx(4 * strong.prior_weight)


def test_wide_codes_play_a_weaker_game():
    weights = [config_of(n_components=n).adversarial_weight for n in (1, 2, 5, 20)]
    assert weights == sorted(weights, reverse=True)
    assert config_of(adversarial_weight=0.7).adversarial_weight == 0.7


def test_auto_encoders_of_maps_are_narrow_and_their_decoders_are_not():
    of_map, of_game = (config_of(n_components=n).network for n in (2, 10))
    assert of_map.encoder_layer_sizes == (64, 64, 64)
    assert of_game.encoder_layer_sizes == (256, 256, 256)
    assert of_map.decoder_layer_sizes == of_game.decoder_layer_sizes == (256, 256, 256)
    assert config_of(hidden_layer_sizes=7).network.encoder_layer_sizes == (7,)
