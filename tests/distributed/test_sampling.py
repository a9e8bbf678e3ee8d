"""A fit to a collection is the fit to rows drawn from it."""

import pickle
import warnings

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import aae_sklearn
from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.distributed import sample_rows
from aae_sklearn.distributed._collections import collection_of
from aae_sklearn.distributed._sampling import draw, sample_to_fit, split
from aae_sklearn.distributed._survey import look
from aae_sklearn.estimators._sampled_fit import n_rows_to_fit
from aae_sklearn.exceptions import ExtremeValuesWarning, UnknownChunkSizesWarning
from aae_sklearn.settings import _defaults as defaults

QUICK = {"max_iter": 20, "hidden_layer_sizes": (16,), "layout_max_iter": 2, "random_state": 0}


@pytest.fixture
def few_laid_out(monkeypatch):
    """A layout of at most 200 rows, so that of 300 some are drawn."""
    monkeypatch.setattr(defaults, "LAYOUT_MAX_ROWS", 200)


def numbered(n_rows, chunks):
    """Rows that are their own numbers."""
    return da.arange(n_rows, chunks=chunks).reshape(-1, 1)


def test_a_sample_does_not_depend_on_how_rows_are_cut():
    samples = [sample_rows(numbered(1000, c), 50, random_state=3) for c in (1000, 100, 7)]
    assert_array_equal(samples[0], samples[1])
    assert_array_equal(samples[0], samples[2])
    assert len(np.unique(samples[0])) == 50
    assert (np.diff(samples[0], axis=0) > 0).all()


def test_each_row_is_drawn_equally_often():
    counts = np.zeros(60)
    for seed in range(2000):
        counts[draw(60, 6, np.random.RandomState(seed))] += 1
    # Binomial with mean 200: five standard deviations.
    assert np.abs(counts - 200).max() < 5 * np.sqrt(200 * 0.9)


def test_a_billion_rows_are_drawn_from_without_a_list_of_them():
    index = draw(10**9, 60_000, np.random.RandomState(0))
    assert len(np.unique(index)) == 60_000
    # Their mean is that of a uniform distribution, within five standard errors.
    assert abs(index.mean() / 1e9 - 0.5) < 5 / np.sqrt(12 * 60_000)


def test_an_index_is_split_by_partitions():
    index = np.array([0, 3, 4, 9])
    parts = split(index, [4, 0, 1, 5, 0])
    assert [part.tolist() for part in parts] == [[0, 3], [], [0], [4], []]


def test_all_rows_are_taken_where_no_more_are_there(train, array_collection):
    assert_array_equal(sample_rows(array_collection, 1000, random_state=0), train)


def test_rows_of_a_frame_keep_index_and_names(frame, frame_collection):
    sample = sample_rows(frame_collection, 20, random_state=0)
    assert sample.columns.equals(frame.columns)
    assert_array_equal(sample, frame.loc[sample.index])


def test_a_fit_of_all_rows_is_the_fit_of_the_rows_in_memory(train, array_collection):
    ours = AdversarialAutoencoder(**QUICK).fit(array_collection)
    theirs = AdversarialAutoencoder(**QUICK).fit(train)
    assert isinstance(ours.embedding_, da.Array)
    assert ours.embedding_.shape == (300, 2)
    assert_array_equal(ours.embedding_, theirs.embedding_)
    assert ours.history_ == theirs.history_


@pytest.mark.usefixtures("few_laid_out")
def test_a_fit_of_many_rows_is_the_fit_of_the_sample(train, array_collection):
    ours = AdversarialAutoencoder(**QUICK).fit(array_collection)
    sample = sample_rows(array_collection, 200, random_state=0)
    theirs = AdversarialAutoencoder(**QUICK).fit(sample)
    assert_array_equal(ours.transform(train), theirs.transform(train))
    assert_array_equal(ours.embedding_, theirs.transform(train))
    assert ours.score(train) == theirs.score(train)


