"""The estimator from outside: scikit-learn's company, inputs of all kinds, the main promises."""

import io
import pickle
import warnings
from unittest.mock import Mock

import numpy as np
import polars as pl
import pytest
import torch
from scipy import sparse, stats
from scipy.spatial.distance import pdist
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from aae_sklearn.estimators import _fitting
from aae_sklearn.priors import NormalPrior, UniformPrior
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.settings import _defaults as defaults
from tests import core_oracles
from tests.conftest import MAP
from tests.factories import conv_decoder, conv_encoder

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # Small networks are handed to all models, also to those that play no game.
    pytest.mark.filterwarnings("ignore::aae_sklearn.exceptions.ParameterWithoutEffectWarning"),
    pytest.mark.usefixtures("short_fits"),
]


@pytest.fixture(scope="module")
def labels():
    from sklearn.datasets import load_digits

    return load_digits().target[:300]


# --- cloned, pickled, inside other estimators ---------------------------------------------


def test_clone_fits_to_the_same_codes(make_aae, train):
    aae = make_aae(prior=UniformPrior(low=0.0), hidden_layer_sizes=(8, 4))
    twin = clone(aae)
    assert repr(twin) == repr(aae)
    np.testing.assert_array_equal(twin.fit_transform(train), aae.fit_transform(train))


def test_clone_of_a_fitted_estimator_is_not_fitted(fitted):
    assert not hasattr(clone(fitted), "embedding_")


class ShapeRecorder(pickle.Pickler):
    """Notes the shape of each array and tensor that a pickle holds."""

    def __init__(self, file):
        super().__init__(file, protocol=5)
        self.shapes = []

    def reducer_override(self, obj):
        if isinstance(obj, (np.ndarray, torch.Tensor)) or sparse.issparse(obj):
            self.shapes.append(tuple(obj.shape))
        return NotImplemented


def shapes_in_pickle(aae):
    recorder = ShapeRecorder(io.BytesIO())
    recorder.dump(aae)
    return recorder.shapes


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_pickle_holds_no_rows(make_aae, train, kind, early_stopping):
    shapes = shapes_in_pickle(make_aae(early_stopping=early_stopping).fit(kind(train)))
    n_rows = len(train)
    of_rows = [shape for shape in shapes if shape and shape[0] > 0.5 * n_rows]
    # embedding_, and the codes and errors by which outlier_score judges
    assert (n_rows, 2) in of_rows
    assert all(shape[1:] in ((), (1,), (2,)) for shape in of_rows)
    assert all(np.prod(shape) < 0.5 * train.size for shape in shapes)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_pickle_of_a_map_holds_no_rows(make_aae, train, kind):
    shapes = shapes_in_pickle(make_aae(**MAP).fit(kind(train)))
    assert train.shape not in shapes
    assert all(np.prod(shape) < train.size for shape in shapes)


def test_pickle_grows_by_codes_and_errors_only(make_aae, digits):
    small, large = (len(pickle.dumps(make_aae().fit(digits[:n]))) for n in (200, 600))
    assert large - small < 400 * 6 * 8 + 500


def test_unpickled_model_answers_the_same(fitted, held_out):
    twin = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(twin.transform(held_out), fitted.transform(held_out))
    np.testing.assert_array_equal(twin.embedding_, fitted.embedding_)
    np.testing.assert_array_equal(twin.sample(9, 0), fitted.sample(9, 0))
    assert twin.score(held_out) == fitted.score(held_out)
    assert twin.history_ == fitted.history_


def test_classifier_on_codes_in_a_pipeline(make_aae, train, labels):
    pipeline = make_pipeline(
        StandardScaler(),
        make_aae(8, max_iter=20),
        LogisticRegression(solver="newton-cholesky"),
    )
    assert pipeline.fit(train, labels).score(train, labels) > 0.5
    scaled = StandardScaler().fit_transform(train)
    np.testing.assert_array_equal(
        pipeline[:-1].transform(train), make_aae(8, max_iter=20).fit_transform(scaled)
    )


def test_feature_union_puts_codes_beside_components(make_aae, train):
    union = FeatureUnion([("aae", make_aae()), ("pca", PCA(3))])
    columns = union.fit_transform(train)
    np.testing.assert_array_equal(columns[:, :2], make_aae().fit_transform(train))
    assert list(union.get_feature_names_out()[:2]) == [
        "aae__adversarialautoencoder0",
        "aae__adversarialautoencoder1",
    ]


