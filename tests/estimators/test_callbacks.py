"""scikit-learn's callbacks, where it has them, and the stand-in where it does not."""

import importlib.util
import sys

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn import (
    AdversarialAutoencoder,
    AdversarialAutoencoderClassifier,
    AdversarialAutoencoderClusterer,
)
from aae_sklearn.estimators import _sklearn_compat

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def callback():
    return pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9 has no callbacks")


def explained_variance(estimator, X, y):
    """A scorer; in scikit-learn 1.9 ``ScoringMonitor(scoring=None)`` fails for any estimator."""
    return estimator.score(X)


@pytest.fixture
def monitor(callback):
    return callback.ScoringMonitor(scoring={"score": explained_variance})


class Recorder:
    """Notes which tasks begin and end; asks to stop after some epochs."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.events = []
        self.estimators = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.events.append(("end", context.task_name, context.task_id))
        if context.task_name == "epoch":
            self.estimators.append(fitted_estimator)
        return len(self.estimators) == self.stop_after

    def teardown(self, estimator, context):
        self.events.append("teardown")


def test_each_task_begins_and_ends_once(callback, make_aae, train):
    recorder = Recorder()
    make_aae().set_callbacks(recorder).fit(train)
    epochs = [(event, "epoch", epoch) for epoch in range(3) for event in ("begin", "end")]
    whole = ("begin", "fit", 0), ("end", "fit", 0)
    assert recorder.events == ["setup", whole[0], *epochs, whole[1], "teardown"]


def test_callbacks_do_not_change_the_fit(monitor, make_aae, train):
    codes = make_aae().fit_transform(train)
    heard = make_aae().set_callbacks(Recorder(), monitor)
    np.testing.assert_array_equal(heard.fit_transform(train), codes)


def test_callback_gets_an_estimator_that_works(callback, make_aae, train, held_out):
    recorder = Recorder()
    aae = make_aae().set_callbacks(recorder).fit(train)
    first, _, last = recorder.estimators
    np.testing.assert_array_equal(last.transform(held_out), aae.transform(held_out))
    assert first.score(train) < last.score(train)
    assert first.inverse_transform(first.transform(train)).shape == train.shape
    assert first.sample(3).shape == (3, 64)


@pytest.mark.usefixtures("short_fits")
@pytest.mark.parametrize("heads", [False, True])
def test_callback_gets_a_classifier_and_a_clusterer_that_work(callback, train, heads):
    params = {"max_iter": 2, "heads": heads, "random_state": 0}
    clusterer = AdversarialAutoencoderClusterer(4, **params)
    classifier = AdversarialAutoencoderClassifier(**params)
    for estimator, y in ((clusterer, None), (classifier, train[:, 20] > 8)):
        recorder = Recorder()
        fitted = estimator.set_callbacks(recorder).fit(train, y)
        heard = recorder.estimators[-1]
        for name in ("transform", "predict", "predict_proba", "score_samples"):
            np.testing.assert_array_equal(
                getattr(heard, name)(train), getattr(fitted, name)(train)
            )
        assert list(heard.get_feature_names_out()) == list(fitted.get_feature_names_out())
        label = {} if heads else {"label": heard.predict(train)}
        decoded = heard.inverse_transform(heard.transform(train), **label)
        assert decoded.shape == train.shape


def test_callback_gets_rows_with_their_missing_cells_and_an_estimator_that_reads_them(
    monitor, make_aae, train
):
    rows = np.where(np.random.RandomState(0).uniform(size=train.shape) < 0.2, np.nan, train)
    recorder = Recorder()
    aae = make_aae(missing_values="mask").set_callbacks(recorder, monitor).fit(rows)
    np.testing.assert_array_equal(recorder.estimators[-1].transform(rows), aae.transform(rows))
    assert epoch_scores(monitor)[-1] == aae.score(rows)


def test_callback_may_stop_the_training(callback, make_aae, train):
    aae = make_aae(max_iter=50).set_callbacks(Recorder(stop_after=2)).fit(train)
    assert aae.n_iter_ == 2
    assert np.isfinite(aae.transform(train)).all()


def test_callbacks_are_torn_down_when_training_fails(callback, make_aae, train):
    recorder = Recorder()
    with pytest.raises(ArithmeticError):
        make_aae(learning_rate_init=1e30).set_callbacks(recorder).fit(train)
    assert recorder.events[-1] == "teardown"


def epoch_scores(monitor):
    return [entry["score"] for entry in monitor.get_logs().data if entry["task_name"] == "epoch"]


def test_scoring_monitor_logs_the_score_of_each_epoch(monitor, make_aae, train):
    aae = make_aae(max_iter=5).set_callbacks(monitor).fit(train)
    scores = epoch_scores(monitor)
    assert len(scores) == 5
    assert scores[0] < scores[-1] == pytest.approx(aae.score(train))


def test_scoring_monitor_in_a_pipeline(monitor, make_aae, train):
    pipeline = make_pipeline(StandardScaler(), make_aae().set_callbacks(monitor)).fit(train)
    assert epoch_scores(monitor)[-1] == pytest.approx(pipeline.score(train))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scoring_monitor_in_a_grid_search(monitor, make_aae, train, n_jobs):
    search = GridSearchCV(
        make_aae().set_callbacks(monitor), {"n_components": [1, 2]}, cv=2, n_jobs=n_jobs
    ).fit(train)
    n_fits = 2 * 2 + 1
    scores = epoch_scores(monitor)
    assert len(scores) == 3 * n_fits
    assert np.isfinite(scores).all()
    assert search.best_estimator_.score(train) in [pytest.approx(score) for score in scores]


def test_propagated_callback_hears_the_epochs_in_a_pipeline(callback, make_aae, train):
    recorder = Recorder()
    make_pipeline(StandardScaler(), make_aae()).set_callbacks(recorder).fit_transform(train)
    begun = [event[1:] for event in recorder.events if event[0] == "begin"]
    ended = [event[1:] for event in recorder.events if event[0] == "end"]
    assert [task for task in begun if task[0] == "epoch"] == [("epoch", i) for i in range(3)]
    assert sorted(begun) == sorted(ended)


@pytest.mark.parametrize("kind", ["alone", "pipeline", "grid search"])
def test_progress_bar_reaches_its_end(callback, make_aae, train, capsys, monkeypatch, kind):
    pytest.importorskip("rich", reason="ProgressBar needs rich")
    monkeypatch.setenv("COLUMNS", "200")
    aae = make_aae()
    estimator = {
        "alone": aae,
        "pipeline": make_pipeline(StandardScaler(), aae),
        "grid search": GridSearchCV(aae, {"n_components": [1, 2]}, cv=2),
    }[kind]
    estimator.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(train)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    of_ours = [line for line in lines if "AdversarialAutoencoder" in line]
    assert of_ours
    assert all("100%" in line for line in lines)


# --- older scikit-learn -------------------------------------------------------------------


@pytest.fixture
def stand_in(monkeypatch):
    """The compatibility module as it is where scikit-learn has no callbacks."""
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.spec_from_file_location("old_compat", _sklearn_compat.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.undo()
    return module


def test_stand_in_calls_nobody_and_never_stops(stand_in):
    context = stand_in.CallbackSupportMixin()._init_callback_context(max_subtasks=3)
    epoch = context.subcontext(task_name="epoch")
    epoch.call_on_fit_task_begin(estimator=None, X=None, y=None)
    assert epoch.call_on_fit_task_end(estimator=None, X=None, y=None) is False


def test_fit_works_with_the_stand_in(stand_in, make_aae, train, monkeypatch):
    codes = make_aae().fit_transform(train)
    monkeypatch.setattr(
        AdversarialAutoencoder,
        "_init_callback_context",
        stand_in.CallbackSupportMixin._init_callback_context,
    )
    np.testing.assert_array_equal(make_aae().fit_transform(train), codes)


def test_stand_in_offers_what_the_module_exports(stand_in):
    assert all(hasattr(stand_in, name) for name in _sklearn_compat.__all__)
    assert not hasattr(stand_in.CallbackSupportMixin, "set_callbacks")
