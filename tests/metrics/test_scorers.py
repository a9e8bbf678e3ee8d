"""Scorers: the measures they stand for, in pipelines, in multi-metric grid search."""

import inspect
import pickle
from functools import partial

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn import metrics
from aae_sklearn.priors import resolve_prior

SCORERS = [name for name in metrics.__all__ if name.endswith("_scorer")]


class WhitePCA(TransformerMixin, BaseEstimator):
    """Stands for the autoencoder: codes of variance scale², a decoder, a prior."""

    def __init__(self, prior="normal", scale=1.0):
        self.prior = prior
        self.scale = scale

    def fit(self, X, y=None):
        self.prior_ = resolve_prior(self.prior)
        self.pca_ = PCA(2, whiten=True, random_state=0).fit(X)
        return self

    def transform(self, X):
        return self.pca_.transform(X) * self.scale

    def inverse_transform(self, Z):
        return self.pca_.inverse_transform(Z / self.scale)


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(300, 6)) * [5.0, 4.0, 1.0, 1.0, 1.0, 1.0]


@pytest.fixture(scope="module")
def model(rows):
    return WhitePCA().fit(rows)


def test_each_scorer_is_the_measure_of_its_name(model, rows):
    codes = model.transform(rows)
    decoded = model.inverse_transform(codes)
    explained = metrics.reconstruction_r2(rows, decoded)
    ks = metrics.ks_statistic(codes, "normal", random_state=0)
    accuracy = metrics.two_sample_accuracy(codes, "normal", random_state=0)
    expected = {
        "reconstruction_r2_scorer": explained,
        "prior_match_scorer": 1 - ks,
        "combined_scorer": explained * (1 - ks),
        "two_sample_scorer": 1 - accuracy,
        "trustworthiness_scorer": metrics.trustworthiness(rows, codes),
        "continuity_scorer": metrics.continuity(rows, codes),
        "neighbor_recall_scorer": metrics.neighbor_recall(rows, codes),
        "distance_rank_correlation_scorer": metrics.distance_rank_correlation(
            rows, codes, random_state=0
        ),
    }
    assert set(expected) == set(SCORERS)
    for name, value in expected.items():
        assert getattr(metrics, name)(model, rows) == pytest.approx(value), name


def test_scorers_take_labels_and_ignore_them(model, rows):
    labels = np.zeros(len(rows))
    for name in set(SCORERS) - {"two_sample_scorer"}:
        scorer = getattr(metrics, name)
        assert scorer(model, rows, labels) == scorer(model, rows)


@pytest.mark.parametrize("name", SCORERS)
def test_a_pipelines_last_step_is_judged_on_the_rows_that_reach_it(name, rows):
    scorer = getattr(metrics, name)
    pipeline = make_pipeline(StandardScaler(), WhitePCA()).fit(rows)
    scaled = StandardScaler().fit_transform(rows)
    assert scorer(pipeline, rows) == pytest.approx(scorer(WhitePCA().fit(scaled), scaled))


def test_a_pipeline_of_one_step_is_that_step(model, rows):
    pipeline = make_pipeline(model)
    assert metrics.combined_scorer(pipeline, rows) == metrics.combined_scorer(model, rows)


def test_the_combined_score_places_rows_once(rows):
    class Counted(WhitePCA):
        def transform(self, X):
            calls.append(len(X))
            return super().transform(X)

    calls, model = [], Counted().fit(rows)
    calls.clear()
    metrics.combined_scorer(model, rows)
    assert calls == [len(rows)]


def test_codes_that_follow_the_prior_score_higher(rows):
    scores = [metrics.prior_match_scorer(WhitePCA(scale=s).fit(rows), rows) for s in (1.0, 2.0)]
    assert scores[0] > 0.9 > scores[1]


def test_combined_score_of_a_useless_decoder_is_its_negative_r2(rows):
    class Upside(WhitePCA):
        def inverse_transform(self, Z):
            return -super().inverse_transform(Z)

    model = Upside().fit(rows)
    explained = metrics.reconstruction_r2_scorer(model, rows)
    assert explained < 0.0
    assert metrics.combined_scorer(model, rows) == explained


