"""Maps with labels: what they change, and what they must not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import make_pipeline

import aae_sklearn
from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import ParameterWithoutEffectWarning
from aae_sklearn.metrics import class_separation
from aae_sklearn.priors import GaussianMixturePrior
from aae_sklearn.runtime._checkpoint import FileCheckpoint
from aae_sklearn.settings import _defaults as defaults
from tests.layout import maps

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# The encoder of such a map leaves places nearly where they are.
QUICK = {
    "max_iter": 2,
    "layout_max_iter": 30,
    "discriminator_layer_sizes": (16,),
    "learning_rate_init": 1e-4,
}


def make(**params):
    return AdversarialAutoencoder(**{"random_state": 0, **QUICK, **params})


def purity(aae, y):
    """How often rows that were laid out near each other have one label."""
    codes = maps.codes_of(aae._model.features).numpy()
    return class_separation(codes, y, codes, y, n_neighbors=5).knn_fitted


@pytest.fixture(scope="module")
def blobs():
    """Two overlapping balls of 150 rows, and their labels."""
    rng = np.random.RandomState(0)
    y = np.repeat([0, 1], 150)
    X = rng.normal(size=(300, 5))
    X[:, 0] += 1.5 * y
    return X, y


@pytest.fixture(scope="module")
def plain(blobs):
    """The map without labels."""
    return make().fit(blobs[0])


@pytest.fixture(scope="module")
def labelled(blobs):
    """The map with labels."""
    return make(label_weight=0.9).fit(*blobs)


@pytest.mark.parametrize("params", [{}, {"neighbor_weight": 0}, {"parametric": True}])
def test_without_weight_y_is_not_looked_at(blobs, params):
    layout = {} if "neighbor_weight" in params else {"layout_max_iter": 3}
    X, y = blobs[0][:60], blobs[1][:60]
    small = {"max_iter": 2, "hidden_layer_sizes": 8, "discriminator_layer_sizes": 8}
    aae = AdversarialAutoencoder(random_state=0, **small, **layout, **params)
    expected = clone(aae).fit(X)
    for anything in (y, ["any", 3, None], np.full((300, 2), np.nan)):
        found = clone(aae).fit(X, anything)
        np.testing.assert_array_equal(found.embedding_, expected.embedding_)
        np.testing.assert_array_equal(found.sample(3, 0), expected.sample(3, 0))


def test_classes_are_laid_out_further_apart_the_more_labels_count(blobs, plain, labelled):
    X, y = blobs
    some = make(label_weight=0.2).fit(X, y)
    assert purity(plain, y) < purity(some, y) < purity(labelled, y)
    assert purity(labelled, y) > 0.95


def test_rows_are_placed_as_if_they_had_no_label(blobs, plain, labelled):
    """So that the map shows no class better than it would of new rows."""
    X, y = blobs
    np.testing.assert_array_equal(labelled.transform(X), labelled.embedding_)
    rng = np.random.RandomState(1)
    X_new = rng.normal(size=(300, 5))
    X_new[:, 0] += 1.5 * y
    found = class_separation(labelled.embedding_, y, labelled.transform(X_new), y)
    assert found.knn_fitted < purity(labelled, y) - 0.05
    assert abs(found.knn_gap) < 0.2


@pytest.mark.parametrize(
    "y_as",
    [
        pytest.param(lambda y: np.array(["no", "yes"])[y], id="strings"),
        pytest.param(lambda y: y.astype(bool), id="booleans"),
        pytest.param(lambda y: 3.0 - y, id="floats"),
        pytest.param(lambda y: pd.Series(y, index=y[::-1]), id="series"),
        pytest.param(lambda y: pd.DataFrame({"y": y}), id="frame"),
        pytest.param(lambda y: y.tolist(), id="list"),
    ],
)
def test_names_of_classes_do_not_matter(blobs, labelled, y_as):
    X, y = blobs
    found = make(label_weight=0.9).fit_transform(X, y_as(y))
    np.testing.assert_array_equal(found, labelled.embedding_)


@pytest.mark.parametrize(
    ("unlabeled", "names"),
    [(-1, [0, 1]), ("", ["a", "b"]), (None, ["a", "b"]), (None, [0.0, 1.0]), ("auto", ["a", "b"])],
)
def test_some_labels_may_be_unknown(blobs, plain, labelled, unlabeled, names):
    X, y = blobs
    some = np.array(names, dtype=object)[y]
    some[::2] = None if unlabeled == "auto" else unlabeled
    found = make(label_weight=0.9, unlabeled=unlabeled).fit(X, some)
    assert purity(plain, y) < purity(found, y) < purity(labelled, y)


def test_numbers_order_the_map():
    """Neighbours of a like number pull more."""
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(300, 3)), rng.uniform(size=300)
    X[:, 0] += y

    def unlikeness(weight):
        codes = maps.codes_of(make(label_weight=weight).fit(X, y)._model.features).numpy()
        near = NearestNeighbors(n_neighbors=5).fit(codes).kneighbors(return_distance=False)
        return np.abs(y[near] - y[:, None]).mean()

    assert unlikeness(0.9) < 0.8 * unlikeness(0)


def test_labels_stay_with_their_rows_where_some_are_held_out(blobs):
    X, y = blobs
    aae = make(label_weight=0.9, early_stopping=True, validation_fraction=0.5).fit(X, y)
    codes = maps.codes_of(aae._model.features).numpy()
    in_order = np.sort(np.random.RandomState(0).permutation(300)[150:])  # as the fit draws them
    assert class_separation(codes, y[in_order], codes, y[in_order]).knn_fitted > 0.95


@pytest.mark.parametrize(
    "params", [{"metric": "manhattan"}, {"metric": "cosine"}, {"n_components": 1}]
)
def test_labels_count_on_every_map(blobs, params):
    X, y = blobs
    plain, labelled = (make(label_weight=w, **params).fit(X, y) for w in (0, 0.9))
    assert purity(labelled, y) > purity(plain, y) + 0.1


def test_labels_count_on_a_parametric_map(blobs):
    X, y = blobs
    params = {"parametric": True, "hidden_layer_sizes": 16}
    others = np.random.RandomState(0).permutation(y)
    of_own, of_others = (make(label_weight=0.9, **params).fit_transform(X, k) for k in (y, others))
    assert np.abs(of_own - of_others).max() > 1e-4


def test_a_warm_start_goes_on_with_labels(blobs, plain):
    X, y = blobs
    aae = make(warm_start=True).fit(X)
    aae.set_params(label_weight=0.9).fit(X, y)
    assert purity(aae, y) > purity(plain, y) + 0.1


def test_a_stream_lays_its_first_chunk_out_with_labels(blobs):
    X, y = blobs
    first, later = slice(0, None, 2), slice(1, None, 2)
    aae = make(label_weight=0.9).partial_fit(X[first], y[first])
    assert purity(aae, y[first]) > 0.95
    twin = clone(aae).partial_fit(X[first], y[first]).partial_fit(X[later], y[later])
    aae.partial_fit(X[later])
    np.testing.assert_array_equal(twin.embedding_, aae.embedding_)


PETALS = GaussianMixturePrior(3)


@pytest.fixture(scope="module")
def three():
    """Images of three digits, of which half are new."""
    X, y = load_digits(n_class=3, return_X_y=True)
    return X[::2], y[::2], X[1::2], y[1::2]


@pytest.mark.parametrize("names", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize(
    "params",
    [
        {"neighbor_weight": 0, "max_iter": 150, "hidden_layer_sizes": (32, 32)},
        {"max_iter": 20},
        {"parametric": True, "max_iter": 40, "hidden_layer_sizes": (64, 64)},
    ],
)
def test_each_class_has_its_component_if_there_are_as_many(three, params, names):
    X, y, X_new, y_new = three
    some = np.where(np.arange(len(y)) % 3 == 0, -1, np.array(names)[y])
    aae = AdversarialAutoencoder(
        prior=PETALS,
        label_weight=0.8,
        unlabeled=-1,
        discriminator_layer_sizes=(32, 32),
        layout_max_iter="auto" if "neighbor_weight" in params else 30,
        random_state=0,
        **params,
    ).fit(X, some)
    assert (aae.prior_.assign(aae.transform(X_new)) == np.array(names)[y_new]).mean() > 0.9


def test_a_game_by_classes_can_be_saved_and_goes_on_with_as_many(three, tmp_path):
    X, y, *_ = three
    aae = make(prior=PETALS, neighbor_weight=0, label_weight=0.5, warm_start=True).fit(X, y)
    aae.save(tmp_path / "model")
    loaded = aae_sklearn.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.transform(X), aae.embedding_)
    np.testing.assert_array_equal(
        loaded.set_params(random_state=1).fit(X, y).embedding_,
        aae.set_params(random_state=1).fit(X, y).embedding_,
    )
    with pytest.raises(ValueError, match="warm_start=True goes on from the last fit"):
        aae.fit(X, y % 2)


@pytest.mark.parametrize("n_written", [3, 22])  # in the layout, and in the game
def test_a_fit_that_was_killed_goes_on_with_its_labels(three, n_written, tmp_path, monkeypatch):
    X, y, *_ = three
    params = {"prior": PETALS, "label_weight": 0.5, "layout_max_iter": 4, "max_iter": 3}
    expected = make(**params).fit(X, y)
    monkeypatch.setattr(defaults, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(defaults, "CHECKPOINT_SHARE", 1e9)
    write, written = FileCheckpoint._write, []

    def write_and_die(self, states):
        write(self, states)
        written.append(states)
        if len(written) == n_written:
            raise KeyboardInterrupt

    monkeypatch.setattr(FileCheckpoint, "_write", write_and_die)
    aae = make(**params, checkpoint=tmp_path / "fit")
    with pytest.raises(KeyboardInterrupt):
        aae.fit(X, y)
    with pytest.raises(ValueError, match="a fit with another y"):
        aae.fit(X, y % 2 * 2 + y // 2)
    aae.fit(X, y)
    np.testing.assert_array_equal(aae.embedding_, expected.embedding_)


def test_a_stream_plays_no_game_by_classes(three):
    X, y, *_ = three
    with pytest.raises(ValueError, match="partial_fit plays no game by classes"):
        make(prior=PETALS, label_weight=0.5).partial_fit(X, y)


@pytest.mark.parametrize("params", [{"n_components": 4}, {"neighbor_weight": 0}])
def test_labels_have_no_effect_without_a_layout_and_components(blobs, params):
    with pytest.warns(ParameterWithoutEffectWarning, match="label_weight has no effect .* prior"):
        make(label_weight=0.5, **params).fit(*blobs)


def test_labels_are_needed_where_they_count(blobs):
    X, y = blobs
    aae = make(label_weight=0.5).fit(X, y)
    before = aae.embedding_
    with pytest.raises(ValueError, match="y is None; pass a label for each row"):
        aae.fit(X)
    with pytest.raises(ValueError, match="X has 300 rows and y has 299"):
        aae.fit(X, y[:-1])
    assert aae.embedding_ is before
    assert aae.__sklearn_tags__().target_tags.required
    assert not make().__sklearn_tags__().target_tags.required


def test_a_weight_outside_of_its_range_is_refused(blobs):
    for weight in (-0.1, 1.1):
        with pytest.raises(ValueError, match="'label_weight'"):
            make(label_weight=weight).fit(*blobs)


def test_a_word_for_unknown_labels_has_no_effect_without_weight(blobs):
    with pytest.warns(ParameterWithoutEffectWarning, match="raise label_weight"):
        make(unlabeled="").fit(*blobs)


def test_a_grid_over_the_weight_with_a_classifier_behind():
    X, y = load_digits(n_class=4, return_X_y=True)
    model = make_pipeline(make(), KNeighborsClassifier())
    grid = {"adversarialautoencoder__label_weight": [0, 0.5]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X[::2], y[::2])
    assert search.score(X[1::2], y[1::2]) > 0.9


def test_files_hold_the_weight(blobs, tmp_path):
    X, y = blobs
    for unlabeled in ("auto", -1, "", None):
        aae = make(label_weight=0.5, unlabeled=unlabeled).fit(X, y)
        aae.save(tmp_path / "map")
        loaded = aae_sklearn.load(tmp_path / "map")
        assert loaded.get_params() == aae.get_params()
        np.testing.assert_array_equal(loaded.transform(X), aae.embedding_)