def test_column_transformer_gives_each_its_columns(make_aae, train):
    columns = ColumnTransformer(
        [("left", make_aae(1), slice(0, 32)), ("right", make_aae(), slice(32, 64))]
    ).fit_transform(train)
    np.testing.assert_array_equal(columns[:, 1:], make_aae().fit_transform(train[:, 32:]))


def test_grid_search_needs_no_labels_and_no_scoring(make_aae, train):
    grid = {"n_components": [2, 5]}
    search = GridSearchCV(make_aae(max_iter=10), grid, cv=2, n_jobs=2).fit(train)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["n_components"] == 5
    assert search.transform(train).shape == (300, 5)
    here = GridSearchCV(make_aae(max_iter=10), grid, cv=2).fit(train)
    # Workers have fewer threads, and sums of other threads round otherwise.
    np.testing.assert_allclose(
        here.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"], atol=0.01
    )


def test_grid_search_reaches_into_the_prior(make_aae, train):
    search = GridSearchCV(make_aae(prior=NormalPrior()), {"prior__scale": [1.0, 4.0]}, cv=2)
    assert search.fit(train).best_estimator_.prior_.scale in (1.0, 4.0)


def test_cross_validation_scores_held_out_rows(make_aae, train):
    scores = cross_val_score(make_aae(max_iter=20), train, cv=3)
    assert scores.shape == (3,)
    assert (scores > 0.05).all()


# --- what goes in and what comes out ------------------------------------------------------


def test_pandas_in_and_out(make_aae, train):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(train, columns=[f"pixel {i}" for i in range(64)], index=range(5, 305))
    aae = make_aae().set_output(transform="pandas")
    codes = aae.fit_transform(frame)
    assert list(codes.columns) == ["adversarialautoencoder0", "adversarialautoencoder1"]
    assert list(codes.index) == list(frame.index)
    assert list(aae.feature_names_in_) == list(frame.columns)
    np.testing.assert_array_equal(codes.to_numpy(), make_aae().fit_transform(train))
    np.testing.assert_array_equal(aae.transform(frame).to_numpy(), codes.to_numpy())


def test_polars_in_and_out(make_aae, train):
    frame = pl.DataFrame(train, schema=[f"pixel {i}" for i in range(64)])
    codes = make_aae().set_output(transform="polars").fit_transform(frame)
    assert isinstance(codes, pl.DataFrame)
    assert codes.columns == ["adversarialautoencoder0", "adversarialautoencoder1"]
    np.testing.assert_array_equal(codes.to_numpy(), make_aae().fit_transform(train))


SPARSE = [
    sparse.csr_matrix,
    sparse.csr_array,
    sparse.csc_matrix,
    sparse.csc_array,
    sparse.coo_array,
]


@pytest.mark.parametrize("kind", SPARSE)
def test_sparse_rows_give_the_codes_of_dense_rows(fitted, held_out, kind):
    of_sparse = kind(held_out)  # summed in another order
    np.testing.assert_allclose(fitted.transform(of_sparse), fitted.transform(held_out), atol=1e-5)
    assert fitted.score(of_sparse) == pytest.approx(fitted.score(held_out), abs=1e-5)
    np.testing.assert_allclose(
        fitted.score_samples(of_sparse), fitted.score_samples(held_out), atol=1e-4
    )


@pytest.mark.parametrize("kind", SPARSE)
@pytest.mark.parametrize("params", [{}, {"feature_scaling": "per_feature"}], ids=str)
def test_fit_on_sparse_rows_is_the_fit_on_dense_rows(make_aae, train, kind, params):
    # Moments of sparse columns are summed in another order.
    np.testing.assert_allclose(
        make_aae(**params).fit_transform(kind(train)),
        make_aae(**params).fit_transform(train),
        atol=1e-3,
    )


def test_wide_sparse_rows(make_aae):
    rows = sparse.random_array((60, 2500), density=0.02, format="csr", rng=0)
    aae = make_aae().fit(rows)
    np.testing.assert_array_equal(aae.transform(rows), aae.embedding_)
    np.testing.assert_allclose(aae.transform(rows.toarray()), aae.embedding_, atol=1e-5)


