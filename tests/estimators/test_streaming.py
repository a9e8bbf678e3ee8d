"""Training on chunks of rows."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.estimators import _streaming
from aae_sklearn.exceptions import ExtremeValuesWarning, NonFiniteLossError
from aae_sklearn.settings import _defaults as defaults


@pytest.fixture(scope="module")
def rows():
    return load_digits().data[np.random.RandomState(0).permutation(1797)]


SMALL = {"hidden_layer_sizes": (64,), "discriminator_layer_sizes": (32,), "random_state": 0}
BRIEF = {0: {}, 1: {"layout_max_iter": 2}}  # by neighbor_weight


def streamed(rows, n_chunks, **params):
    aae = AdversarialAutoencoder(**{"neighbor_weight": 0} | SMALL | params)
    for chunk in np.array_split(rows, n_chunks):
        aae.partial_fit(chunk)
    return aae


def test_more_passes_explain_more(rows):
    aae = streamed(rows[:1200], 2)
    before = aae.score(rows[1200:])
    for _ in range(10):
        for chunk in np.array_split(rows[:1200], 2):
            aae.partial_fit(chunk)
    assert aae.score(rows[1200:]) > max(before, 0.2)
    assert aae.n_iter_ == 22
    assert len(aae.history_["reconstruction_loss"]) == 22
    assert np.isfinite(aae.history_["discriminator_loss"]).all()


def test_same_chunks_and_seed_give_the_same_model(rows):
    first, second = streamed(rows, 3), streamed(rows, 3)
    np.testing.assert_array_equal(first.transform(rows[:9]), second.transform(rows[:9]))
    assert first.history_ == second.history_


def test_embedding_is_of_the_last_chunk(rows):
    aae = streamed(rows, 4)
    np.testing.assert_array_equal(aae.embedding_, aae.transform(np.array_split(rows, 4)[-1]))


def features(aae, rows):
    return aae._model.read_features(rows).cpu().numpy()


def test_places_of_a_map_stay_where_its_first_chunk_laid_them_and_codes_go_on_moving(rows):
    first, *others = np.array_split(rows, 3)
    aae = AdversarialAutoencoder(layout_max_iter=5, **SMALL).partial_fit(first)
    places, codes = features(aae, rows), aae.transform(rows)
    decoded = aae.inverse_transform([[0.0, 0.0]])
    for chunk in others:
        aae.partial_fit(chunk)
    np.testing.assert_array_equal(features(aae, rows), places)
    moved = np.linalg.norm(aae.transform(rows) - codes, axis=1)
    assert 0 < np.median(moved) < 0.5
    assert not np.array_equal(aae.inverse_transform([[0.0, 0.0]]), decoded)


@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_the_game_goes_on_from_chunk_to_chunk(rows, neighbor_weight):
    aae = streamed(rows[:900], 3, neighbor_weight=neighbor_weight, **BRIEF[neighbor_weight])
    before = [w.clone() for w in aae._stream.trainer.networks.discriminators.parameters()]
    aae.partial_fit(rows[900:1200])
    after = aae._stream.trainer.networks.discriminators.parameters()
    assert all((new != old).any() for new, old in zip(after, before, strict=True))
    assert len(aae.history_["encoder_loss"]) == 4


def test_a_fitted_model_can_go_on(rows):
    aae = AdversarialAutoencoder(neighbor_weight=0, max_iter=20, **SMALL).fit(rows)
    fitted = aae.score(rows)
    aae.partial_fit(rows[:300])
    assert aae.score(rows) > 0.8 * fitted
    assert aae.n_iter_ == 21
    assert aae.fit(rows).n_iter_ == 20


def test_a_pickled_model_goes_on(rows):
    aae = streamed(rows[:1200], 2)
    twin = pickle.loads(pickle.dumps(aae))
    np.testing.assert_array_equal(twin.transform(rows[:9]), aae.transform(rows[:9]))
    twin.partial_fit(rows[1200:])
    assert twin.n_iter_ == 3


def test_chunks_may_be_small(rows):
    aae = streamed(rows[:400], 1)
    aae.partial_fit(rows[:3]).partial_fit(rows[:1])
    assert aae.embedding_.shape == (1, 2)
    assert np.isfinite(aae.embedding_).all()


@pytest.mark.parametrize(
    "params", [{"neighbor_weight": 0}, {"neighbor_weight": 1}, {"parametric": True}], ids=str
)
@pytest.mark.parametrize("n_rows", [1, 2, 20])
def test_a_short_chunk_leaves_a_good_model_good(rows, params, n_rows):
    """What it decodes, which rows it finds strange, and that it can be kept."""
    aae = AdversarialAutoencoder(**SMALL | params).fit(rows[:600])
    held_out, noise = rows[1200:], rows[1200:].ravel()
    noise = np.random.RandomState(1).permutation(noise).reshape(held_out.shape)
    before = aae.score(held_out)
    aae.partial_fit(rows[600 : 600 + n_rows])
    assert aae.score(held_out) > before - 0.02
    assert np.median(aae.outlier_score(held_out)) < 1 < np.median(aae.outlier_score(noise))
    twin = pickle.loads(pickle.dumps(aae))
    np.testing.assert_array_equal(twin.transform(held_out), aae.transform(held_out))
    aae.partial_fit(rows[700:720])
    assert aae.score(held_out) > before - 0.03


def test_a_first_chunk_is_laid_out_like_the_rows_of_a_fit(rows, monkeypatch):
    monkeypatch.setattr(defaults, "LAYOUT_MAX_ROWS", 100)
    aae = AdversarialAutoencoder(layout_max_iter=2, **SMALL).partial_fit(rows[:300])
    assert aae._model.features.n_references == 100
    assert aae.embedding_.shape == (300, 2)
    np.testing.assert_array_equal(aae.embedding_, aae.transform(rows[:300]))


def test_a_first_chunk_says_how_much_noise_codes_are_decoded_with():
    noise = np.random.RandomState(0).standard_normal((700, 30))
    aae = AdversarialAutoencoder(layout_max_iter=20, **SMALL).partial_fit(noise[:600])
    spread = aae._stream.trainer.terms[0].read.spread
    assert spread > 2 * defaults.JITTER_SPREAD / 600**0.5
    aae.partial_fit(np.ones((1, 30)) + noise[600:])
    assert aae._stream.trainer.terms[0].read.spread == spread


def test_a_prior_that_is_set_between_chunks_counts_from_the_next_on(rows):
    aae = streamed(rows[:400], 1, prior="uniform")
    aae.set_params(prior="normal", adversarial_weight=0.0).partial_fit(rows[400:800])
    assert type(aae.prior_).__name__ == "NormalPrior"
    assert len(aae._stream.trainer.games) == 0
    stream = aae._stream
    aae.partial_fit(rows[800:])
    assert aae._stream is stream


def test_parameters_of_later_chunks_are_checked(rows):
    aae = streamed(rows[:400], 1)
    with pytest.raises(ValueError, match="batch_size"):
        aae.set_params(batch_size=0).partial_fit(rows[:10])
    layers = {"hidden_layer_sizes": (32,), "discriminator_layer_sizes": (32,)}
    aae = AdversarialAutoencoder(neighbor_weight=0, **layers).partial_fit(rows[:100])
    with pytest.raises(ValueError, match="use fit"):
        aae.set_params(neighbor_weight=1, parametric=True).partial_fit(rows[:100])


def test_a_later_chunk_that_is_read_within_bounds_warns(rows):
    aae = streamed(rows[:400], 1)
    for _ in range(2):
        with pytest.warns(ExtremeValuesWarning, match=r"3e\+08 in column 1 "):
            aae.partial_fit(rows[400:500] * 1e8)


@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_a_step_that_leaves_codes_without_a_value_leaves_the_model(rows, neighbor_weight):
    params = SMALL | BRIEF[neighbor_weight] | {"neighbor_weight": neighbor_weight}
    aae = AdversarialAutoencoder(**params).partial_fit(rows[:400])
    codes = aae.transform(rows[:9])
    with pytest.raises(NonFiniteLossError, match="rates"):
        aae.set_params(learning_rate_init=1e30).partial_fit(rows[:60])
    np.testing.assert_array_equal(aae.transform(rows[:9]), codes)


def test_columns_must_stay(rows):
    aae = streamed(rows[:400], 1)
    with pytest.raises(ValueError, match="64 features"):
        aae.partial_fit(rows[:10, :5])


def test_networks_must_stay(rows):
    aae = streamed(rows[:400], 1).set_params(activation="relu")
    with pytest.raises(ValueError, match="use fit"):
        aae.partial_fit(rows[:10])


def test_early_stopping_is_refused(rows):
    with pytest.raises(AttributeError) as raised:
        streamed(rows[:400], 1, early_stopping=True)
    assert "early_stopping=False" in str(raised.value.__cause__)
    assert not hasattr(AdversarialAutoencoder(early_stopping=True), "partial_fit")


def test_a_chunk_that_diverges_leaves_the_model(rows, monkeypatch):
    aae = streamed(rows[:400], 1)
    codes = aae.transform(rows[:9])

    def diverge(record, epoch, unit):
        raise NonFiniteLossError("a loss is not finite")

    with monkeypatch.context() as patched:
        patched.setattr(_streaming, "check_finite", diverge)
        with pytest.raises(NonFiniteLossError):
            aae.partial_fit(rows[:400])
    np.testing.assert_array_equal(aae.transform(rows[:9]), codes)
    aae.partial_fit(rows[:400])
    assert np.isfinite(aae.score(rows[:400]))


@pytest.mark.parametrize("neighbor_weight", [0, 1])
def test_the_model_of_a_stream_has_averaged_weights_and_a_map_a_solved_last_layer(
    rows, neighbor_weight
):
    aae = streamed(rows[:600], 2, neighbor_weight=neighbor_weight, **BRIEF[neighbor_weight])
    networks, trainer = aae._model.networks.cpu(), aae._stream.trainer
    weights = [*networks.encoder.parameters(), *networks.decoder.parameters()]
    averaged = [weight.cpu() for weight in trainer.averages.averages]
    same = [torch.equal(*pair) for pair in zip(weights, averaged, strict=True)]
    assert same == [True] * (len(weights) - 2) + [not neighbor_weight] * 2
    parts = (trainer.networks.encoder, trainer.networks.decoder)
    trained = [weight.cpu() for part in parts for weight in part.parameters()]
    assert not any(map(torch.equal, trained, averaged))


def test_chunks_have_their_own_neighbors(rows):
    first, second = rows[:60], rows[60:100]

    def pairs(some):
        distances = np.linalg.norm(some[:, None] - first[None], axis=2)
        index = np.argsort(distances, axis=1)[:, :31]
        return index, np.take_along_axis(distances, index, axis=1)

    aae = AdversarialAutoencoder(metric=pairs(first), layout_max_iter=2, **SMALL)
    aae.partial_fit(first)
    codes = aae.transform(pairs(first))
    with pytest.raises(ValueError, match=r"60 rows and the chunk has 40; .*set_params"):
        aae.partial_fit(second)
    np.testing.assert_array_equal(aae.transform(pairs(first)), codes)
    aae.set_params(metric=pairs(second)).partial_fit(second)
    np.testing.assert_array_equal(aae.embedding_, aae.transform(pairs(second)))


def test_the_decoder_learns_from_known_cells_of_every_chunk(rows):
    """What a chunk lacks leaves no trace in a decoder that learns nothing of it."""
    aae = AdversarialAutoencoder(neighbor_weight=0, missing_values="mask", **SMALL)
    holes = rows.copy()
    holes[np.random.RandomState(0).uniform(size=rows.shape) < 0.3] = np.nan
    terms = []
    for chunk in (holes[:400], rows[400:800], holes[800:]):
        aae.partial_fit(chunk)
        terms.append(type(aae._stream.trainer.terms[0]).__name__)
        known = getattr(aae._stream.trainer.terms[0], "known", None)
        if known is not None:
            index = torch.arange(5)
            np.testing.assert_array_equal(known(index).numpy(), ~np.isnan(chunk[:5]))
    assert terms == ["KnownReconstruction", "Reconstruction", "KnownReconstruction"]


def dropping_encoder(n_features, n_components):
    return torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(n_features, n_components))


def test_modules_of_the_users_draw_from_the_seed_in_every_chunk(rows):
    codes = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        aae = streamed(rows[:600], 2, encoder_factory=dropping_encoder)
        assert torch.equal(torch.get_rng_state(), before)
        codes.append(aae.transform(rows[:9]))
    np.testing.assert_array_equal(codes[0], codes[1])