@pytest.mark.usefixtures("few_laid_out")
def test_a_frame_is_sampled_alike_though_its_lengths_are_found_first(
    frame, frame_collection, array_collection
):
    ours = AdversarialAutoencoder(**QUICK).fit(frame_collection)
    theirs = AdversarialAutoencoder(**QUICK).fit(array_collection)
    assert_array_equal(ours.feature_names_in_, frame.columns)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_.compute())


def test_chunks_of_unknown_sizes_are_counted_with_a_message(train, array_collection):
    X = array_collection[array_collection[:, 10] >= 0]
    with pytest.warns(UnknownChunkSizesWarning, match="compute_chunk_sizes"):
        ours = AdversarialAutoencoder(**QUICK).fit(X)
    theirs = AdversarialAutoencoder(**QUICK).fit(train)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_)


def test_codes_of_a_fitted_collection_are_lazy_also_from_fit_transform(array_collection):
    codes = AdversarialAutoencoder(**QUICK).fit_transform(array_collection)
    assert isinstance(codes, da.Array)
    assert codes.chunks[0] == array_collection.chunks[0]


def test_every_rare_row_of_one_partition_may_be_drawn():
    """A class that is all in the last of 100 partitions has its share of the sample."""
    sample = sample_rows(numbered(100_000, 1000), 20_000, random_state=0)
    n_rare = int((sample >= 99_000).sum())
    assert abs(n_rare - 200) < 5 * np.sqrt(200)


def test_extremes_are_those_of_all_rows(train, array_collection):
    found = look(collection_of(array_collection), None, allows_nan=False)
    assert found.lengths == array_collection.chunks[0]
    assert_array_equal(found.extremes.low, train.min(axis=0))
    assert_array_equal(found.extremes.high, train.max(axis=0))


def test_extremes_of_known_cells_are_those_of_numpy(train):
    rows = np.where(np.random.default_rng(0).random(train.shape) < 0.3, np.nan, train)
    found = look(collection_of(da.from_array(rows, chunks=(70, 64))), None, allows_nan=True)
    assert_array_equal(found.extremes.low, np.nanmin(rows, axis=0))
    assert_array_equal(found.extremes.high, np.nanmax(rows, axis=0))


def test_ten_thousand_tiny_partitions_are_looked_at_in_one_pass(train):
    rows = np.tile(train[:, :3], (34, 1))[:10_000]
    found = look(collection_of(da.from_array(rows, chunks=(1, 3))), None, allows_nan=False)
    assert found.lengths == (1,) * 10_000
    assert_array_equal(found.extremes.high, rows.max(axis=0))


@pytest.mark.usefixtures("few_laid_out")
def test_a_cell_far_outside_of_the_sample_is_told():
    rows = np.random.default_rng(0).standard_normal((300, 4))
    drawn = draw(300, 200, np.random.RandomState(0))
    rows[np.setdiff1d(np.arange(300), drawn)[0], 2] = 1e6
    with pytest.warns(ExtremeValuesWarning, match=r"X has 1e\+06 in column 2"):
        AdversarialAutoencoder(**QUICK).fit(da.from_array(rows, chunks=(100, 4)))


def test_a_random_state_that_is_handed_over_is_drawn_from(array_collection):
    def fitted():
        state = np.random.RandomState(0)
        return AdversarialAutoencoder(**{**QUICK, "random_state": state}).fit(array_collection)

    assert_array_equal(fitted().embedding_, fitted().embedding_)


@pytest.mark.parametrize(
    ("params", "shape", "n_rows"),
    [
        ({}, (10**9, 50), 60_000),
        ({}, (500, 50), 500),
        ({"metric": "manhattan"}, (10**6, 50), 10_000),
        ({"early_stopping": True, "validation_fraction": 0.25}, (10**6, 50), 80_000),
        ({"neighbor_weight": 0, "max_iter": 3}, (10**9, 50), 500_000),
        ({}, (10**6, 2**24), 16),
    ],
)
def test_a_fit_draws_the_rows_that_it_trains_on(params, shape, n_rows):
    assert n_rows_to_fit(AdversarialAutoencoder(**params), shape) == n_rows