@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
def test_codes_of_sparse_rows_are_made_of_what_is_not_0(make_aae, monkeypatch, params):
    rows = sparse.random_array((60, 2500), density=0.02, format="csr", rng=0)
    aae = make_aae(**params).fit(rows)
    monkeypatch.setattr(Standardizer, "standardize", lambda *_: pytest.fail("made dense"))
    np.testing.assert_array_equal(aae.transform(rows), aae.embedding_)


def test_log_loss_on_sparse_rows(make_aae, train):
    rows = sparse.csr_array(train / 16)
    decoded = make_aae(reconstruction_loss="log_loss").fit(rows).sample(10, 0)
    assert ((decoded >= 0) & (decoded <= 1)).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
def test_read_only_memory_map(make_aae, train, tmp_path, dtype):
    np.save(tmp_path / "rows.npy", train.astype(dtype))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    codes = make_aae().fit_transform(mapped)
    np.testing.assert_array_equal(codes, make_aae().fit_transform(train.astype(dtype)))


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, "memmap"])
def test_many_rows_are_split_without_a_copy(make_aae, train, tmp_path, monkeypatch, kind):
    rows = train
    if kind == "memmap":
        np.save(tmp_path / "rows.npy", train)
        rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    else:
        rows = kind(train)
    aae = make_aae(early_stopping=True, validation_fraction=0.3)
    copied = aae.fit_transform(rows)
    monkeypatch.setattr(defaults, "COPIED_MAX_ROWS", 50)
    np.testing.assert_allclose(aae.fit_transform(rows), copied, atol=1e-3)


@pytest.mark.parametrize("kind", [np.asarray, np.asfortranarray, sparse.csr_array])
def test_some_of_the_rows_are_laid_out_by_any_metric(make_aae, train, kind):
    aae = make_aae(**MAP, metric="cityblock", early_stopping=True, validation_fraction=0.3)
    codes = aae.fit_transform(kind(train))
    assert codes.shape == (len(train), 2)
    np.testing.assert_allclose(codes, aae.fit_transform(train.tolist()), atol=1e-3)


@pytest.mark.parametrize(
    "dtype", [np.float64, np.float16, np.float32, np.int64, np.int32, np.int8, np.uint8, object]
)
def test_any_real_type_gives_the_same_codes(make_aae, train, dtype):
    codes = make_aae().fit_transform(train.astype(dtype))
    np.testing.assert_allclose(codes, make_aae().fit_transform(train), atol=1e-4)


def test_booleans_are_zeros_and_ones(make_aae, train):
    np.testing.assert_array_equal(
        make_aae().fit_transform(train > 7), make_aae().fit_transform((train > 7).astype(float))
    )


