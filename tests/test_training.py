"""The game step by step, its schedule, and when it ends."""

import itertools
import math

import numpy as np
import pytest
import torch

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.estimators._fitting import split_rows
from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.game._early_stopping import EarlyStopping
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.game._loop import check_finite, whole_batches
from aae_sklearn.game._schedules import rate_factor
from aae_sklearn.game._step import AdversarialTrainer
from aae_sklearn.networks._build import build_networks
from aae_sklearn.priors import NormalPrior
from aae_sklearn.rows._sources import ResidentSource
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.settings._resolve import resolve_config
from tests import core_oracles
from tests.conftest import MAP

CPU = torch.device("cpu")


X = np.random.RandomState(0).uniform(size=(40, 6))
BATCH = torch.from_numpy(X[:8].astype(np.float32))
DRAWS = torch.from_numpy(np.random.RandomState(1).standard_normal((8, 2)).astype(np.float32))


def make_trainer(codes=None, draws=DRAWS, **params):
    """A trainer of small networks for rows of 6 features, always from the same weights."""
    params = {
        "hidden_layer_sizes": 5,
        "discriminator_layer_sizes": 5,
        "batch_size": 8,
        "max_iter": 20,
        "neighbor_weight": 0,
        **params,
    }
    config = resolve_config(AdversarialAutoencoder(**params).get_params(deep=False), X)
    return AdversarialTrainer(
        build_networks(config.network, None, torch.Generator().manual_seed(0)),
        NormalPrior(),
        ResidentSource(torch.from_numpy(X.astype(np.float32))),
        itertools.repeat(draws),
        config,
        codes=codes,
        baseline=3.0,
        input_scale=0.0,
        generator=torch.Generator().manual_seed(1),
        precision=torch.float32,
    )


def step(trainer):
    """One step on the first rows."""
    index = torch.arange(8)
    return trainer.step(index, trainer.source.batch(index))


def weights(module):
    return [weight.detach().clone() for weight in module.parameters()]


def changed(before, module):
    return [not torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True)]


@pytest.mark.parametrize("name", ["squared_error", "log_loss"])
def test_reconstruction_loss_is_in_units_of_the_baseline(name):
    trainer = make_trainer(reconstruction_loss=name)
    with torch.no_grad():
        output = trainer.networks.decoder(trainer.networks.encoder(BATCH)).numpy()
    reconstruction, *_ = step(trainer).tolist()
    expected = getattr(core_oracles, name)(BATCH.numpy(), output) / 3
    assert reconstruction == pytest.approx(expected, rel=1e-4)


def test_a_step_moves_all_networks():
    trainer = make_trainer()
    networks = trainer.networks
    parts = (networks.encoder, networks.decoder, networks.discriminators)
    before = [weights(part) for part in parts]
    step(trainer)
    assert all(all(changed(old, part)) for old, part in zip(before, parts, strict=True))


def test_the_encoders_side_of_the_game_does_not_train_the_discriminator():
    trained = []
    for adversarial_weight in (0.0, 50.0):
        trainer = make_trainer(adversarial_weight=adversarial_weight)
        step(trainer)
        trained.append(weights(trainer.discriminator))
    assert all(map(torch.equal, *trained))


def test_the_discriminators_side_does_not_train_the_encoder():
    trained = []
    for rate in (1e-4, 1e-1):
        trainer = make_trainer(adversarial_weight=0, discriminator_learning_rate_init=rate)
        step(trainer)
        trained.append(weights(trainer.networks.encoder))
    assert all(map(torch.equal, *trained))


def test_the_decoder_learns_from_reconstruction_only():
    trained = []
    for adversarial_weight in (0.0, 50.0):
        trainer = make_trainer(adversarial_weight=adversarial_weight)
        step(trainer)
        trained.append(weights(trainer.networks.decoder))
    for first, second in zip(*trained, strict=True):
        torch.testing.assert_close(first, second, atol=1e-6, rtol=0)


def test_the_discriminator_of_a_map_watches_every_fourth_step():
    trainer = make_trainer(codes=DRAWS)
    moved, games = [], []
    for _ in range(9):
        before = weights(trainer.discriminator)
        _, *game = step(trainer).tolist()
        moved.append(all(changed(before, trainer.discriminator)))
        games.append(game)
    assert [n for n in range(9) if moved[n]] == [0, 4, 8]
    assert games[0] == games[3] != games[4] == games[7]


