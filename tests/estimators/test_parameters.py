"""A parameter has an effect, or is refused."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder, AdversarialAutoencoderClusterer
from aae_sklearn.exceptions import ParameterWithoutEffectWarning
from tests.factories import linear_decoder, linear_encoder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {
    "hidden_layer_sizes": (16, 16),
    "discriminator_layer_sizes": (16,),
    "max_iter": 4,
    "neighbor_weight": 1,
    "layout_max_iter": 5,
    "precision": "float32",
    "random_state": 0,
}
CHANGES = {
    "n_components": 3,
    "prior": "uniform",
    "encoder": "gaussian",
    "hidden_layer_sizes": (16, 17),
    "discriminator_layer_sizes": (17,),
    "activation": "relu",
    "reconstruction_loss": "log_loss",
    "adversarial_weight": 0.6,
    "neighbor_weight": 2,
    "n_neighbors": 10,
    "metric": "cityblock",
    "layout_max_iter": 6,
    "parametric": True,
    "feature_scaling": "per_feature",
    "max_iter": 5,
    "batch_size": 50,
    "learning_rate_init": 0.02,
    "discriminator_learning_rate_init": 0.02,
    "early_stopping": True,
    "encoder_factory": linear_encoder,
    "decoder_factory": linear_decoder,
    "precision": "bfloat16",
    "random_state": 1,
}
# These are of a metric that takes some.
OF_THE_METRIC = {"metric_params": {"p": 1}}
# These say how to stop early.
OF_EARLY_STOPPING = {"validation_fraction": 0.3, "n_iter_no_change": 1, "tol": 0.9}
# This one matters in the second fit.
OF_THE_NEXT_FIT = {"warm_start": True}
# These tell where a fit is computed and what it says, and no result depends on them.
OF_NO_RESULT = {"device": "cpu", "verbose": 1}
# These are of fits with labels: see test_labels.py.
OF_LABELS = {"label_weight": 0.5, "unlabeled": -1}
# These tell what NaN means: see test_missing_values.py.
OF_MISSING_CELLS = {"missing_values": "mask"}
# This one tells where a fit goes on that was killed: see test_checkpoints.py.
OF_KILLED_FITS = {"checkpoint": "fit.checkpoint"}


@pytest.fixture(scope="module")
def rows(train):
    return train[:150] / 16  # in [0, 1], as a log loss needs them


@pytest.fixture(scope="module")
def codes(rows):
    """Of the default map."""
    return AdversarialAutoencoder(**SMALL).fit_transform(rows)


def differ(first, second):
    return first.shape != second.shape or bool(np.abs(first - second).max() > 1e-6)


def test_every_parameter_is_looked_at():
    changed = (
        CHANGES
        | OF_THE_METRIC
        | OF_EARLY_STOPPING
        | OF_THE_NEXT_FIT
        | OF_NO_RESULT
        | OF_MISSING_CELLS
        | OF_LABELS
        | OF_KILLED_FITS
    )
    assert changed.keys() == AdversarialAutoencoder().get_params(deep=False).keys()


@pytest.mark.parametrize("name", CHANGES)
def test_each_parameter_changes_the_codes_of_the_default_map(rows, codes, name):
    changed = AdversarialAutoencoder(**SMALL | {name: CHANGES[name]}).fit_transform(rows)
    assert differ(changed, codes)


def test_parameters_of_the_metric_change_the_codes(rows, codes):
    aae = AdversarialAutoencoder(**SMALL, metric="minkowski")
    assert differ(aae.fit_transform(rows), aae.set_params(**OF_THE_METRIC).fit_transform(rows))


@pytest.mark.parametrize("name", OF_EARLY_STOPPING)
def test_each_parameter_of_early_stopping_changes_the_codes(rows, name):
    plain = SMALL | {"early_stopping": True, "max_iter": 8}
    if name == "n_iter_no_change":
        plain |= {"tol": 0.9}
    else:
        plain |= {"n_iter_no_change": 2}
    changed = plain | {name: OF_EARLY_STOPPING[name]}
    codes, others = (AdversarialAutoencoder(**p).fit_transform(rows) for p in (plain, changed))
    assert differ(codes, others)


def test_warm_start_changes_the_codes_of_the_second_fit(rows, codes):
    aae = AdversarialAutoencoder(**SMALL, **OF_THE_NEXT_FIT)
    np.testing.assert_array_equal(aae.fit_transform(rows), codes)
    assert differ(aae.fit_transform(rows), codes)


def test_other_parameters_change_no_code(rows, codes):
    aae = AdversarialAutoencoder(**SMALL, **OF_NO_RESULT)
    np.testing.assert_array_equal(aae.fit_transform(rows), codes)


def test_neighbours_that_are_given_change_the_codes(rows, codes):
    nearest = NearestNeighbors(n_neighbors=40, metric="chebyshev").fit(rows)
    given = nearest.kneighbors(rows)[::-1]
    assert differ(AdversarialAutoencoder(**SMALL, metric=given).fit_transform(rows), codes)


def test_a_grid_over_widths_with_a_metric_warns_of_it_and_goes_on(rows):
    aae = AdversarialAutoencoder(
        **SMALL | {"layout_max_iter": "auto", "neighbor_weight": "auto"}, metric="cosine"
    )
    with pytest.warns(ParameterWithoutEffectWarning, match="metric has no effect") as caught:
        aae.set_params(n_components=40).fit(rows)
    assert caught[0].filename == __file__


def test_a_metric_that_is_none_is_refused_where_it_would_have_no_effect(rows):
    with pytest.raises(ValueError, match="'no such metric' is unknown"):
        AdversarialAutoencoder(40, metric="no such metric").fit(rows)


@pytest.mark.parametrize(
    ("name", "ours"), [("perplexity", "n_neighbors"), ("metric_kwds", "metric_params")]
)
def test_keywords_of_others_name_ours(name, ours):
    with pytest.raises(TypeError, match=f"no parameter '{name}'; use {ours}"):
        AdversarialAutoencoder(**{name: 30})
    assert "n_neighbors" in AdversarialAutoencoder().get_params()
    with pytest.raises(TypeError, match="unexpected keyword"):
        AdversarialAutoencoder(unheard_of=1)


def test_one_error_names_all_keywords_of_others():
    with pytest.raises(TypeError) as caught:
        AdversarialAutoencoder(perplexity=30, init="pca", random_state=0, method="exact")
    lines = str(caught.value).splitlines()
    assert [line.split("'")[1] for line in lines] == ["perplexity", "init", "method"]
    with pytest.raises(TypeError, match="leave max_iter out: here it counts epochs"):
        AdversarialAutoencoder(perplexity=30, max_iter=1000)


class ReadyMade(AdversarialAutoencoder):
    """A subclass that settles all parameters but one."""

    def __init__(self, random_state=None):
        super().__init__(**{**SMALL, "random_state": random_state}, metric="cosine")


class ReadyMadeClusterer(AdversarialAutoencoderClusterer):
    """The same of the clusterer."""

    def __init__(self, n_clusters=3):
        super().__init__(n_clusters, max_iter=2, random_state=0)


def test_a_subclass_may_settle_parameters(rows, tmp_path):
    theirs, ours = ReadyMade(random_state=0), AdversarialAutoencoder(**SMALL, metric="cosine")
    assert list(clone(theirs).get_params()) == ["random_state"]
    np.testing.assert_array_equal(theirs.fit_transform(rows), ours.fit_transform(rows))
    for aae in (theirs, ours):
        aae.set_params(random_state=1).checkpoint = tmp_path / f"{type(aae).__name__}.checkpoint"
        aae.fit(rows).partial_fit(rows[::2])
    np.testing.assert_array_equal(theirs.transform(rows), ours.transform(rows))


def test_what_a_subclass_settles_counts_for_dask(rows):
    dask_array = pytest.importorskip("dask.array")
    whole = dask_array.from_array(rows, chunks=(len(rows), -1))
    codes = ReadyMade(random_state=0).fit_transform(whole)
    ours = AdversarialAutoencoder(**SMALL, metric="cosine").fit(whole)
    np.testing.assert_array_equal(codes.compute(), ours.embedding_.compute())


@pytest.mark.filterwarnings("ignore::aae_sklearn.exceptions.EmptyClustersWarning")
def test_a_subclass_of_the_clusterer_may_settle_parameters(rows):
    ours = AdversarialAutoencoderClusterer(3, max_iter=2, random_state=0)
    np.testing.assert_array_equal(ReadyMadeClusterer().fit_predict(rows), ours.fit_predict(rows))