def test_lists_and_fortran_order(make_aae, train):
    codes = make_aae().fit_transform(train)
    np.testing.assert_array_equal(make_aae().fit_transform(train.tolist()), codes)
    np.testing.assert_allclose(
        make_aae().fit_transform(np.asfortranarray(train)), codes, atol=1e-4
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_type_in_is_type_out(make_aae, train, dtype):
    rows = train.astype(dtype)
    aae = make_aae()
    codes = aae.fit_transform(rows)
    arrays = [
        codes,
        aae.embedding_,
        aae.transform(rows),
        aae.inverse_transform(codes),
        aae.sample(3),
        aae.sample_codes(rows),
    ]
    assert [array.dtype for array in arrays] == [dtype] * len(arrays)


def test_rows_are_not_written_to(make_aae, train):
    rows = train.copy()
    make_aae().fit(rows).transform(rows)
    np.testing.assert_array_equal(rows, train)


def test_labels_are_ignored(make_aae, train, labels):
    codes = make_aae().fit_transform(train)
    np.testing.assert_array_equal(make_aae().fit_transform(train, labels), codes)
    np.testing.assert_array_equal(make_aae().fit(train, labels).transform(train), codes)
    np.testing.assert_array_equal(make_aae().fit_transform(train, ["what", "ever"]), codes)


# --- what is learnt -----------------------------------------------------------------------


@pytest.mark.parametrize("feature_scaling", ["common", "per_feature"])
def test_unit_of_the_rows_does_not_matter(make_aae, train, feature_scaling):
    rows = train[:, train.std(axis=0) > 0]
    plain = make_aae(feature_scaling=feature_scaling)
    moved = make_aae(feature_scaling=feature_scaling)
    codes = plain.fit_transform(rows)
    np.testing.assert_allclose(moved.fit_transform(1000 * rows + 5), codes, atol=1e-3)
    np.testing.assert_allclose(
        moved.inverse_transform(codes), 1000 * plain.inverse_transform(codes) + 5, atol=5
    )


def test_units_of_columns_do_not_matter_when_scaled_per_feature(make_aae, train):
    units = np.logspace(-3, 3, 64)
    np.testing.assert_allclose(
        make_aae(feature_scaling="per_feature").fit_transform(train * units),
        make_aae(feature_scaling="per_feature").fit_transform(train),
        atol=1e-3,
    )


def test_constant_columns_are_decoded_as_they_were(make_aae, train):
    rows = np.column_stack([train, np.full(300, 7.0), np.full(300, -1e6)])
    for feature_scaling in ("common", "per_feature"):
        decoded = make_aae(feature_scaling=feature_scaling).fit(rows).inverse_transform([[0, 0]])
        np.testing.assert_allclose(decoded[0, -2:], [7, -1e6], rtol=0.2)


def test_score_is_the_explained_variance(fitted, train, held_out):
    decoded = fitted.inverse_transform(fitted.transform(held_out))
    expected = core_oracles.explained_variance(held_out, decoded, train.mean(axis=0))
    assert fitted.score(held_out) == pytest.approx(expected, rel=1e-6)
    assert 0.1 < fitted.score(held_out) < 1


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_reconstruction_error_is_that_of_rows_or_of_cells(fitted, train, held_out, kind):
    errors = fitted.inverse_transform(fitted.transform(held_out)) - held_out
    of_rows = np.sqrt((errors**2).mean(axis=1))
    rows = kind(held_out)
    np.testing.assert_allclose(fitted.reconstruction_error(rows), of_rows, rtol=1e-4)
    of_cells = fitted.reconstruction_error(rows, per_feature=True)
    np.testing.assert_allclose(of_cells, np.abs(errors), atol=1e-3)
    variance = train.var(axis=0)
    relative = fitted.reconstruction_error(rows, relative=True)
    np.testing.assert_allclose(relative, of_rows / np.sqrt(variance.mean()), rtol=1e-4)
    varies = variance > 0
    relative = fitted.reconstruction_error(rows, per_feature=True, relative=True)
    assert np.isfinite(relative).all()
    np.testing.assert_allclose(
        relative[:, varies], np.abs(errors[:, varies]) / np.sqrt(variance[varies]), atol=1e-2
    )


def test_score_samples_is_the_density_of_the_prior(fitted, held_out):
    codes = fitted.transform(held_out)
    np.testing.assert_allclose(
        fitted.score_samples(held_out), stats.norm.logpdf(codes).sum(axis=1)
    )


def test_samples_are_decoded_draws(fitted):
    codes = fitted.prior_.sample(20, 2, 3)
    np.testing.assert_array_equal(fitted.sample(20, 3), fitted.inverse_transform(codes))
    assert fitted.sample().shape == (1, 64)


def test_sample_codes_of_a_deterministic_encoder_are_its_codes(fitted, held_out):
    np.testing.assert_array_equal(fitted.sample_codes(held_out), fitted.transform(held_out))


def test_sample_codes_of_a_gaussian_encoder_have_its_mean(make_aae, train, held_out):
    aae = make_aae(encoder="gaussian", max_iter=5).fit(train)
    draws = np.stack([aae.sample_codes(held_out[:20], seed) for seed in range(400)])
    deviation = draws.std(axis=0)
    error = (draws.mean(axis=0) - aae.transform(held_out[:20])) / (deviation / 20)
    assert (deviation > 0).all()
    assert np.abs(error).max() < 5


def largest_marginal_distance(codes):
    return max(stats.kstest(column, "norm").statistic for column in codes.T)


def test_the_game_moves_codes_to_the_prior(make_aae, train, held_out):
    params = {"max_iter": 60, "hidden_layer_sizes": (32,), "discriminator_layer_sizes": (32,)}
    without = make_aae(adversarial_weight=0, **params).fit(train).transform(held_out)
    codes = make_aae(adversarial_weight=1, **params).fit(train).transform(held_out)
    assert largest_marginal_distance(codes) < 0.7 * largest_marginal_distance(without)
    draws = np.random.RandomState(0).standard_normal((500, 2))
    before = core_oracles.energy_distance(without, draws)
    assert core_oracles.energy_distance(codes, draws) < 0.5 * before


@pytest.mark.parametrize("prior", ["uniform", "laplace", "student_t"])
def test_the_game_moves_codes_to_other_laws_over_the_epochs(make_aae, train, held_out, prior):
    params = {"prior": prior, "adversarial_weight": 1, "learning_rate_init": 3e-3}
    first = make_aae(max_iter=1, **params).fit(train)
    last = make_aae(max_iter=60, **params).fit(train)
    draws = last.prior_.to_working(last.prior_.sample(500, 2, 0))
    before, after = (
        core_oracles.energy_distance(aae.prior_.to_working(aae.transform(held_out)), draws)
        for aae in (first, last)
    )
    assert after < 0.7 * before


def test_real_images_are_explained_from_two_numbers(make_aae, mnist):
    rows, test_rows = mnist
    aae = make_aae(hidden_layer_sizes=(128,), max_iter=60, adversarial_weight=0.1).fit(rows)
    codes = aae.transform(test_rows)
    assert aae.score(test_rows) > 0.15
    assert largest_marginal_distance(codes) < 0.3


def test_a_linear_autoencoder_has_no_hidden_layer(make_aae, train):
    aae = make_aae(hidden_layer_sizes=(), adversarial_weight=0, max_iter=60).fit(train)
    best = PCA(2).fit(train).explained_variance_ratio_.sum()
    assert 0.5 * best < aae.score(train) <= best + 1e-6


@pytest.mark.parametrize("sizes", [8, [8], (8,), np.array([8])], ids=repr)
def test_layer_sizes_may_be_given_in_several_ways(make_aae, train, sizes):
    codes = make_aae(hidden_layer_sizes=sizes, discriminator_layer_sizes=sizes).fit_transform(
        train
    )
    np.testing.assert_array_equal(
        codes,
        make_aae(hidden_layer_sizes=8, discriminator_layer_sizes=8).fit_transform(train),
    )


def test_two_rows_are_enough(make_aae):
    assert make_aae().fit_transform([[0.0, 1.0], [2.0, 3.0]]).shape == (2, 2)


def test_more_components_than_features(make_aae, train):
    assert make_aae(5).fit_transform(train[:, 2:4]).shape == (300, 5)


def test_batch_of_one_row_and_batch_of_more_rows_than_there_are(make_aae, train):
    for batch_size in (1, 10_000):
        codes = make_aae(batch_size=batch_size, max_iter=1).fit_transform(train[:20])
        assert np.isfinite(codes).all()


# --- fitted state -------------------------------------------------------------------------


def test_history_has_a_number_for_each_epoch(fitted):
    assert fitted.n_iter_ == 30
    for name in ("reconstruction_loss", "discriminator_loss", "encoder_loss"):
        values = fitted.history_[name]
        assert len(values) == 30
        assert all(type(value) is float for value in values)
    assert fitted.history_["validation_score"] == []
    assert fitted.history_["reconstruction_loss"][-1] < fitted.history_["reconstruction_loss"][0]


def test_reconstruction_loss_starts_at_the_level_of_the_mean_row(make_aae, train):
    history = make_aae(max_iter=1, learning_rate_init=1e-12).fit(train).history_
    assert 0.5 < history["reconstruction_loss"][0] < 2


def test_fitted_attributes_are_few(fitted):
    public = {name for name in vars(fitted) if name.endswith("_")}
    assert public == {"embedding_", "prior_", "history_", "n_iter_", "n_features_in_"}


def test_warm_start_goes_on(make_aae, train):
    aae = make_aae(warm_start=True, max_iter=20).fit(train)
    first = aae.history_["reconstruction_loss"]
    second = aae.fit(train).history_["reconstruction_loss"]
    assert second[0] < 0.95 * first[0]
    cold = make_aae(max_iter=20).fit(train).fit(train).history_["reconstruction_loss"]
    assert cold == first


def test_warm_start_does_not_train_the_pickled_past(make_aae, train):
    aae = make_aae(warm_start=True).fit(train)
    past = clone(aae)
    past.__dict__.update(aae.__dict__)
    codes = past.transform(train)
    aae.fit(train)
    np.testing.assert_array_equal(past.transform(train), codes)
    assert np.any(aae.transform(train) != codes)


def test_warm_start_may_change_the_prior(make_aae, train):
    aae = make_aae(warm_start=True).fit(train)
    assert isinstance(aae.set_params(prior="uniform").fit(train).prior_, UniformPrior)
    assert (np.abs(aae.transform(train)) <= 1).all()


def test_early_stopping_keeps_the_best_weights(make_aae, train, monkeypatch):
    # A large network learns a few rows by heart: what it makes of others gets worse.
    chosen, held_out = np.arange(30), np.arange(100, 300)
    monkeypatch.setattr(_fitting, "split_rows", lambda *args: (chosen, held_out))
    params = {"n_components": 8, "max_iter": 150, "n_iter_no_change": 150}
    aae = make_aae(
        early_stopping=True,
        validation_fraction=0.9,
        hidden_layer_sizes=(64, 64),
        adversarial_weight=0,
        learning_rate_init=0.03,
        **params,
    ).fit(train)
    scores = aae.history_["validation_score"]
    assert len(scores) == aae.n_iter_
    assert max(scores) > scores[-1]  # or the test shows nothing
    assert aae.score(train[held_out]) == pytest.approx(max(scores), abs=1e-9)


def test_of_many_rows_a_part_is_trained_on(make_aae, train, monkeypatch):
    monkeypatch.setattr(defaults, "UPDATES_OF_1000_ROWS", 5)
    monkeypatch.setattr(defaults, "BATCH_ROWS", 16)
    split = Mock(wraps=_fitting.split_rows)
    monkeypatch.setattr(_fitting, "split_rows", split)
    aae = make_aae(max_iter="auto", batch_size="auto").fit(train)
    assert split.call_args.args[1].n_rows == 48  # in 3 updates; 1,000 rows have 5
    assert aae.n_iter_ == 1
    assert aae.embedding_.shape == (300, 2)


def test_early_stopping_stops(make_aae, train):
    aae = make_aae(early_stopping=True, max_iter=500, n_iter_no_change=2, tol=0.5).fit(train)
    assert aae.n_iter_ <= 6
    assert len(aae.embedding_) == 300


# --- maps ---------------------------------------------------------------------------------


def test_a_map_keeps_neighbours_that_components_lose(make_aae, train):
    aae = make_aae(**{**MAP, "layout_max_iter": 100}).fit(train)
    of_components = trustworthiness(train, PCA(2).fit_transform(train))
    assert trustworthiness(train, aae.embedding_) > of_components + 0.05
    assert largest_marginal_distance(aae.embedding_) < 0.2


def test_new_rows_are_placed_beside_their_neighbours(make_aae, train, held_out):
    aae = make_aae(**{**MAP, "layout_max_iter": 100}).fit(train)
    nearest = NearestNeighbors(n_neighbors=1).fit(train).kneighbors(held_out)[1].ravel()
    distance = np.linalg.norm(aae.transform(held_out) - aae.embedding_[nearest], axis=1)
    typical = pdist(aae.embedding_)
    assert np.median(distance) < 0.2 * np.median(typical)


def test_neighbours_that_are_known_give_the_map_of_the_search(make_aae, train):
    distances, indices = NearestNeighbors(n_neighbors=31).fit(train).kneighbors(train)
    free = MAP | {"adversarial_weight": 0}  # else distances that no neighbour tells count as well
    searched = make_aae(**free, metric="cityblock").fit_transform(train)
    known = NearestNeighbors(n_neighbors=31, metric="cityblock").fit(train).kneighbors(train)
    given = make_aae(**free, metric=(known[1], known[0])).fit_transform(train)
    euclidean = make_aae(**free, metric=(indices, distances)).fit_transform(train)
    # A row that comes with its neighbours is placed among rows, and else among their averages.
    assert np.median(np.abs(given - searched)) < np.median(np.abs(euclidean - searched)) / 3


def test_a_small_map_does_with_the_neighbours_that_are_given(make_aae, train):
    distances, indices = NearestNeighbors(n_neighbors=31).fit(train).kneighbors(train)
    few = make_aae(**MAP, metric=(indices[:, :16], distances[:, :16])).fit_transform(train)
    many = make_aae(**MAP, metric=(indices, distances)).fit_transform(train)
    assert few.shape == many.shape
    assert np.any(few != many)


@pytest.mark.parametrize("params", [{}, {"prior": "uniform"}, {"feature_scaling": "per_feature"}])
def test_map_of_sparse_rows_is_the_map_of_dense_rows(make_aae, train, params):
    dense, of_sparse = (
        make_aae(**MAP, **params).fit(kind(train)) for kind in (np.asarray, sparse.csr_array)
    )
    np.testing.assert_allclose(of_sparse.transform(train), of_sparse.embedding_, atol=1e-5)
    assert trustworthiness(dense.embedding_, of_sparse.embedding_) > 0.9


def test_map_of_many_rows_is_laid_out_from_some(make_aae, train, monkeypatch):
    monkeypatch.setattr(defaults, "LAYOUT_MAX_ROWS", 100)
    aae = make_aae(**MAP).fit(train)
    assert aae.embedding_.shape == (300, 2)
    np.testing.assert_array_equal(aae.transform(train), aae.embedding_)
    shapes = shapes_in_pickle(aae)
    assert [shape for shape in shapes if shape and shape[0] == 300] == [(300, 2)]  # embedding_
    assert any(shape[0] == 100 for shape in shapes if len(shape) == 2)  # references


def test_rows_that_are_not_trained_on_do_not_shape_the_unit(make_aae, train, monkeypatch):
    chosen, held_out = np.arange(200), np.arange(200, 300)
    monkeypatch.setattr(_fitting, "split_rows", lambda *args: (chosen, held_out))
    monkeypatch.setattr(defaults, "LAYOUT_MAX_ROWS", 200)
    moved = train.copy()
    moved[held_out] += 100
    of_moved, of_train = (make_aae(**MAP).fit(rows) for rows in (moved, train))
    np.testing.assert_array_equal(of_moved.transform(train), of_train.embedding_)


def test_early_stopping_needs_fewer_components_than_rows_that_remain(make_aae, train):
    params = {"early_stopping": True, "validation_fraction": 0.95, "max_iter": 2}
    assert make_aae(**params).fit(train).transform(train).shape == (300, 2)


def test_noise_counts_less_where_rows_are_placed(make_aae):
    rng = np.random.RandomState(0)
    signal = np.cos(rng.uniform(0, np.pi, (300, 1)) * np.arange(1, 15))
    X = np.hstack([signal, rng.standard_normal((300, 20)) / 3])
    coordinates = make_aae(**MAP).fit(X)._model.features.search.coordinates
    lengths = np.linalg.norm(coordinates.inputs.rotation.components.cpu(), axis=1)
    np.testing.assert_allclose(lengths[:10], lengths[0], rtol=1e-5)
    assert (lengths[15:] < 0.8 * lengths[0]).all()


def test_auto_makes_maps_where_they_are_looked_at(make_aae, train):
    def features(**params):
        aae = make_aae(**{"neighbor_weight": "auto", "layout_max_iter": 1, **params}).fit(train)
        return aae._model.config.features.kind

    assert features(n_components=2) == "layout"
    assert features(n_components=3) == "layout"
    assert features(n_components=2, encoder="gaussian") == "layout"
    assert features(n_components=10) == "inputs"
    assert features(encoder_factory=conv_encoder) == "inputs"


@pytest.mark.parametrize(
    "params",
    [{"reconstruction_loss": "log_loss"}, {"decoder_factory": conv_decoder}],
    ids=["log_loss", "factory"],
)
def test_a_map_of_rows_that_are_not_rotated(make_aae, train, params):
    aae = make_aae(**{**MAP, "layout_max_iter": 100}, **params).fit(train / 16)
    of_components = trustworthiness(train, PCA(2).fit_transform(train))
    assert trustworthiness(train, aae.embedding_) > of_components
    np.testing.assert_array_equal(aae.transform(train / 16), aae.embedding_)


def test_a_map_of_two_rows(make_aae):
    assert make_aae(**MAP).fit_transform([[0.0, 1.0], [2.0, 3.0]]).shape == (2, 2)


def test_a_map_of_rows_that_repeat(make_aae, train):
    rows = np.repeat(train[:20], 20, axis=0)
    codes = make_aae(**MAP).fit_transform(rows)
    assert np.isfinite(codes).all()
    np.testing.assert_array_equal(codes[::20], codes[7::20])


def test_a_map_goes_on_warm(make_aae, train):
    aae = make_aae(**MAP, warm_start=True)
    first = aae.fit_transform(train)
    second = aae.fit_transform(train)
    assert trustworthiness(first, second) > 0.9
    assert np.any(first != second)


# --- networks of one's own ----------------------------------------------------------------


@pytest.fixture
def conv(make_aae):
    return make_aae(encoder_factory=conv_encoder, decoder_factory=conv_decoder, max_iter=5)


def test_factories_build_the_networks(conv, train, held_out):
    aae = conv.set_params(max_iter=40, learning_rate_init=0.01).fit(train)
    assert aae.score(held_out) > 0.05
    assert aae.sample(4).shape == (4, 64)


def test_factories_survive_clone_exactly(conv, train):
    twin = clone(conv)
    assert twin.encoder_factory is conv.encoder_factory
    assert twin.decoder_factory is conv.decoder_factory
    np.testing.assert_array_equal(twin.fit_transform(train), conv.fit_transform(train))


def test_factories_survive_pickle(conv, train):
    codes = conv.fit_transform(train)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(conv)).transform(train), codes)


