"""Results for a collection are those of the same rows in memory, and known before they are."""

import pickle

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from aae_sklearn.distributed._collections import collection_of, cut
from aae_sklearn.distributed._tasks import in_parts

ROW_METHODS = [
    ("transform", {}),
    ("score_samples", {}),
    ("outlier_score", {}),
    ("reconstruction_error", {}),
    ("reconstruction_error", {"per_feature": True}),
    ("reconstruction_error", {"relative": True}),
]


def assert_as_declared(lazy, computed):
    """What is known of a lazy array before it is computed is what it is."""
    assert lazy.dtype == computed.dtype
    assert lazy.shape == computed.shape


@pytest.mark.parametrize(("method", "arguments"), ROW_METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_an_array_gives_the_bits_of_the_same_rows_in_memory(
    model, train, method, arguments, dtype
):
    rows = train.astype(dtype)
    lazy = getattr(model, method)(da.from_array(rows, chunks=(70, 20)), **arguments)
    assert isinstance(lazy, da.Array)
    assert lazy.chunks[0] == (70, 70, 70, 70, 20)
    computed = lazy.compute()
    assert_as_declared(lazy, computed)
    assert_array_equal(computed, getattr(model, method)(rows, **arguments))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_decoded_codes_have_the_bits_of_those_in_memory(model, train, dtype):
    codes = model.transform(train).astype(dtype)
    lazy = model.inverse_transform(da.from_array(codes, chunks=(70, 1)))
    computed = lazy.compute()
    assert_as_declared(lazy, computed)
    assert_array_equal(computed, model.inverse_transform(codes))


def test_codes_of_a_frame_are_a_frame_with_its_index_and_named_columns(
    frame_model, frame, frame_collection
):
    lazy = frame_model.transform(frame_collection)
    assert lazy.divisions == frame_collection.divisions
    expected = pd.DataFrame(
        frame_model.transform(frame), frame.index, frame_model.get_feature_names_out()
    )
    assert_frame_equal(lazy._meta, expected[:0])
    assert_frame_equal(lazy.compute(), expected)


def test_decoded_codes_of_a_frame_have_the_names_of_the_fitted_columns(
    frame_model, frame, frame_collection
):
    codes = frame_model.transform(frame_collection)
    decoded = frame_model.inverse_transform(codes)
    expected = frame_model.inverse_transform(frame_model.transform(frame))
    assert_frame_equal(decoded.compute(), pd.DataFrame(expected, frame.index, frame.columns))
    assert_frame_equal(decoded._meta, decoded.compute()[:0])


@pytest.mark.parametrize(
    ("method", "arguments"), [(m, a) for m, a in ROW_METHODS[1:] if not a.get("per_feature")]
)
def test_a_number_for_each_row_of_a_frame_is_a_series(
    frame_model, frame, frame_collection, method, arguments
):
    lazy = getattr(frame_model, method)(frame_collection, **arguments)
    expected = getattr(frame_model, method)(frame, **arguments)
    assert_series_equal(lazy.compute(), pd.Series(expected, frame.index, name=method))
    assert_series_equal(lazy._meta, lazy.compute()[:0])


def test_errors_of_cells_have_the_names_of_the_columns(frame_model, frame, frame_collection):
    lazy = frame_model.reconstruction_error(frame_collection, per_feature=True)
    expected = frame_model.reconstruction_error(frame, per_feature=True)
    assert_frame_equal(lazy.compute(), pd.DataFrame(expected, frame.index, frame.columns))


def test_nothing_is_computed_before_it_is_asked_for(model):
    def never(block):
        raise AssertionError("computed")

    X = da.zeros((100, 64), chunks=(50, 64)).map_blocks(never, meta=np.empty((0, 0)))
    lazy = model.transform(X)
    with pytest.raises(AssertionError, match="computed"):
        lazy.compute()


def test_the_score_is_that_of_the_same_rows_in_memory_but_for_the_order_of_sums(
    model, train, array_collection
):
    assert model.score(array_collection) == pytest.approx(model.score(train), rel=1e-12)


def test_partitions_without_rows_give_none(model, train):
    parts = [train[:0], train[:5], train[5:5], train[5:9]]
    X = da.concatenate([da.from_array(part, chunks=(max(1, len(part)), 64)) for part in parts])
    codes = model.transform(X)
    assert_array_equal(codes.compute(), model.transform(train[:9]))
    assert model.score(X) == pytest.approx(model.score(train[:9]), rel=1e-12)


def test_chunks_of_unknown_sizes_stay_unknown(model, train, array_collection):
    X = array_collection[array_collection[:, 10] > 5]
    codes = model.transform(X)
    assert np.isnan(codes.shape[0])
    assert codes.shape[1] == 2
    assert_array_equal(codes.compute(), model.transform(train[train[:, 10] > 5]))


def test_ten_thousand_tiny_partitions_give_the_same_bits(model, train):
    rows = np.tile(train, (34, 1))[:10_000]
    codes = model.transform(da.from_array(rows, chunks=(1, 64)))
    assert codes.numblocks == (10_000, 1)
    some = codes[4_990:5_010]
    assert_array_equal(some.compute(), model.transform(rows[4_990:5_010]))


def test_large_blocks_are_cut_so_that_their_results_fit(frame_model, monkeypatch):
    from aae_sklearn.settings import _defaults as defaults

    monkeypatch.setattr(defaults, "PARTITION_BYTES", 100 * 64 * 8)
    codes = da.zeros((450, 2), chunks=(450, 2))
    rows = frame_model.inverse_transform(codes)
    assert rows.chunks[0] == (90,) * 5
    assert rows.compute().shape == (450, 64)


def test_cut_parts_are_equal_but_for_a_row_and_small_blocks_stay():
    X, numbers = cut(da.zeros((37, 2), chunks=((30, 7), 2)), 8)
    assert X.chunks[0] == (8, 8, 7, 7, 7)
    assert numbers.tolist() == [0, 0, 0, 0, 1]


def test_an_error_in_a_part_of_a_block_names_the_block(model, train, monkeypatch):
    from aae_sklearn.settings import _defaults as defaults

    monkeypatch.setattr(defaults, "PARTITION_BYTES", 40 * 64 * 8)
    rows = np.where(np.arange(300)[:, None] == 290, np.nan, train)
    codes = model.transform(da.from_array(rows, chunks=(150, 64)))
    assert codes.numblocks[0] == 8
    with pytest.raises(ValueError, match=r"partition 1 of X "):
        codes.compute()


def test_where_memory_ends_a_partition_is_done_in_halves(train):
    form = collection_of(da.from_array(train)).form
    seen = []

    def function(rows):
        seen.append(len(rows))
        if len(rows) > 100:
            raise MemoryError
        return rows.sum(axis=1)

    assert_array_equal(in_parts(function, train, form), train.sum(axis=1))
    assert seen == [300, 150, 75, 75, 150, 75, 75]


def test_a_single_row_without_memory_is_an_error(train):
    def function(rows):
        raise MemoryError

    with pytest.raises(MemoryError):
        in_parts(function, train[:3], collection_of(da.from_array(train)).form)


def test_one_torch_thread_is_used_for_a_partition_and_the_setting_is_put_back(model):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        model.transform(da.zeros((10, 64), chunks=(5, 64))).compute(scheduler="threads")
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_methods_that_need_rows_in_memory_say_so(model, array_collection):
    with pytest.raises(TypeError, match="rows in memory are needed"):
        model.sample_codes(array_collection)


def test_a_container_that_would_bring_codes_into_memory_is_refused(train, array_collection):
    from sklearn.base import clone

    from aae_sklearn import AdversarialAutoencoder

    aae = AdversarialAutoencoder(max_iter=20, neighbor_weight=0, random_state=0).fit(train)
    aae.set_output(transform="pandas")
    with pytest.raises(ValueError, match="transform='default'"):
        aae.transform(array_collection)
    with pytest.raises(ValueError, match="transform='default'"):
        clone(aae).set_output(transform="pandas").fit(array_collection)


@pytest.mark.parametrize("prior", ["sphere", "swiss_roll", "uniform", "ball"])
def test_codes_of_every_support_are_decoded(train, prior):
    from aae_sklearn import AdversarialAutoencoder

    n_components = 3 if prior == "sphere" else 2
    params = {"max_iter": 20, "hidden_layer_sizes": (16,), "neighbor_weight": 0, "random_state": 0}
    aae = AdversarialAutoencoder(n_components, prior=prior, **params).fit(train)
    codes = aae.transform(train)
    lazy = aae.inverse_transform(da.from_array(codes, chunks=100))
    assert_array_equal(lazy.compute(), aae.inverse_transform(codes))
    densities = aae.score_samples(da.from_array(train, chunks=(100, 64)))
    assert_array_equal(densities.compute(), aae.score_samples(train))


def test_missing_cells_are_filled_in_as_in_memory(train):
    from aae_sklearn import AdversarialAutoencoder

    rows = np.where(np.random.default_rng(0).random(train.shape) < 0.1, np.nan, train)
    params = {"max_iter": 20, "hidden_layer_sizes": (16,), "neighbor_weight": 0, "random_state": 0}
    aae = AdversarialAutoencoder(missing_values="mask", **params).fit(rows)
    X = da.from_array(rows, chunks=(90, 64))
    assert_array_equal(aae.transform(X).compute(), aae.transform(rows))
    error = aae.reconstruction_error(X, per_feature=True).compute()
    assert_array_equal(error, aae.reconstruction_error(rows, per_feature=True))
    assert aae.score(X) == pytest.approx(aae.score(rows), rel=1e-12)


def test_collections_of_other_kinds_are_refused(model, array_collection):
    with pytest.raises(TypeError, match=r"pass a dask\.array"):
        model.transform(dask.delayed([1]))
    with pytest.raises(ValueError, match="2D array"):
        model.transform(array_collection[:, 0])
    with pytest.raises(ValueError, match="features"):
        model.transform(array_collection[:, :5])


def test_what_is_not_fitted_is_told_before_anything_is_built(array_collection):
    from sklearn.exceptions import NotFittedError

    from aae_sklearn import AdversarialAutoencoder

    with pytest.raises(NotFittedError):
        AdversarialAutoencoder().transform(array_collection)


def test_a_lazy_collection_goes_through_a_pickle(model, train, array_collection):
    codes = pickle.loads(pickle.dumps(model.transform(array_collection)))
    assert_array_equal(codes.compute(), model.transform(train))


def test_a_frame_of_one_dtype_and_another_is_read_as_its_metadata_say(frame_model, frame):
    parts = [frame[:100], frame[100:].astype(np.float32)]
    X = dd.from_delayed([dask.delayed(p) for p in parts], meta=frame[:0], verify_meta=False)
    assert_array_equal(frame_model.transform(X).compute(), frame_model.transform(frame))


def test_an_argument_without_its_name_is_refused_for_all_rows(model, train):
    for rows in (train, da.from_array(train, chunks=(70, 64))):
        with pytest.raises(TypeError, match="positional argument"):
            model.reconstruction_error(rows, True)
