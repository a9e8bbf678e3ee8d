"""Searches among references are read as they were written, and refused where they do not fit."""

import threading

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.layout._arrangement import arrange
from aae_sklearn.layout._search import ComparedSearch, KnownSearch, unpack_search
from aae_sklearn.neighbors._ranking import RankedNeighbors
from aae_sklearn.rows._inputs import Inputs
from aae_sklearn.rows._rotation import Rotation
from aae_sklearn.rows._scaling import Standardizer
from aae_sklearn.runtime._packing import Packer, Unpacker
from aae_sklearn.runtime._randomness import Randomness
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings._resolve import resolve_config

CPU = torch.device("cpu")
ROWS = np.random.RandomState(0).normal(size=(40, 6))
PAIR = NearestNeighbors(n_neighbors=25).fit(ROWS).kneighbors(ROWS)[::-1]
METRICS = {"euclidean": "euclidean", "cosine": "cosine", "compared": "manhattan", "known": PAIR}


def search_of(kind):
    aae = AdversarialAutoencoder(metric=METRICS[kind])
    config = resolve_config(aae.get_params(deep=False), ROWS).features
    inputs = Inputs(Standardizer(np.zeros(6), np.ones(())), Rotation(None))
    randomness = Randomness(np.random.RandomState(0), CPU)
    return arrange(
        ROWS, inputs, config, Run(CPU, torch.float32, randomness, threading.Event())
    ).search()


def packed(search):
    packer = Packer()
    return search.pack(packer, "layout"), packer.arrays


@pytest.mark.parametrize("kind", METRICS)
def test_a_search_is_read_as_it_was(kind):
    search = search_of(kind)
    written, arrays = packed(search)
    unpacker = Unpacker(arrays, {})
    twin = unpack_search(written, unpacker, "layout", 6)
    unpacker.check_all_taken()
    assert type(twin) is type(search)
    assert (twin.n_references, twin.gain, twin.scored_rows) == (
        40,
        search.gain,
        search.scored_rows,
    )
    for some in [PAIR, ROWS] if kind == "known" else [ROWS]:
        found, expected = twin.finder()(some), search.finder()(some)
        assert torch.equal(found.index, expected.index)
        assert torch.equal(found.squared_distance, expected.squared_distance)


@pytest.mark.parametrize("kind", METRICS)
def test_twenty_references_are_found_nearest_first(kind):
    near = search_of(kind).finder()(ROWS)
    assert near.index.shape == near.squared_distance.shape == (40, 20)
    assert (near.squared_distance.diff(dim=1) >= 0).all()


def test_rows_that_are_searched_by_comparing_are_few():
    n_scored = {kind: search_of(kind).scored_rows for kind in METRICS}
    assert n_scored["compared"] < n_scored["euclidean"] == n_scored["known"] == n_scored["cosine"]


def test_distances_of_compared_rows_have_no_gain():
    assert search_of("compared").gain == 1
    assert search_of("known").gain == search_of("euclidean").gain


def test_distances_beyond_float32_keep_their_ratios():
    class Far:
        def query(self, rows, n_neighbors):
            distance = np.array([[1e50, 2e50, 4e50], [0.0, 1.0, 2.0]])
            return RankedNeighbors(np.array([[0, 1, 2], [2, 1, 0]]), distance)

    near = ComparedSearch(Far(), 4, CPU).finder()(ROWS[:2])
    assert near.squared_distance.dtype == torch.float32
    ratios = near.squared_distance / near.squared_distance[:, 2:]
    np.testing.assert_allclose(ratios, [[0.25, 0.5, 1], [0, 0.5, 1]])
    assert near.squared_distance.square().isfinite().all()


def test_coordinates_of_other_rows_are_refused():
    written, arrays = packed(search_of("euclidean"))
    with pytest.raises(ValueError, match="rows of 5 columns have other coordinates than 6"):
        unpack_search(written, Unpacker(arrays, {}), "layout", 5)


def test_as_many_references_must_be_known_as_have_coordinates():
    known, others = search_of("known").known, search_of("euclidean")
    known.n_references = 39
    known.index = type(known.index)(39)
    written, arrays = packed(KnownSearch(known, others))
    with pytest.raises(ValueError, match="40 references, and 39 that are known"):
        unpack_search(written, Unpacker(arrays, {}), "layout", 6)
