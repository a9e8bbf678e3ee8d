"""The density of lazy codes is that of the same codes in memory."""

import dask.array as da
import dask.dataframe as dd
import matplotlib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

matplotlib.use("agg")

from matplotlib import pyplot as plt

from aae_sklearn.display import EmbeddingDisplay
from aae_sklearn.distributed._binning import binned


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def codes():
    return np.random.default_rng(0).standard_normal((5000, 2))


def test_counts_are_those_of_numpy(codes):
    limits, shape = [(-1.0, 2.0), (-2.0, 1.5)], (7, 5)
    codes[:2] = [[1e300, 0.0], [0.0, -1e300]]  # of heavy tails, beyond whole numbers
    counts, n_rows = binned(da.from_array(codes, chunks=(700, 1)), limits, shape)
    expected, _, _ = np.histogram2d(codes[:, 1], codes[:, 0], bins=shape, range=limits[::-1])
    assert_array_equal(counts, expected)
    assert n_rows == 5000


def test_a_lazy_picture_is_that_of_the_codes_in_memory(codes):
    lazy = EmbeddingDisplay.from_codes(da.from_array(codes, chunks=(700, 2)))
    whole = EmbeddingDisplay.from_codes(codes, shading=True)
    assert_allclose(lazy.points_.get_array(), whole.points_.get_array(), rtol=0, atol=1e-12)
    assert lazy.note_.get_text() == whole.note_.get_text()


def test_all_rows_are_counted_where_axes_are_those_of_a_sample(codes, monkeypatch):
    from aae_sklearn.display import _partitions

    monkeypatch.setattr(_partitions, "SHADE_ABOVE", 500)
    lazy = EmbeddingDisplay.from_codes(da.from_array(codes, chunks=(700, 2)))
    assert len(lazy.codes) == 500
    n_outside = 5000 - lazy.counts_.sum()
    assert lazy.note_.get_text().startswith("5,000 rows")
    assert (f"{n_outside:,} outside" in lazy.note_.get_text()) == (n_outside > 0)


def test_codes_of_a_frame_are_drawn(codes):
    frame = dd.from_pandas(pd.DataFrame(codes, columns=["a", "b"]), npartitions=3)
    new = np.zeros((2, 2))
    lazy = EmbeddingDisplay.from_codes(frame, new_codes=new)
    assert "2 new in black" in lazy.note_.get_text()
    colored = EmbeddingDisplay.from_codes(frame, new_codes=new, new_y=["a", "a"])
    assert "2 new outlined" in colored.note_.get_text()


def test_a_collection_is_placed_and_drawn(frame_model, frame_collection):
    display = EmbeddingDisplay.from_estimator(frame_model, frame_collection)
    assert display.note_.get_text().startswith("300 rows")
    assert display.counts_.sum() <= 300


def test_what_needs_a_value_for_each_row_is_refused(codes, frame_model, frame_collection):
    lazy = da.from_array(codes)
    with pytest.raises(ValueError, match="y cannot be used"):
        EmbeddingDisplay.from_codes(lazy, np.zeros(5000))
    with pytest.raises(ValueError, match="image_shape cannot be used"):
        EmbeddingDisplay.from_estimator(frame_model, frame_collection, image_shape=(8, 8))
    with pytest.raises(ValueError, match="select two columns"):
        EmbeddingDisplay.from_codes(lazy[:, :1])
