"""Whatever is wrong is said, with what was got and what to do."""

import warnings

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from aae_sklearn import AdversarialAutoencoder, exceptions
from aae_sklearn.exceptions import (
    CheckpointWarning,
    CodesCollapsedWarning,
    DiscriminatorWinsWarning,
    DominatedVarianceWarning,
    EmptyClustersWarning,
    ExtremeValuesWarning,
    ModelFileError,
    NonFiniteLossError,
    NotExportableError,
    ParameterWithoutEffectWarning,
    ReconstructionCollapsedWarning,
    SlowSearchWarning,
    SmallerChunksWarning,
    TrainingInterruptedWarning,
    UnknownChunkSizesWarning,
)
from aae_sklearn.priors import PRIOR_NAMES, NormalPrior
from tests.factories import (
    constant_encoder,
    far_encoder,
    linear_encoder,
    no_module,
    no_network,
    wide_decoder,
    wide_encoder,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# --- X ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_not_a_number_and_infinity(make_aae, train, fitted, bad, kind):
    rows = train.copy()
    rows[3, 4] = bad
    word = "NaN" if np.isnan(bad) else "infinity"
    with pytest.raises(ValueError, match=word):
        make_aae().fit(kind(rows))
    with pytest.raises(ValueError, match=word):
        fitted.transform(kind(rows))
    with pytest.raises(ValueError, match=word):
        fitted.score(kind(rows))


def test_one_row(make_aae, train):
    with pytest.raises(ValueError, match="1 sample"):
        make_aae().fit(train[:1])


def test_no_row(make_aae, fitted, train):
    with pytest.raises(ValueError, match="0 sample"):
        make_aae().fit(train[:0])
    with pytest.raises(ValueError, match="0 sample"):
        fitted.transform(train[:0])


def test_one_dimension(make_aae, train):
    with pytest.raises(ValueError, match="Reshape your data"):
        make_aae().fit(train[0])


def test_words(make_aae):
    with pytest.raises(ValueError, match=r"[Cc]onvert"):
        make_aae().fit([["a", "b"], ["c", "d"]])


@pytest.mark.parametrize("value", [0.0, 3.0, 1 / 3, 1e9 + 1 / 3])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_constant_features(make_aae, value, kind):
    with pytest.raises(
        ValueError, match=r"all 5 feature\(s\) of X are constant.*rows that differ"
    ):
        make_aae().fit(kind(np.full((30, 5), value)))


def test_values_whose_square_is_too_large(make_aae, train):
    with pytest.raises(ValueError, match=r"too large .* in column \d+ .*; divide X"):
        make_aae().fit(train * 1e200)


@pytest.mark.parametrize("method", ["transform", "score", "score_samples", "sample_codes"])
def test_wrong_number_of_features(fitted, train, method):
    with pytest.raises(ValueError, match=r"X has 63 features, but .* expecting 64 features"):
        getattr(fitted, method)(train[:, 1:])


def test_wrong_names_of_features(make_aae, train):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(train).add_prefix("pixel")
    with pytest.raises(ValueError, match="feature names should match"):
        make_aae().fit(frame).transform(frame.add_prefix("not a "))


@pytest.mark.parametrize("n_columns", [1, 3, 64])
def test_wrong_number_of_code_columns(fitted, n_columns):
    message = (
        f"codes must have n_components=2 columns, got {n_columns}; pass the output of transform"
    )
    with pytest.raises(ValueError, match=message):
        fitted.inverse_transform(np.zeros((3, n_columns)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_codes_that_are_not_finite(fitted, bad):
    with pytest.raises(ValueError, match="codes contains"):
        fitted.inverse_transform([[0.0, bad]])


@pytest.mark.parametrize("rows", [[[0.0, 1.5], [1, 0]], [[-0.5, 1.0], [1, 0]]])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_log_loss_outside_the_unit_interval(make_aae, rows, kind):
    with pytest.raises(ValueError, match=r"needs X in \[0, 1\], got values from .*MinMaxScaler"):
        make_aae(reconstruction_loss="log_loss").fit(kind(np.array(rows)))


# --- parameters ---------------------------------------------------------------------------


def test_unknown_prior_names_the_known_ones(make_aae, train):
    with pytest.raises(ValueError, match="unknown prior 'gausian'") as caught:
        make_aae(prior="gausian").fit(train)
    assert all(repr(name) in str(caught.value) for name in PRIOR_NAMES)


def test_class_of_a_prior(make_aae, train):
    with pytest.raises(TypeError, match=r"class NormalPrior; pass NormalPrior\(...\)"):
        make_aae(prior=NormalPrior).fit(train)


def test_prior_that_cannot_have_so_few_components(make_aae, train):
    with pytest.raises(ValueError, match="sphere needs n_components of at least 2"):
        make_aae(1, prior="sphere").fit(train)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA GPU")
def test_missing_device(make_aae, train):
    with pytest.raises(
        ValueError, match=r"device='cuda:99' is not available here.*use device='auto'"
    ):
        make_aae(device="cuda:99").fit(train)


@pytest.mark.parametrize("device", ["nowhere", "meta", ""])
def test_device_that_is_none(make_aae, train, device):
    with pytest.raises(ValueError, match=f"device='{device}'.*use device='auto' or 'cpu'"):
        make_aae(device=device).fit(train)


@pytest.mark.parametrize("sizes", [(8, 0), (8.5,), [[8, 8]], (-1,), ("8",), (None,)], ids=str)
@pytest.mark.parametrize("name", ["hidden_layer_sizes", "discriminator_layer_sizes"])
def test_layer_sizes(make_aae, train, name, sizes):
    with pytest.raises(ValueError, match="layer sizes must be positive integers, got"):
        make_aae(**{name: sizes}).fit(train)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_components", 0),
        ("n_components", 2.0),
        ("prior", 3),
        ("encoder", "variational"),
        ("hidden_layer_sizes", 0),
        ("activation", "sine"),
        ("reconstruction_loss", "absolute_error"),
        ("adversarial_weight", -0.1),
        ("neighbor_weight", "some"),
        ("n_neighbors", 1),
        ("metric", 3),
        ("metric_params", 3),
        ("layout_max_iter", 0),
        ("feature_scaling", "none"),
        ("max_iter", 0),
        ("max_iter", "all"),
        ("batch_size", 0),
        ("learning_rate_init", 0.0),
        ("discriminator_learning_rate_init", -1.0),
        ("early_stopping", "yes"),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("tol", -1e-3),
        ("encoder_factory", torch.nn.Linear(64, 2).state_dict()),
        ("device", None),
        ("precision", "float64"),
        ("warm_start", None),
        ("random_state", "seed"),
        ("verbose", -1),
    ],
)
def test_parameter_is_named(make_aae, train, name, value):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter"):
        make_aae(**{name: value}).fit(train)


def test_no_parameter_is_unchecked():
    aae = AdversarialAutoencoder()
    assert set(aae._parameter_constraints) == set(aae.get_params())


def test_early_stopping_of_too_few_rows(make_aae):
    with pytest.raises(ValueError, match=r"leaves 1 of 2 rows to train on; pass more rows$"):
        make_aae(early_stopping=True).fit([[0.0, 1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match=r"leaves 1 of 10 rows.*, or lower the fraction"):
        make_aae(early_stopping=True, validation_fraction=0.9).fit(np.eye(10))


def test_unknown_metric(make_aae, train):
    with pytest.raises(ValueError, match=r"[Mm]etric"):
        make_aae(neighbor_weight=1, metric="as the crow flies").fit(train)


@pytest.mark.parametrize(
    "indices",
    [
        np.zeros((299, 20), dtype=int),
        np.zeros((300, 3), dtype=int),
        np.full((300, 20), 300),
        np.full((300, 20), -1),
        np.zeros(300, dtype=int),
    ],
    ids=["too few rows", "too few columns", "beyond the rows", "negative", "one dimension"],
)
def test_known_neighbours_that_do_not_fit(make_aae, train, indices):
    with pytest.raises(ValueError, match="metric"):
        make_aae(neighbor_weight=1, metric=(indices, indices * 1.0)).fit(train)


def test_known_neighbours_of_rows_that_are_held_out(make_aae, train):
    indices = np.tile(np.arange(20), (300, 1))
    aae = make_aae(neighbor_weight=1, early_stopping=True, metric=(indices, indices * 1.0))
    with pytest.raises(ValueError, match="metric"):
        aae.fit(train)


@pytest.mark.parametrize("encoder", ["gaussian", "universal"])
def test_factory_beside_an_encoder_with_noise(make_aae, train, encoder):
    with pytest.raises(ValueError, match="cannot be combined with encoder_factory"):
        make_aae(encoder=encoder, encoder_factory=linear_encoder).fit(train)


@pytest.mark.parametrize("name", ["encoder_factory", "decoder_factory"])
@pytest.mark.parametrize(("factory", "got"), [(no_module, "str"), (no_network, "NoneType")])
def test_factory_that_builds_no_module(make_aae, train, name, factory, got):
    with pytest.raises(TypeError, match=f"{name} returned {got}; it must build a torch.nn.Module"):
        make_aae(**{name: factory}).fit(train)


def tuple_encoder(n_features, n_components):
    return torch.nn.LSTM(n_features, n_components)


@pytest.mark.parametrize(
    ("factories", "message"),
    [
        ({"decoder_factory": torch.nn.Linear}, r"decoder_factory built cannot read .*\(2, 2\)"),
        ({"encoder_factory": tuple_encoder}, "encoder_factory built maps rows .* to tuple"),
    ],
)
def test_factory_whose_module_takes_or_gives_something_else(make_aae, train, factories, message):
    with pytest.raises(ValueError, match=message):
        make_aae(**factories).fit(train)


def frozen_encoder(n_features, n_components):
    fixed = torch.nn.Linear(n_features, 8).requires_grad_(False)
    return torch.nn.Sequential(fixed, torch.nn.Linear(8, n_components))


def test_frozen_layers_stay_what_they_are(make_aae, train):
    aae = make_aae(encoder_factory=frozen_encoder, random_state=0)
    one, two = (aae.set_params(max_iter=n).fit(train)._model.networks for n in (1, 4))
    first, _, last = ([*n.encoder.parameters()][i] for i, n in ((0, one), (0, one), (2, one)))
    others = [*two.encoder.parameters()]
    assert torch.equal(first, others[0])
    assert not torch.equal(last, others[2])


def test_factory_of_a_wrong_shape(make_aae, train):
    with pytest.raises(ValueError, match=r"to \(2, 3\); it must give \(2, 2\)"):
        make_aae(encoder_factory=wide_encoder).fit(train)
    with pytest.raises(ValueError, match=r"\(2, 2\) to \(2, 65\); it must give \(2, 64\)"):
        make_aae(decoder_factory=wide_decoder).fit(train)


@pytest.mark.parametrize(
    "change",
    [
        {"n_components": 3},
        {"hidden_layer_sizes": 9},
        {"encoder": "gaussian"},
        {"neighbor_weight": 1},
    ],
    ids=str,
)
def test_warm_start_of_other_networks(make_aae, train, change):
    aae = make_aae(warm_start=True).fit(train)
    with pytest.raises(ValueError, match=r"changed since: .*; use warm_start=False"):
        aae.set_params(**change).fit(train)


def test_warm_start_on_rows_of_another_width(make_aae, train):
    aae = make_aae(warm_start=True).fit(train)
    with pytest.raises(ValueError, match="changed since: the number of columns of X; use"):
        aae.fit(train[:, :60])


@pytest.mark.parametrize(
    "change", [{"reconstruction_loss": "log_loss"}, {"feature_scaling": "per_feature"}], ids=str
)
def test_warm_start_with_another_meaning_of_the_output(make_aae, train, change):
    rows = train[:, train.std(axis=0) > 0] / 16
    aae = make_aae(warm_start=True).fit(rows)
    with pytest.raises(ValueError, match=r"changed since: .*; use warm_start=False"):
        aae.set_params(**change).fit(rows)


@pytest.mark.parametrize("n_samples", [0, -1, 2.5, "3", None])
def test_number_of_samples(fitted, n_samples):
    with pytest.raises(ValueError, match=f"positive integer, got {n_samples!r}"):
        fitted.sample(n_samples)


def law_without_density(n_samples, n_components, random_state):
    return random_state.standard_normal((n_samples, n_components))


def test_density_of_a_law_without_one(make_aae, train):
    aae = make_aae(prior=law_without_density).fit(train)
    with pytest.raises(NotImplementedError, match="no log density"):
        aae.score_samples(train)


@pytest.mark.parametrize(
    "method",
    ["transform", "inverse_transform", "score", "score_samples", "sample", "sample_codes"],
)
def test_not_fitted(make_aae, train, method):
    argument = () if method == "sample" else (train,)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(make_aae(), method)(*argument)


# --- the course of training ---------------------------------------------------------------


def test_loss_that_is_not_finite(make_aae, train):
    with pytest.raises(NonFiniteLossError) as caught:
        make_aae(learning_rate_init=1e30).fit(train)
    message = str(caught.value)
    assert "not finite in epoch 1" in message
    assert "reconstruction_loss=" in message
    assert "discriminator_loss=" in message
    assert "Lower the initial learning rates" in message


def test_weights_that_are_not_finite_after_the_last_step(make_aae, train):
    with pytest.raises(NonFiniteLossError):
        make_aae(learning_rate_init=1e38, batch_size=300, max_iter=1).fit(train)


def warnings_of(aae, rows):
    """Fit; returns the messages of the warnings by their class."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        aae.fit(rows)
    return {warning.category: str(warning.message) for warning in caught}


STILL = {"learning_rate_init": 1e-12}


def test_a_good_fit_is_silent(make_aae, train):
    aae = make_aae(max_iter=80, hidden_layer_sizes=(64,), learning_rate_init=0.01)
    assert warnings_of(aae, train) == {}


def test_reconstruction_no_better_than_the_mean_row(make_aae, train):
    found = warnings_of(make_aae(**STILL), train)
    assert "of the variance, no better than the mean row" in found[ReconstructionCollapsedWarning]
    assert "raise max_iter" in found[ReconstructionCollapsedWarning]
    assert CodesCollapsedWarning not in found


def test_codes_on_a_point(make_aae, train):
    found = warnings_of(make_aae(encoder_factory=constant_encoder, **STILL), train)
    assert "range from 0.000 down to 0.000" in found[CodesCollapsedWarning]
    assert "lower n_components" in found[CodesCollapsedWarning]


def test_codes_on_a_line(make_aae, train):
    line = train[:, 20:21] * np.ones((1, 4))
    aae = make_aae(encoder_factory=linear_encoder, adversarial_weight=0, max_iter=20)
    assert "down to 0.000" in warnings_of(aae, line)[CodesCollapsedWarning]


def test_discriminator_that_always_wins(make_aae, train):
    aae = make_aae(
        encoder_factory=far_encoder,
        discriminator_learning_rate_init=0.05,
        max_iter=20,
        **STILL,
    )
    found = warnings_of(aae, train)
    assert "equilibrium is 1.386" in found[DiscriminatorWinsWarning]
    assert "raise adversarial_weight" in found[DiscriminatorWinsWarning]


def test_warnings_can_be_told_apart():
    of_convergence = {
        ReconstructionCollapsedWarning,
        CodesCollapsedWarning,
        DiscriminatorWinsWarning,
    }
    assert all(issubclass(category, ConvergenceWarning) for category in of_convergence)
    assert not issubclass(TrainingInterruptedWarning, ConvergenceWarning)
    assert not issubclass(SmallerChunksWarning, ConvergenceWarning)
    assert issubclass(NonFiniteLossError, ArithmeticError)
    assert {getattr(exceptions, name) for name in exceptions.__all__} == {
        *of_convergence,
        NotExportableError,
        ParameterWithoutEffectWarning,
        DominatedVarianceWarning,
        ExtremeValuesWarning,
        SlowSearchWarning,
        UnknownChunkSizesWarning,
        EmptyClustersWarning,
        CheckpointWarning,
        SmallerChunksWarning,
        TrainingInterruptedWarning,
        NonFiniteLossError,
        ModelFileError,
    }
    assert issubclass(ModelFileError, ValueError)