def test_the_discriminator_can_be_trained_after_a_step():
    trainer = make_trainer()
    step(trainer)
    assert all(weight.requires_grad for weight in trainer.discriminator.parameters())


def test_the_discriminator_learns_to_tell_codes_from_draws():
    trainer = make_trainer(
        draws=DRAWS + 10,
        adversarial_weight=0,
        discriminator_learning_rate_init=0.05,
        learning_rate_init=1e-6,
    )
    losses = [step(trainer).tolist()[1] for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]


def test_losses_carry_no_graph():
    assert not step(make_trainer()).requires_grad


def test_averaged_weights_are_there_for_a_while():
    trainer = make_trainer()
    for _ in range(15):
        step(trainer)
    before = weights(trainer.networks.encoder)
    with trainer.averaged():
        assert any(changed(before, trainer.networks.encoder))
    assert not any(changed(before, trainer.networks.encoder))
    with pytest.raises(ZeroDivisionError), trainer.averaged():
        raise ZeroDivisionError
    assert not any(changed(before, trainer.networks.encoder))


@pytest.mark.parametrize("n_steps", [1, 2, 10, 1000])
def test_rates_rise_and_fall_within_their_peak(n_steps):
    factors = [rate_factor(step, n_steps) for step in range(n_steps)]
    assert all(0 < factor <= 1 for factor in factors)
    peak = int(np.argmax(factors))
    assert factors[peak] == 1
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert peak <= 0.5 * n_steps


def test_rates_end_at_zero_and_stay_there():
    assert rate_factor(1000, 1000) == pytest.approx(0, abs=1e-12)
    assert rate_factor(2000, 1000) == pytest.approx(0, abs=1e-12)
    assert rate_factor(999, 1000) < 1e-3


def test_batches_are_whole_and_rows_come_once():
    order = torch.randperm(23, generator=torch.Generator().manual_seed(0))
    batches = whole_batches(order, 5)
    assert [len(batch) for batch in batches] == [5, 5, 5, 5]
    assert torch.equal(torch.cat(batches), order[:20])


def test_fewer_rows_than_a_batch_make_one_batch():
    assert [len(batch) for batch in whole_batches(torch.arange(3), 5)] == [3]


def test_codes_that_are_laid_out_are_decoded_as_they_are():
    codes = torch.from_numpy(np.random.RandomState(2).standard_normal((40, 2))).float()
    trainer = make_trainer(codes=codes)
    before = weights(trainer.networks.encoder)
    with torch.no_grad():
        output = trainer.networks.decoder(codes[8:16]).numpy()
    index = torch.arange(8, 16)
    reconstruction, *_ = trainer.step(index, trainer.source.batch(index)).tolist()
    assert reconstruction == pytest.approx(core_oracles.squared_error(X[8:16], output) / 3)
    assert not any(changed(before, trainer.networks.encoder))
    assert all(changed(weights(make_trainer().networks.decoder), trainer.networks.decoder))


