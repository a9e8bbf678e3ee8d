"""Partitions that are not what the collection declares, and rows that cannot be."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.distributed import sample_rows
from tests.distributed.conftest import QUICK


def of_blocks(*blocks, dtype=np.float64, width=64):
    """An array that declares its blocks to be of one dtype and width, whatever they are."""
    delayed = [dask.delayed(block) for block in blocks]
    shapes = [(len(block), width) for block in blocks]
    return da.concatenate(
        [da.from_delayed(d, s, dtype) for d, s in zip(delayed, shapes, strict=True)]
    )


def with_cell(rows, value):
    rows = np.array(rows, dtype=np.float64)
    rows[7, 3] = value
    return rows


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_a_fit_names_partition_and_row_of_a_cell_that_is_no_number(train, value, word):
    X = of_blocks(train[:50], train[50:100], with_cell(train[100:150], value))
    with pytest.raises(ValueError, match=f"partition 2 of X .*row 7 of it contains {word}"):
        AdversarialAutoencoder(**QUICK).fit(X)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_placing_names_the_partition_of_a_cell_that_is_no_number(model, train, value):
    X = of_blocks(train[:50], with_cell(train[50:100], value))
    with pytest.raises(ValueError, match=r"partition 1 of X .*contains (NaN|infinity)"):
        model.transform(X).compute()
    with pytest.raises(ValueError, match=r"partition 1 of X"):
        model.score(X)


def test_a_partition_of_another_width_is_named(model, train):
    X = of_blocks(train[:50], train[50:100, :60])
    wrong = "partition 1 of X .*declares 64 columns"
    with pytest.raises(ValueError, match=wrong):
        AdversarialAutoencoder(**QUICK).fit(X)
    with pytest.raises(ValueError, match=wrong):
        model.transform(X).compute()


def test_a_partition_of_another_length_than_its_chunk_is_named(train):
    longer = da.from_delayed(dask.delayed(train[:60]), (50, 64), np.float64)
    X = da.concatenate([da.from_array(train[:50]), longer])
    with pytest.raises(ValueError, match=r"partition 1 of X .*60 rows.*declares 50"):
        AdversarialAutoencoder(**QUICK).fit(X)
    with pytest.raises(ValueError, match=r"partition 1 of X .*60 rows.*declares 50"):
        sample_rows(X, 80)
    shorter = da.from_delayed(dask.delayed(train[:50]), (100, 64), np.float64)
    with pytest.raises(ValueError, match=r"partition 0 of X .*50 rows.*declares 100"):
        sample_rows(shorter, 80)


def test_a_partition_of_another_number_type_is_read_as_declared(model, train):
    X = of_blocks(train[:50], train[50:100].astype(np.int32), train[100:150].astype(np.float32))
    assert_array_equal(model.transform(X).compute(), model.transform(train[:150]))
    ours = AdversarialAutoencoder(**QUICK).fit(X)
    theirs = AdversarialAutoencoder(**QUICK).fit(train[:150])
    assert_array_equal(ours.embedding_, theirs.embedding_)


def test_a_partition_of_text_is_named(model, train):
    X = of_blocks(train[:50], train[50:60].astype(str))
    with pytest.raises(ValueError, match=r"partition 1 of X .*dtype <U"):
        model.transform(X).compute()


def test_a_frame_whose_columns_change_is_named(frame_model, frame):
    parts = [dask.delayed(frame[:50]), dask.delayed(frame[50:90][frame.columns[::-1]])]
    X = dd.from_delayed(parts, meta=frame[:0], verify_meta=False)
    with pytest.raises(ValueError, match=r"partition 1 of X .*columns"):
        AdversarialAutoencoder(**QUICK).fit(X)
    with pytest.raises(ValueError, match="columns"):
        frame_model.transform(X).compute()


@pytest.mark.parametrize("dtype", ["float64", "Float64"])
def test_a_partition_of_a_frame_is_not_cut_to_whole_numbers(train, dtype):
    rows = pd.DataFrame(train).rename(columns=str)
    whole, broken = rows[:50].astype("int64"), (rows[50:90] + 0.7).astype(dtype)
    parts = [dask.delayed(whole), dask.delayed(broken)]
    X = dd.from_delayed(parts, meta=rows[:0].astype("int64"), verify_meta=False)
    with pytest.raises(ValueError, match=r"partition 1 of X .*column '0' has dtype float64"):
        sample_rows(X, 80)


@pytest.mark.parametrize("known", [True, False])
def test_categories_that_are_numbers_are_read_as_in_memory(known):
    rng = np.random.RandomState(0)
    rows = pd.DataFrame({"a": rng.rand(40), "b": rng.rand(40), "k": pd.Categorical([1, 5] * 20)})
    theirs = AdversarialAutoencoder(**QUICK).fit(rows)
    X = dd.from_pandas(rows, npartitions=2)
    if not known:
        X["k"] = X["k"].cat.as_unknown()
    ours = AdversarialAutoencoder(**QUICK).fit(X)
    assert_array_equal(ours.embedding_.compute(), theirs.embedding_)


def test_partitions_without_rows_change_no_bit_of_a_fit(train):
    X = of_blocks(train[:0], train[:100], train[:0], train[100:])
    ours = AdversarialAutoencoder(**QUICK).fit(X)
    theirs = AdversarialAutoencoder(**QUICK).fit(train)
    assert_array_equal(ours.embedding_, theirs.embedding_)


def test_a_collection_without_rows_is_refused_as_an_array_is(train):
    with pytest.raises(ValueError, match="0 sample"):
        AdversarialAutoencoder(**QUICK).fit(of_blocks(train[:0]))


def test_a_fit_that_fails_leaves_the_model_as_it_was(train):
    aae = AdversarialAutoencoder(**QUICK).fit(train)
    before = aae.transform(train)
    with pytest.raises(ValueError, match=r"partition 0"):
        aae.fit(of_blocks(with_cell(train, np.nan)))
    assert_array_equal(aae.transform(train), before)


def test_missing_cells_are_allowed_where_they_are_masked_but_not_whole_rows(train):
    aae = AdversarialAutoencoder(**QUICK, missing_values="mask")
    rows = with_cell(train, np.nan)
    lazy = aae.fit(of_blocks(rows[:200], rows[200:])).embedding_
    assert_array_equal(lazy, AdversarialAutoencoder(**aae.get_params()).fit(rows).embedding_)
    rows[5] = np.nan
    with pytest.raises(ValueError, match=r"partition 0 of X .*row 5 of it has no known cell"):
        aae.fit(of_blocks(rows))
    with pytest.raises(ValueError, match="infinity"):
        aae.fit(of_blocks(with_cell(train, np.inf)))


def test_values_outside_of_the_unit_interval_are_found_in_any_partition(train):
    aae = AdversarialAutoencoder(**QUICK, reconstruction_loss="log_loss")
    with pytest.raises(ValueError, match="to 2;"):
        aae.fit(of_blocks(train[:50] / 16, with_cell(train[50:100] / 16, 2.0)))


def test_distances_of_all_rows_are_no_rows_to_sample(array_collection):
    with pytest.raises(ValueError, match="distances of all"):
        AdversarialAutoencoder(metric="precomputed").fit(array_collection)


def test_what_has_no_rows_or_columns_is_told(model, train):
    X = da.from_array(train, chunks=(50, 64))
    with pytest.raises(ValueError, match="X has no rows"):
        model.score(X[:0])
    with pytest.raises(ValueError, match="without any column"):
        AdversarialAutoencoder(**QUICK).fit(X[:, :0])
    some = X[:, da.from_array(np.arange(64) > 3)]
    with pytest.raises(ValueError, match=r"unknown number of columns; call .*compute_chunk_sizes"):
        AdversarialAutoencoder(**QUICK).fit(some)


@pytest.mark.parametrize("n_samples", [-1, 0, 2.5, True])
def test_a_number_of_rows_to_draw_is_positive_and_whole(train, n_samples):
    X = da.from_array(train, chunks=(50, 64))
    with pytest.raises(ValueError, match="n_samples must be a positive integer"):
        sample_rows(X, n_samples)