def test_neighbourhood_scorers_take_some_of_many_rows(model, rows):
    few = partial(metrics.trustworthiness_scorer, max_samples=100)
    assert few(model, rows) == few(model, rows)
    assert few(model, rows) != metrics.trustworthiness_scorer(model, rows)
    kept = np.random.RandomState(0).choice(300, 100, replace=False)
    expected = metrics.trustworthiness(rows[kept], model.transform(rows)[kept])
    assert few(model, rows) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["prior_match_scorer", "combined_scorer", "two_sample_scorer"])
def test_an_estimator_without_a_prior_is_refused(name, rows):
    with pytest.raises(TypeError, match="PCA has no prior_ to compare its codes with; fit an"):
        getattr(metrics, name)(PCA(2).fit(rows), rows)


@pytest.mark.parametrize("name", SCORERS)
def test_the_docstring_names_the_parameters_with_their_defaults(name):
    scorer = getattr(metrics, name)
    documented = inspect.getdoc(scorer).split("Parameters")[1].split("Returns")[0]
    assert "{" not in documented
    for parameter in inspect.signature(scorer).parameters.values():
        line = next(x for x in documented.splitlines() if x.startswith(f"{parameter.name} : "))
        if parameter.kind is parameter.KEYWORD_ONLY:
            assert line.endswith(f"default={parameter.default!r}")


@pytest.mark.parametrize("name", SCORERS)
def test_scorers_travel_to_other_processes(name):
    scorer = getattr(metrics, name)
    assert pickle.loads(pickle.dumps(scorer)) is scorer


@pytest.mark.parametrize("in_pipeline", [False, True])
def test_multi_metric_search_refits_the_best(in_pipeline, rows):
    estimator = make_pipeline(StandardScaler(), WhitePCA()) if in_pipeline else WhitePCA()
    prefix = "whitepca__" if in_pipeline else ""
    scoring = {
        "explained": metrics.reconstruction_r2_scorer,
        "match": partial(metrics.prior_match_scorer, n_projections=4),
        "trustworthiness": metrics.trustworthiness_scorer,
    }
    search = GridSearchCV(
        estimator, {prefix + "scale": [3.0, 1.0, 0.2]}, scoring=scoring, refit="match", cv=3
    ).fit(rows)
    assert search.best_params_ == {prefix + "scale": 1.0}
    assert np.ptp(search.cv_results_["mean_test_explained"]) < 1e-9
    assert search.score(rows) == pytest.approx(scoring["match"](search.best_estimator_, rows))


@pytest.mark.parametrize("name", SCORERS)
def test_the_autoencoder_itself_can_be_scored(name, fitted, held_out):
    score = getattr(metrics, name)(fitted, held_out)
    assert isinstance(score, float)
    assert 0.0 < score <= 1.0


@pytest.mark.parametrize("name", SCORERS)
def test_missing_cells_count_as_the_model_fills_them_in(name, digits):
    from aae_sklearn import AdversarialAutoencoder

    rows = digits[:300].copy()
    rows[np.random.RandomState(0).uniform(size=rows.shape) < 0.05] = np.nan
    aae = AdversarialAutoencoder(missing_values="mask", max_iter=2, random_state=0).fit(rows)
    scorer = getattr(metrics, name)
    filled = np.where(np.isnan(rows), aae.inverse_transform(aae.transform(rows)), rows)
    assert np.isfinite(scorer(aae, rows))
    assert scorer(aae, rows) == pytest.approx(scorer(aae, filled), abs=0.05)
    masked = np.ma.masked_invalid(rows)
    assert scorer(aae, masked) == scorer(aae, rows)
    whole = np.ma.masked_array(np.nan_to_num(rows).astype(int), np.isnan(rows))
    assert scorer(aae, whole) == scorer(aae, rows)


@pytest.mark.parametrize("name", ["trustworthiness", "continuity", "neighbor_recall"])
def test_some_rows_of_precomputed_distances_are_also_some_columns(name):
    rows = np.random.default_rng(0).normal(size=(60, 4))

    class ByRow(TransformerMixin, BaseEstimator):
        def transform(self, X):
            return rows[:, :2] if X.shape == (60, 60) else X[:, :2]

    scorer = getattr(metrics, f"{name}_scorer")
    expected = scorer(ByRow(), rows, max_samples=40)
    distances = pairwise_distances(rows)
    found = scorer(ByRow(), distances, max_samples=40, metric="precomputed")
    assert found == pytest.approx(expected, abs=1e-9)