def test_transform_runs_networks_in_evaluation_mode(conv, train):
    codes = conv.fit_transform(train)
    np.testing.assert_array_equal(conv.transform(train[:1]), codes[:1])
    np.testing.assert_array_equal(conv.transform(train), conv.transform(train))


def test_one_factory_alone(make_aae, train):
    assert make_aae(encoder_factory=conv_encoder).fit_transform(train).shape == (300, 2)
    assert make_aae(decoder_factory=conv_decoder, encoder="gaussian").fit(train).sample(2).size


# --- a fit that fails ---------------------------------------------------------------------


FAILURES = {
    "not finite": {"learning_rate_init": 1e30},
    "prior": {"prior": "what"},
    "log_loss": {"reconstruction_loss": "log_loss"},
    "device": {"device": "nowhere"},
    "parameter": {"max_iter": 0},
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failed_refit_leaves_the_model_as_it_was(make_aae, train, failure):
    aae = make_aae()
    codes = aae.fit_transform(train)
    before = {name: value for name, value in vars(aae).items() if name.endswith("_")}
    with pytest.raises((ValueError, ArithmeticError)):
        aae.set_params(**FAILURES[failure]).fit(train[:, :50])
    after = {name: value for name, value in vars(aae).items() if name.endswith("_")}
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    np.testing.assert_array_equal(aae.transform(train), codes)


LAST_STEPS = ["warn_about", "FitTask.finish", "AdversarialAutoencoder._keep"]


@pytest.mark.parametrize("step", LAST_STEPS)
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_refit_that_fails_in_its_last_step_changes_nothing(
    make_aae, train, monkeypatch, step, error
):
    aae, twin = (make_aae().partial_fit(train).partial_fit(train) for _ in range(2))
    before = dict(vars(aae))

    def fail(*args):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(f"aae_sklearn.estimators._adversarial_autoencoder.{step}", fail)
        with pytest.raises(error):
            aae.fit(train[:, :50])
    after = {name: value for name, value in vars(aae).items() if not name.startswith("_skl")}
    assert after.keys() == {name for name in before if not name.startswith("_skl")}
    assert all(after[name] is before[name] for name in after)
    # The stream goes on, with its optimisers.
    codes = aae.partial_fit(train).embedding_
    np.testing.assert_array_equal(codes, twin.partial_fit(train).embedding_)


def test_warnings_as_errors_leave_the_model_as_it_was(make_aae, train):
    aae = make_aae(max_iter=30).fit(train)
    before = {name: value for name, value in vars(aae).items() if name.endswith("_")}
    aae.set_params(adversarial_weight=0, learning_rate_init=1e-9)
    aae.set_params(discriminator_layer_sizes=(128, 128, 128))  # as by default: no game is played
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            aae.fit(train)
    assert all(vars(aae)[name] is value for name, value in before.items())


def test_fit_ends_the_stream(make_aae, train):
    aae = make_aae().partial_fit(train).fit(train)
    assert aae._stream is None
    twin = make_aae().fit(train).partial_fit(train)
    np.testing.assert_array_equal(aae.partial_fit(train).embedding_, twin.embedding_)


def test_failed_first_fit_leaves_nothing(make_aae, train):
    aae = make_aae(prior="what")
    with pytest.raises(ValueError, match="unknown prior"):
        aae.fit(train)
    assert not [name for name in vars(aae) if name.endswith("_")]


def test_log_loss_behind_a_scaler(make_aae, train, held_out):
    aae = make_aae(reconstruction_loss="log_loss", max_iter=100, hidden_layer_sizes=(64, 64))
    pipeline = make_pipeline(MinMaxScaler(clip=True), aae).fit(train)
    assert pipeline.score(held_out) > 0.2
    decoded = pipeline.inverse_transform(pipeline.transform(held_out))
    assert decoded.min() >= 0
    assert decoded.max() <= 16
