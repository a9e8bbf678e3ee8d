"""References of any metric are read as they were written, and refused where they cannot be."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist

from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.neighbors._row_packing import pack_row_index, unpack_row_index
from aae_sklearn.runtime._packing import NotPlain, Packer, Unpacker

RANDOM = np.random.RandomState(0)
ROWS = RANDOM.uniform(size=(30, 5)).round(1)
MEMBERS = RANDOM.randint(30, size=(30, 3))
WEIGHTS = np.array([0.5, 0.25, 0.25])
PAIR = ROWS.argsort(axis=1)[:, :3], np.sort(ROWS, axis=1)[:, :3]


def squares(a, b, scale=1.0):
    return scale * ((a - b) ** 2).sum()


METRICS = {
    "manhattan": ("manhattan", None),
    "weighted": ("chebyshev", {"w": np.arange(5.0)}),
    "minkowski": ("minkowski", {"p": 3, "w": np.arange(1.0, 6)}),
    "jaccard": ("jaccard", None),
    "own": (squares, {"scale": 2.0}),
    "precomputed": ("precomputed", None),
}


def index_of(name, kind=np.asarray, are_means=False):
    """References, the rows that they are made of and rows to search for."""
    metric = resolve_metric(*METRICS[name])
    rows = cdist(ROWS, ROWS) if name == "precomputed" else kind(ROWS)
    index = metric.fit(rows).index(rows)
    return (index.of_means(rows, MEMBERS, WEIGHTS) if are_means else index), rows


def packed(index):
    packer = Packer()
    return pack_row_index(index, packer, "references"), packer


@pytest.mark.parametrize("are_means", [True, False])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("name", METRICS)
def test_references_are_read_as_they_were(name, kind, are_means):
    index, rows = index_of(name, kind, are_means)
    written, packer = packed(index)
    unpacker = Unpacker(packer.arrays, packer.objects)
    twin = unpack_row_index(written, unpacker, "references", rows.shape)
    unpacker.check_all_taken()
    found, expected = twin.query(rows, 7), index.query(rows, 7)
    np.testing.assert_array_equal(found.index, expected.index)
    np.testing.assert_array_equal(found.distance, expected.distance)


def test_known_neighbours_are_read_as_they_were():
    index = resolve_metric(PAIR).index(ROWS)
    written, packer = packed(index)
    twin = unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 5))
    assert not packer.arrays
    assert twin.n_references == 30


def test_a_function_is_to_be_handed_in_again():
    _, packer = packed(index_of("own")[0])
    assert packer.objects == {"metric": squares}


def test_parameters_that_are_no_numbers_cannot_be_written():
    index = resolve_metric(squares, {"scale": object()}).index(ROWS)
    with pytest.raises(NotPlain, match="scale"):
        pack_row_index(index, Packer(), "references")


@pytest.mark.parametrize("name", ["manhattan", "precomputed"])
@pytest.mark.parametrize(
    ("value", "is_refused"), [(-1, True), (30, True), (29, False), (0, False)]
)
def test_members_outside_of_the_references_are_refused(name, value, is_refused):
    index, rows = index_of(name, are_means=True)
    written, packer = packed(index)
    packer.arrays["references.members"] = MEMBERS.copy()
    packer.arrays["references.members"][4, 1] = value
    given = written, Unpacker(packer.arrays, {}), "references", rows.shape
    if is_refused:
        with pytest.raises(ValueError, match=r"members outside of \[0, 30\)"):
            unpack_row_index(*given)
    else:
        unpack_row_index(*given)


@pytest.mark.parametrize("value", [-1, 30])
def test_columns_outside_of_a_matrix_are_refused(value):
    written, packer = packed(index_of("precomputed")[0])
    packer.arrays["references.columns"] = np.arange(30)
    packer.arrays["references.columns"][4] = value
    with pytest.raises(ValueError, match=r"columns outside of \[0, 30\)"):
        unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 30))


@pytest.mark.parametrize(
    ("part", "shape"),
    [("rows", (29, 5)), ("members", (29, 3)), ("weights", (4,)), ("spread", (29,))],
)
def test_arrays_of_another_shape_are_refused(part, shape):
    written, packer = packed(index_of("manhattan", are_means=True)[0])
    old = packer.arrays[f"references.{part}"]
    packer.arrays[f"references.{part}"] = np.zeros(shape, old.dtype)
    with pytest.raises(ValueError, match=part):
        unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 5))


@pytest.mark.parametrize(("part", "place", "value"), [("indices", 3, 5), ("indptr", 2, 10**6)])
def test_sparse_rows_that_point_elsewhere_are_refused(part, place, value):
    written, packer = packed(index_of("manhattan", sparse.csr_array)[0])
    changed = packer.arrays[f"references.{part}"].copy()
    changed[place] = value
    packer.arrays[f"references.{part}"] = changed
    with pytest.raises(ValueError, match="ind"):
        unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 5))


@pytest.mark.parametrize("name", ["manhattan", "jaccard"])
def test_other_metrics_are_refused(name):
    written, packer = packed(index_of(name)[0])
    written["metric"]["name"] = "seuclidean"
    with pytest.raises(ValueError, match="unknown metric 'seuclidean'"):
        unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 5))


@pytest.mark.parametrize(
    "parameters",
    [
        {"dict": {"p": 0.0}},
        {"dict": {"p": -1.0}},
        {"dict": {"p": 3}},
        {"dict": {"p": "3"}},
        {"dict": {"out": 1.0}},
        {"dict": {"w": {"list": [1.0, 1.0]}}},
        {"dict": {"w": {"list": [1.0, 1.0, 1.0, 1.0, -0.1]}}},
    ],
)
def test_parameters_that_cannot_be_are_refused(parameters):
    written, packer = packed(index_of("minkowski")[0])
    written["metric"]["parameters"] = parameters
    with pytest.raises(ValueError, match="impossible parameters"):
        unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 5))


def test_columns_may_have_a_weight_of_0():
    index = resolve_metric("manhattan", {"w": np.array([0.0, 1, 1, 0, 1])}).index(ROWS)
    written, packer = packed(index)
    twin = unpack_row_index(written, Unpacker(packer.arrays, {}), "references", (30, 5))
    np.testing.assert_array_equal(twin.query(ROWS, 4).distance, index.query(ROWS, 4).distance)
