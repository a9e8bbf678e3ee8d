"""On a cluster of two processes: the same bits, also where a worker is lost."""

import os
import signal

import dask
import dask.array as da
import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.distributed import sample_rows
from tests.distributed.conftest import QUICK


def deadly_once(block, marker):
    """The first worker that comes here is lost, as if its machine were."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return block
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(train, tmp_path):
    marker = str(tmp_path / "killed")
    X = da.from_array(train, chunks=(30, 64))
    return X.map_blocks(deadly_once, marker, meta=np.empty((0, 0))), marker


def n_torch_threads(estimator, X):
    return float(torch.get_num_threads())


@pytest.mark.usefixtures("client")
def test_codes_and_score_have_the_bits_of_one_process(model, train, array_collection):
    assert_array_equal(model.transform(array_collection).compute(), model.transform(train))
    on_cluster = model.score(array_collection)
    with dask.config.set(scheduler="synchronous"):
        assert on_cluster == model.score(array_collection)


@pytest.mark.usefixtures("client")
def test_rows_that_workers_hold_are_looked_at_sampled_and_placed(train, array_collection):
    X = array_collection.persist()
    ours = AdversarialAutoencoder(**QUICK).fit(X)
    theirs = AdversarialAutoencoder(**QUICK).fit(train)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_)
    assert ours.score(X) == pytest.approx(theirs.score(train), rel=1e-12)
    assert_array_equal(sample_rows(X, 300, random_state=0), train)


@pytest.mark.usefixtures("client")
def test_frames_that_workers_hold_are_sampled_and_placed(frame, frame_collection):
    X = frame_collection.persist()
    ours = AdversarialAutoencoder(**QUICK).fit(X)
    theirs = AdversarialAutoencoder(**QUICK).fit(frame)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_)


@pytest.mark.usefixtures("client")
def test_frames_are_placed_by_a_cluster(frame_model, frame, frame_collection):
    codes = frame_model.transform(frame_collection).compute()
    assert_array_equal(codes, frame_model.transform(frame))
    assert codes.index.equals(frame.index)


def test_a_model_is_moved_once_however_many_partitions_there_are(client, model):
    from distributed.protocol import serialize

    def graph_bytes(n_partitions):
        codes = model.transform(da.zeros((n_partitions, 64), chunks=(1, 64)))
        _, frames = serialize(dict(codes.__dask_graph__()))
        return sum(map(len, frames)) / n_partitions

    n_before = len(client.futures)
    codes = [model.transform(da.zeros((3, 64), chunks=(1, 64))) for _ in range(3)]
    assert len(client.futures) == n_before + 1
    assert len(codes) == 3
    assert graph_bytes(100) < 10_000


def test_a_large_model_is_sent_without_a_warning(client):
    class Large:
        noise = np.random.default_rng(0).bytes(12_000_000)

        def __init__(self):
            self.held = self.noise

    from aae_sklearn.distributed._sharing import share

    assert share(Large()).result().held == Large.noise


@pytest.mark.usefixtures("client")
def test_a_worker_that_is_lost_while_placing_loses_nothing(model, train, tmp_path):
    X, marker = deadly(train, tmp_path)
    assert_array_equal(model.transform(X).compute(), model.transform(train))
    assert os.path.exists(marker)


@pytest.mark.usefixtures("client")
def test_a_worker_that_is_lost_in_the_pass_before_a_fit_loses_nothing(train, tmp_path):
    X, marker = deadly(train, tmp_path)
    ours = AdversarialAutoencoder(**QUICK).fit(X)
    assert os.path.exists(marker)
    theirs = AdversarialAutoencoder(**QUICK).fit(train)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_)


@pytest.mark.usefixtures("client")
def test_a_block_whose_result_exceeds_the_memory_of_a_worker_is_cut(train):
    aae = AdversarialAutoencoder(**QUICK).fit(train)
    n_rows = 1_600_000  # decoded they take 0.8 GB, twice while they are made; a worker has 1 GiB
    rows = aae.inverse_transform(da.zeros((n_rows, 2), chunks=(n_rows, 2)))
    mean = aae.inverse_transform(np.zeros((1, 2)))[0].mean()
    assert rows.mean().compute() == pytest.approx(mean, rel=1e-9)


def test_a_search_runs_on_the_workers_with_a_thread_each(client, train):
    weights = {"adversarial_weight": [0.05, 5.0]}
    scoring = {"score": lambda estimator, X: estimator.score(X), "threads": n_torch_threads}
    search = GridSearchCV(
        AdversarialAutoencoder(**QUICK), weights, scoring=scoring, refit="score", cv=2
    )
    with joblib.parallel_config("dask", scatter=[train]):
        search.fit(train)
    assert (search.cv_results_["mean_test_threads"] == 1).all()
    alone = GridSearchCV(AdversarialAutoencoder(**QUICK), weights, cv=2).fit(train)
    assert search.best_params_ == alone.best_params_
    assert_array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
