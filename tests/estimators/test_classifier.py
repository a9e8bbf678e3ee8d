"""The classifier: what it learns from few labels, its styles, and where it fits in."""

import pickle
import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import shuffle

from aae_sklearn import AdversarialAutoencoderClassifier, load
from aae_sklearn.display import Explorer
from aae_sklearn.estimators import _labelled_fitting
from aae_sklearn.estimators._labels import read_labels
from aae_sklearn.estimators._teachers import LabelTeacher
from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.settings import _defaults as defaults

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("short_fits"),
]
SMALL = {"hidden_layer_sizes": 48, "discriminator_layer_sizes": 16, "random_state": 0}
N_ROWS, N_LABELLED = 500, 60


@pytest.fixture(scope="module")
def data():
    X, y = ordered_digits()
    few = y[:N_ROWS].copy()
    few[N_LABELLED:] = -1
    return X[:N_ROWS], few, X[N_ROWS:800], y[N_ROWS:800]


def ordered_digits():
    """In a random order, as they come writer by writer; as many of each class first."""
    X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
    of_each = [np.flatnonzero(y[:N_ROWS] == digit) for digit in range(10)]
    first = np.concatenate([rows[: N_LABELLED // 10] for rows in of_each])
    order = np.concatenate([first, np.setdiff1d(np.arange(len(y)), first)])
    return X[order], y[order]


@pytest.fixture(scope="module", params=[False, True], ids=["styles", "heads"])
def fitted(request, data):
    X, few, _, _ = data
    width = 2 if request.param else 4
    model = AdversarialAutoencoderClassifier(width, heads=request.param, max_iter=60, **SMALL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, few)


def test_rows_without_a_label_help(fitted, data):
    X, few, X_new, y_new = data
    labelled = LogisticRegression(max_iter=1000).fit(X[:N_LABELLED], few[:N_LABELLED])
    assert fitted.score(X_new, y_new) > labelled.score(X_new, y_new)
    assert fitted.score(X_new, y_new) > 0.85


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_encoder_begins_as_the_network_that_learnt_last(data, precision):
    X, few, X_new, y_new = data
    stands_still = {"max_iter": 1, "learning_rate_init": 1e-9, "random_state": 0}
    stands_still["precision"] = precision
    begun = AdversarialAutoencoderClassifier(**stands_still).fit(X, few)
    drawn = AdversarialAutoencoderClassifier(activation="relu", **stands_still).fit(X, few)
    assert begun.score(X_new, y_new) > 0.8 > 0.4 > drawn.score(X_new, y_new)


def test_updates_are_fewer_only_if_rows_that_are_trained_on_have_no_label(monkeypatch):
    monkeypatch.setattr(defaults, "LABELLED_MAX_ROWS", 500)
    monkeypatch.setattr(defaults, "LEARNT_MOST_UPDATES", 70)
    X, model = np.zeros((600, 3)), AdversarialAutoencoderClassifier(2)
    epochs = {}
    for n_known in (499, 500, 600):
        y = np.arange(600) % 2
        y[n_known:] = -1
        teacher = LabelTeacher(read_labels(y, len(y), -1), True)
        epochs[n_known] = model._job(X, teacher).config.training.n_epochs
    assert epochs[499] < epochs[500] == epochs[600]


def test_probabilities_sum_to_one_and_a_row_has_its_own_whatever_is_around_it(fitted, data):
    X_new = data[2]
    proba = fitted.predict_proba(X_new)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert proba.min() >= 0
    np.testing.assert_array_equal(fitted.predict_proba(X_new[7:8]), proba[7:8])
    np.testing.assert_array_equal(fitted.classes_[proba.argmax(axis=1)], fitted.predict(X_new))


def test_samples_of_a_class_are_of_that_class(fitted):
    for label in (0, 3, 6):
        rows = fitted.sample(50, label=label, random_state=0)
        assert (fitted.predict(rows) == label).mean() > 0.6
    each = fitted.sample(10, label=np.arange(10), random_state=0)
    assert (fitted.predict(each) == np.arange(10)).mean() >= 0.6


def test_a_code_decodes_to_its_row(fitted, data):
    X_new = data[2]
    codes = fitted.transform(X_new)
    label = None if fitted.heads else fitted.predict(X_new)
    error = np.square(fitted.inverse_transform(codes, label=label) - X_new).sum()
    assert error < 0.8 * np.square(X_new - data[0].mean(axis=0)).sum()


@pytest.mark.parametrize("fitted", [True], indirect=True, ids=["heads"])
def test_heads_are_apart_and_codes_lie_at_the_head_of_their_class(fitted, data):
    X_new, model = data[2], fitted
    between = np.linalg.norm(model.heads_[:, None] - model.heads_, axis=2)
    assert between[np.triu_indices(10, 1)].min() > 2
    codes, proba = model.transform(X_new), model.predict_proba(X_new)
    style = codes - proba @ model.heads_
    np.testing.assert_allclose(model.score_samples(X_new), model.prior_.log_prob(style))
    with pytest.raises(ValueError, match="heads=True a code says its class by its place"):
        model.inverse_transform(codes, label=3)


def test_a_style_needs_a_class(data):
    X, few, _, _ = data
    model = AdversarialAutoencoderClassifier(3, max_iter=2, **SMALL).fit(X, few)
    with pytest.raises(ValueError, match="a style says no class; pass label"):
        model.inverse_transform(model.transform(X))
    with pytest.raises(ValueError, match="none of the classes 0, 1, 2"):
        model.sample(3, label="three")
    with pytest.raises(AttributeError, match="use heads=True"):
        model.heads_  # noqa: B018


def test_a_parameter_that_is_set_after_the_fit_changes_no_model(fitted, data):
    heads, before = fitted.heads, fitted.transform(data[2])
    try:
        fitted.set_params(heads=not heads)
        np.testing.assert_array_equal(fitted.transform(data[2]), before)
        label = None if heads else fitted.predict(data[2])
        assert fitted.inverse_transform(before, label).shape == data[2].shape
    finally:
        fitted.set_params(heads=heads)


def test_score_needs_classes(fitted, data):
    with pytest.raises(ValueError, match="score needs y"):
        fitted.score(data[2])


def test_a_refit_that_fails_leaves_the_model_as_it_was(fitted, data):
    X, few, X_new, _ = data
    before = fitted.predict_proba(X_new)
    with pytest.raises(ValueError, match="only one class"):
        fitted.fit(X, np.where(few < 0, -1, 7))
    np.testing.assert_array_equal(fitted.predict_proba(X_new), before)


@pytest.mark.parametrize("kind", ["frame", "sparse", "memmap"])
def test_rows_of_any_kind_give_the_same_classes(kind, data, tmp_path):
    X, few, X_new, _ = data
    kinds = {
        "frame": pd.DataFrame,
        "sparse": sparse.csr_array,
        "memmap": lambda rows: _mapped(rows, tmp_path / f"{len(rows)}.npy"),
    }
    params = {"max_iter": 5, "precision": "float32", **SMALL}
    plain = AdversarialAutoencoderClassifier(3, **params).fit(X, few)
    other = AdversarialAutoencoderClassifier(3, **params).fit(kinds[kind](X), few)
    expected = plain.predict_proba(X_new)
    # Products of sparse rows are summed in another order.
    np.testing.assert_allclose(other.predict_proba(kinds[kind](X_new)), expected, atol=0.05)


def _mapped(rows, path):
    np.save(path, rows)
    return np.load(path, mmap_mode="r")


def test_labels_of_other_types_are_given_back(data):
    X, few, X_new, _ = data
    params = {"max_iter": 5, **SMALL}
    number = AdversarialAutoencoderClassifier(3, **params).fit(X, few)
    text = AdversarialAutoencoderClassifier(3, unlabeled="", **params)
    text.fit(X, np.where(few < 0, "", few.astype(str)))
    assert text.classes_.tolist() == list("0123456789")
    np.testing.assert_array_equal(text.predict(X_new), number.predict(X_new).astype(str))
    truth = AdversarialAutoencoderClassifier(3, **params).fit(X, few % 2 == 0)
    assert truth.predict(X_new).dtype == bool


def test_it_survives_files_and_pickles(fitted, data, tmp_path):
    X_new = data[2]
    fitted.save(tmp_path / "model")
    for other in (load(tmp_path / "model"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(other.predict_proba(X_new), fitted.predict_proba(X_new))
        np.testing.assert_array_equal(other.transform(X_new), fitted.transform(X_new))
        np.testing.assert_array_equal(other.sample(2, 0, label=5), fitted.sample(2, 0, label=5))
        assert repr(other.prior_) == repr(fitted.prior_)


def test_it_is_calibrated_and_searched(data):
    X, _, X_new, y_new = data
    y = ordered_digits()[1][:N_ROWS]
    model = AdversarialAutoencoderClassifier(3, max_iter=40, **SMALL)
    calibrated = CalibratedClassifierCV(model, cv=2).fit(X, y)
    assert calibrated.score(X_new, y_new) > 0.8
    search = GridSearchCV(model, {"n_components": [3]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.8


def test_rows_without_a_label_count_in_no_score(fitted, data):
    X, few, _, _ = data
    known = few >= 0
    right = fitted.predict(X[known]) == few[known]
    assert fitted.score(X, few) == pytest.approx(right.mean())
    weights = np.random.RandomState(0).uniform(size=len(X))
    expected = np.average(right, weights=weights[known])
    assert fitted.score(X, few, weights) == pytest.approx(expected)
    with pytest.raises(ValueError, match="pass one for each row"):
        fitted.score(X, few[1:])


def test_few_labels_are_cross_validated(data):
    X, few, _, _ = data
    model = AdversarialAutoencoderClassifier(3, max_iter=40, **SMALL)
    assert cross_val_score(model, X, few, cv=2).min() > 0.6


def test_without_the_graph_only_labelled_rows_are_taught(data):
    X, few, _, _ = data
    model = AdversarialAutoencoderClassifier(3, spread_labels=False, max_iter=30, **SMALL)
    model.fit(X, few)
    assert model.score(X[:N_LABELLED], few[:N_LABELLED]) > 0.95


@pytest.mark.parametrize("heads", [False, True])
def test_a_model_with_classes_is_not_exported(data, heads):
    model = AdversarialAutoencoderClassifier(2, heads=heads, max_iter=1, **SMALL)
    model.fit(data[0], data[1])
    for export in (lambda: model.to_onnx("nowhere"), lambda: model.as_module()):
        with pytest.raises(NotExportableError, match="models that know classes are not exported"):
            export()
    page = Explorer.from_estimator(model, data[0]) if heads else None  # decodes on a grid
    assert page is None or page._repr_html_()


def test_a_metric_that_compares_rows_is_asked_of_few():
    most = defaults.OWN_METRIC_MAX_ROWS
    X, y = np.zeros((most + 5, 3)), np.arange(most + 5) % 2
    model = AdversarialAutoencoderClassifier(2, metric=lambda a, b: 1.0, **SMALL)
    job = model._job(X, LabelTeacher(read_labels(y, len(y), -1), True))
    assert job.config.training.n_rows == most


def test_verbose_counts_the_lessons_before_the_epochs(data, capsys):
    X, few, *_ = data
    AdversarialAutoencoderClassifier(2, max_iter=1, verbose=1, **SMALL).fit(X, few)
    lines = capsys.readouterr().out.splitlines()
    counted = [line.split("  ")[0] for line in lines[1:]]
    assert counted[-2:] == ["lesson 90/90", "epoch 1/1"]
    assert all(words.startswith("lesson ") for words in counted[:-1])


def test_ctrl_c_before_there_are_classes_ends_the_fit(data, monkeypatch):
    def pressed(*args):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(_labelled_fitting, "arrange", pressed)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            AdversarialAutoencoderClassifier(2, max_iter=1, **SMALL).fit(data[0], data[1])
    finally:
        signal.signal(signal.SIGINT, before)