def test_files_and_pickles_hold_no_lazy_codes(tmp_path, train, array_collection):
    aae = AdversarialAutoencoder(**QUICK).fit(array_collection)
    aae.save(tmp_path / "model.safetensors")
    for copy in (
        aae_sklearn.load(tmp_path / "model.safetensors"),
        pickle.loads(pickle.dumps(aae)),
    ):
        assert copy.embedding_.shape == (0, 2)
        assert_array_equal(copy.transform(train), aae.transform(train))
        assert_array_equal(copy.sample(3, random_state=0), aae.sample(3, random_state=0))


def test_partitions_train_one_after_another(train, array_collection):
    ours, theirs = (AdversarialAutoencoder(neighbor_weight=0, random_state=0) for _ in range(2))
    for chunk in array_collection.partitions:
        ours.partial_fit(chunk)
    for start in range(0, 300, 70):
        theirs.partial_fit(train[start : start + 70])
    assert_array_equal(ours.transform(train), theirs.transform(train))
    with pytest.raises(ValueError, match=r"for chunk in X\.partitions"):
        ours.partial_fit(array_collection)


def test_partitions_of_a_frame_train_one_after_another(frame, frame_collection):
    aae = AdversarialAutoencoder(neighbor_weight=0, random_state=0)
    for chunk in frame_collection.partitions:
        aae.partial_fit(chunk)
    assert aae.n_iter_ == frame_collection.npartitions
    assert_array_equal(aae.feature_names_in_, frame.columns)


def test_numbers_of_pandas_own_types_are_read(frame):
    whole = frame.astype("Int64")
    X = dd.from_pandas(whole, npartitions=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = AdversarialAutoencoder(**QUICK).fit(X)
    theirs = AdversarialAutoencoder(**QUICK).fit(whole)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_)
    assert ours.embedding_.compute().dtypes.iloc[0] == theirs.embedding_.dtype


@pytest.mark.usefixtures("few_laid_out")
@pytest.mark.parametrize("kind", ["list", "array", "series"])
def test_labels_of_the_sampled_rows_count(train, array_collection, frame, frame_collection, kind):
    label = (train.sum(axis=1) > np.median(train.sum(axis=1))).astype(int)
    series = dd.from_pandas(pd.Series(label, frame.index), npartitions=4)
    y = {"list": list(label), "array": da.from_array(label, chunks=40), "series": series}[kind]
    X = frame_collection if kind == "series" else array_collection
    ours = AdversarialAutoencoder(**QUICK, label_weight=0.9).fit(X, y)
    index = draw(300, 200, np.random.RandomState(0))
    sample = frame.iloc[index] if kind == "series" else train[index]
    theirs = AdversarialAutoencoder(**QUICK, label_weight=0.9).fit(sample, label[index])
    rows = frame if kind == "series" else train
    assert_array_equal(ours.transform(rows), theirs.transform(rows))
    with pytest.raises(ValueError, match="a label for each of 300 rows"):
        AdversarialAutoencoder(**QUICK, label_weight=0.9).fit(X, label[:10])


@pytest.mark.parametrize("kind", ["array", "frame"])
def test_labels_may_be_cut_elsewhere_and_must_be_as_many(frame, array_collection, kind):
    numbers = pd.Series(np.arange(300), frame.index)
    X = array_collection if kind == "array" else dd.from_pandas(frame, npartitions=4)
    random = np.random.RandomState(0)
    sample = sample_to_fit(X, lambda shape: 100, random, allows_nan=False)
    y = dd.concat([dd.from_pandas(part, npartitions=1) for part in (numbers[:10], numbers[10:])])
    assert_array_equal(sample.labels(y), sample.index)
    with pytest.raises(ValueError, match=r"a label for each of 300 rows, got \(150,\)"):
        sample.labels(y[y % 2 == 0])