def test_the_encoder_reads_noisy_inputs_in_training_only():
    trainer = make_trainer()
    trainer.input_noise = 1.0
    first, second = (trainer._encode(BATCH, torch.arange(8)) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(trainer.networks.encoder(BATCH), trainer.networks.encoder(BATCH))


def wide_trainer(n_components, **params):
    draws = torch.from_numpy(np.random.RandomState(1).standard_normal((8, n_components)))
    return make_trainer(draws=draws.float(), n_components=n_components, **params)


@pytest.mark.parametrize(("n_components", "weight"), [(1, 0), (2, 0), (3, 1), (32, 30)])
def test_wide_codes_are_pulled_by_the_kernel_distance(n_components, weight):
    trainer = wide_trainer(n_components)
    z_prior = next(trainer.draws)
    codes = z_prior.roll(1, dims=1) + 0.3
    pull = trainer._pull(z_prior, codes).item()
    scales = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    distance = core_oracles.kernel_distance(codes.numpy(), z_prior.numpy(), scales)
    assert pull == pytest.approx(weight * distance, rel=1e-4)


def test_without_weight_wide_codes_are_not_pulled():
    trained = []
    for kernel_weight in (0.0, 100.0):
        trainer = wide_trainer(5, adversarial_weight=0)
        trainer.kernel_weight = kernel_weight
        step(trainer)
        trained.append(weights(trainer.networks.encoder))
    assert all(map(torch.equal, *trained))


def test_the_pull_trains_the_encoder():
    trained = []
    for kernel_weight in (0.0, 1e4):
        trainer = wide_trainer(5)
        trainer.kernel_weight = kernel_weight
        step(trainer)
        trained.append(weights(trainer.networks.encoder))
    assert not any(map(torch.equal, *trained))


def test_codes_that_are_laid_out_are_not_pulled():
    trainer = wide_trainer(3, codes=torch.zeros(40, 3))
    assert trainer._pull(next(trainer.draws), torch.ones(8, 3)) == 0


def test_some_wide_codes_get_the_end_of_a_draw():
    trainer = wide_trainer(200)
    codes, draws = torch.zeros(20_000, 200), torch.ones(20_000, 200)
    spliced = trainer._splice(codes, draws)
    n_kept = (spliced == 0).sum(dim=1)
    beginnings = torch.arange(200) >= n_kept[:, None]
    assert torch.equal(spliced, beginnings.float())
    cut = n_kept[n_kept < 200]
    # A quarter of 1 - 32 / 200; half the cuts lie before the root of 200.
    assert len(cut) / 20_000 == pytest.approx(0.21, abs=0.015)
    assert (cut <= 14).float().mean().item() == pytest.approx(0.5, abs=0.03)
    assert cut.min() >= 1


@pytest.mark.parametrize(
    ("n_components", "params"),
    [(32, {}), (200, {"adversarial_weight": 0}), (200, {"codes": torch.zeros(40, 200)})],
)
def test_codes_stay_whole_where_they_are_narrow_or_not_shaped(n_components, params):
    trainer = wide_trainer(n_components, **params)
    codes = torch.zeros(8, n_components)
    assert trainer._splice(codes, next(trainer.draws)) is codes


@pytest.mark.parametrize("n_rows", [100, 20_000])
def test_noise_leaves_the_variance_of_inputs_as_it_is(n_rows):
    trainer = make_trainer()
    trainer.input_noise = 1.0
    deviation = torch.tensor([3.0, 1.0, 0.1, 0.0])
    x = 5 + deviation * torch.randn(n_rows, 4, generator=torch.Generator().manual_seed(0))
    noisy = trainer._add_noise(x)
    rel = 5 / n_rows**0.5
    np.testing.assert_allclose(noisy.std(dim=0), x.std(dim=0), rtol=rel, atol=1e-6)
    np.testing.assert_allclose(noisy.mean(dim=0), x.mean(dim=0), rtol=rel)
    # (x, noisy) correlate as E sqrt(1 - u^2 / variance) does, u uniform in [0, 1]
    kept = [np.corrcoef(x[:, i], noisy[:, i])[0, 1] for i in range(3)]
    u = np.linspace(0, 1, 10_001)
    expected = [np.sqrt(np.clip(1 - (u / d) ** 2, 0, 1)).mean() for d in (3, 1, 0.1)]
    np.testing.assert_allclose(kept, expected, atol=rel)


def test_a_batch_of_one_row_or_no_noise_is_read_as_it_is():
    trainer = make_trainer()
    torch.testing.assert_close(trainer._add_noise(BATCH), BATCH)
    trainer.input_noise = 1.0
    torch.testing.assert_close(trainer._add_noise(BATCH[:1]), BATCH[:1])


@pytest.mark.parametrize(
    ("n_rows", "n_components", "endless", "share"),
    [
        (60_000, 1, False, 1 / 2),
        (60_000, 2, False, 1 / 2),
        (60_000, 8, False, 1 / 4),
        (600_000, 8, False, 1 / 4),
        (50, 8, True, 1 / 4),
        (60_000, 200, False, 1 / 20),
        (600, 200, False, 100**0.4 / 20),
        (600, 8, False, 1),
    ],
)
def test_wide_codes_of_many_rows_read_less_noise(n_rows, n_components, endless, share):
    networks = wide_trainer(n_components).networks
    config = make_config(n_components=n_components)
    trainer = AdversarialTrainer(
        networks,
        NormalPrior(),
        ResidentSource(torch.zeros(n_rows, 6)),
        itertools.repeat(torch.zeros(50, n_components)),
        config,
        codes=None,
        baseline=1.0,
        input_scale=2.0,
        generator=torch.Generator(),
        precision=torch.float32,
        endless=endless,
    )
    assert trainer.input_noise == pytest.approx(2 * share)


def record(**losses):
    known = {"reconstruction_loss": 1.0, "discriminator_loss": 1.4, "encoder_loss": 0.7}
    return EpochRecord(**{**known, **losses})


def test_finite_losses_pass():
    check_finite(record(), 0)


@pytest.mark.parametrize("name", ["reconstruction_loss", "discriminator_loss", "encoder_loss"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_each_loss_is_watched(name, value):
    with pytest.raises(NonFiniteLossError, match=f"in epoch 8: .*{name}={value}"):
        check_finite(record(**{name: value}), 7)


class TestEarlyStopping:
    """Scores go up and down; the weights are numbered by the epoch."""

    @pytest.fixture
    def networks(self):
        return torch.nn.Linear(1, 1)

    def run(self, networks, scores, **params):
        """Epochs that were run."""
        stopping = EarlyStopping(networks, **{"tol": 0.0, "n_iter_no_change": 2, **params})
        for epoch, score in enumerate(scores):
            stopping.begin(epoch)
            with torch.no_grad():
                networks.weight.fill_(epoch)
            if stopping.end(epoch, record(validation_score=score)):
                break
        stopping.restore()
        return epoch + 1

    def test_best_weights_are_restored(self, networks):
        assert self.run(networks, [0.1, 0.5, 0.3, 0.2, 0.9]) == 4
        assert networks.weight.item() == 1

    def test_rising_scores_never_stop(self, networks):
        assert self.run(networks, [0.1, 0.2, 0.3, 0.4]) == 4
        assert networks.weight.item() == 3

    def test_a_rise_below_tol_does_not_count_but_is_kept(self, networks):
        assert self.run(networks, [0.1, 0.11, 0.12, 0.9], tol=0.05) == 3
        assert networks.weight.item() == 2

    def test_waiting_starts_anew_after_a_rise(self, networks):
        assert self.run(networks, [0.1, 0.0, 0.2, 0.1, 0.1, 0.9]) == 5

    def test_scores_below_zero(self, networks):
        assert self.run(networks, [-5.0, -3.0, -4.0, -4.0]) == 4
        assert networks.weight.item() == 1


def make_config(**params):
    aae = AdversarialAutoencoder(neighbor_weight=0, **params)
    return resolve_config(aae.get_params(deep=False), np.zeros((50, 3)))


def test_rows_are_split_without_loss_or_overlap():
    config = make_config(early_stopping=True, validation_fraction=0.2)
    chosen, held_out = split_rows(50, config, np.random.RandomState(0))
    assert len(held_out) == 10
    np.testing.assert_array_equal(np.sort(np.concatenate([chosen, held_out])), np.arange(50))
    other = split_rows(50, config, np.random.RandomState(1))[1]
    assert np.any(held_out != other)


def test_all_rows_are_trained_on_without_early_stopping():
    chosen, held_out = split_rows(50, make_config(), np.random.RandomState(0))
    np.testing.assert_array_equal(chosen, np.arange(50))
    assert len(held_out) == 0


def test_sources_of_randomness_differ_and_follow_their_state():
    def numbers(seed):
        randomness = Randomness(np.random.RandomState(seed), CPU)
        return (
            randomness.numpy.uniform(),
            torch.rand(1, generator=randomness.order).item(),
            torch.rand(1, generator=randomness.noise).item(),
            randomness.global_seed,
        )

    assert numbers(0) == numbers(0)
    assert numbers(0) != numbers(1)
    assert len(set(numbers(0))) == 4


@pytest.mark.parametrize("params", [{"max_iter": 60}, {**MAP, "max_iter": 20}])
def test_reduced_precision_learns_what_full_precision_does(make_aae, digits, params):
    wide = {"hidden_layer_sizes": (40,), "batch_size": 64}
    scores = [
        make_aae(precision=name, **wide, **params).fit(digits[:500]).score(digits[500:700])
        for name in ("float32", "bfloat16")
    ]
    assert scores[0] > 0.25
    assert 0 < abs(scores[1] - scores[0]) < 0.01
