"""scikit-learn's own checks, all of them, with no expected failure."""

import importlib

import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from aae_sklearn import (
    AdversarialAutoencoder,
    AdversarialAutoencoderClassifier,
    AdversarialAutoencoderClusterer,
)
from aae_sklearn.settings import _defaults as defaults
from tests.factories import linear_decoder, linear_encoder

SMALL = {"hidden_layer_sizes": (8,), "discriminator_layer_sizes": 8, "max_iter": 2}
SETTINGS = [
    AdversarialAutoencoder(layout_max_iter=2, **SMALL),
    AdversarialAutoencoder(8, prior="student_t", **SMALL),
    AdversarialAutoencoder(
        early_stopping=True, validation_fraction=0.2, prior="ball", layout_max_iter=2, **SMALL
    ),
    AdversarialAutoencoder(
        encoder="gaussian",
        prior="uniform",
        feature_scaling="per_feature",
        neighbor_weight=0,
        **SMALL,
    ),
    AdversarialAutoencoder(encoder="universal", early_stopping=True, neighbor_weight=0, **SMALL),
    AdversarialAutoencoder(
        encoder_factory=linear_encoder,
        decoder_factory=linear_decoder,
        precision="bfloat16",
        batch_size=16,
        **SMALL,
    ),
]
# Enough epochs that the classes of blobs are told apart. The suite's sparse rows have four labels,
# and as many columns are expected of whoever has predict_proba.
LEARNING = {**SMALL, "hidden_layer_sizes": (32,), "max_iter": 40}
LABELLED = [
    AdversarialAutoencoderClassifier(2, heads=True, **LEARNING),
    AdversarialAutoencoderClusterer(4, **LEARNING),
]
# These exist in every scikit-learn that is supported, but its suite does not run them.
LEFT_OUT = [
    "check_dataframe_column_names_consistency",
    "check_get_feature_names_out_error",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_param_validation",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
]

# Two epochs of a few dozen random rows converge to nothing, and the fit says so; the checks
# of set_output fit a frame and transform an array on purpose.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning"),
]


@pytest.fixture(autouse=True)
def short_lessons(monkeypatch):
    """The checks fit hundreds of times; what they ask of accuracy a few lessons reach."""
    monkeypatch.setattr(defaults, "LEARNER_LEAST_UPDATES", 5)
    monkeypatch.setattr(defaults, "SOLVED_MIN_ROWS", 512)


def pairs_of(settings):
    """All pairs of an estimator and a check; ids hold no address, which each process has anew."""
    mark = parametrize_with_checks(settings)
    id_of = mark.kwargs["ids"]
    pairs = [
        pytest.param(estimator, check, id=f"{settings.index(estimator)}-{id_of(check)}")
        for estimator, check in mark.args[1]
    ]
    return pytest.mark.parametrize(mark.args[0], pairs)


@pairs_of(SETTINGS)
def test_estimator_passes_the_suite(estimator, check):
    check(estimator)


@pairs_of(LABELLED)
def test_estimators_that_know_classes_pass_the_suite(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", LEFT_OUT)
@pytest.mark.parametrize("number", [0, 1])
def test_estimators_that_know_classes_pass_what_the_suite_leaves_out(number, name):
    check = getattr(estimator_checks, name)
    estimator = clone(LABELLED[number]).set_params(max_iter=2)  # none asks for accuracy
    check(type(estimator).__name__, estimator)


@pytest.mark.parametrize("name", LEFT_OUT)
@pytest.mark.parametrize("number", [0, 1])  # of names and frames: the kind of model is the same
def test_estimator_passes_what_the_suite_leaves_out(number, name):
    for library in ("pandas", "polars"):
        if library in name:
            # Without it the check would pass without checking anything.
            importlib.import_module(library)
    check = getattr(estimator_checks, name)
    check("AdversarialAutoencoder", SETTINGS[number])
