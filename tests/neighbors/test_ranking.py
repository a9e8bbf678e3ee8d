"""What a search keeps, and what it refuses, against sorting and loops."""

import threading
import warnings

import numpy as np
import pytest

from aae_sklearn.neighbors._ranking import (
    checked_distances,
    least,
    mean_references,
    stop_if,
    warn_of_similarity,
    within_float32,
)


@pytest.mark.parametrize("n_values", [2, 5, 10**6])
@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_the_least_are_the_first_of_a_stable_sort(n_values, count):
    distances = np.random.RandomState(0).randint(n_values, size=(40, 12)).astype(float)
    index, value = least(distances, count)
    expected = distances.argsort(axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(index, expected)
    np.testing.assert_array_equal(value, np.take_along_axis(distances, expected, axis=1))


def test_ties_in_one_row_leave_the_others_as_they_are():
    distances = np.array([[3.0, 1, 2, 0], [1, 1, 1, 1], [2, 0, 2, 2]])
    index, value = least(distances, 2)
    np.testing.assert_array_equal(index, [[3, 1], [0, 1], [1, 0]])
    np.testing.assert_array_equal(value, [[0, 1], [1, 1], [0, 2]])


def test_distances_to_means_follow_from_those_to_their_members():
    """Of squared Euclidean distances they are those to the means."""
    random = np.random.RandomState(0)
    rows, new = random.normal(size=(20, 3)), random.normal(size=(6, 3))
    members, weights = random.randint(20, size=(9, 4)), np.array([0.4, 0.3, 0.2, 0.1])
    groups = mean_references(members, weights, lambda a, b: ((rows[a] - rows[b]) ** 2).sum(axis=1))
    to_rows = ((new[:, None] - rows) ** 2).sum(axis=2)
    means = np.einsum("gmf,m->gf", rows[members], weights)
    expected = ((new[:, None] - means) ** 2).sum(axis=2)
    np.testing.assert_allclose(groups.distances(to_rows), expected, atol=1e-12)


@pytest.mark.parametrize(("largest", "tolerated"), [(0.1, 1e-9), (1.0, 1e-9), (1e3, 1e-6)])
def test_what_rounding_leaves_of_0_is_in_proportion_to_the_largest(largest, tolerated):
    found = checked_distances(np.array([[largest, -0.9 * tolerated]]), "'m'")
    np.testing.assert_array_equal(found, [[largest, 0]])
    with pytest.raises(ValueError, match=r"row 0 and fitted row 1; .* not negative; of a simi"):
        checked_distances(np.array([[largest, -1.1 * tolerated]]), "'m'")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused_where_it_stands(value):
    distances = np.ones((3, 4))
    distances[2, 1] = value
    with pytest.raises(ValueError, match=r"'m' gives .* for row 7 and fitted row 10; .*negative"):
        checked_distances(distances, "'m'", 5, 9)


def test_no_distances_are_none_to_refuse():
    assert checked_distances(np.empty((0, 4)), "'m'").shape == (0, 4)


def test_distances_that_float32_cannot_square_are_scaled_row_by_row():
    distances = np.array([[0.0, 1e14, 1e15], [1, 2, 3], [1e3, 1e300, 2e300], [0, 1e15, 4e15]])
    found = within_float32(distances)
    np.testing.assert_array_equal(found[:2], distances[:2])
    np.testing.assert_allclose(found[2:].max(axis=1), 1e15)
    np.testing.assert_allclose(found[2:, 1], [5e14, 2.5e14])
    small = distances[:2] / 1e15
    np.testing.assert_array_equal(within_float32(small), small)
    np.testing.assert_array_equal(within_float32(np.zeros((2, 3))), np.zeros((2, 3)))


def test_a_similarity_says_of_most_rows_that_another_is_nearer():
    nearest = np.array([1.0, 1, 1, 1])
    for own in ([2, 2, 0, 0], [1, 1, 1, 1]):  # of half of them, and as near
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warn_of_similarity(np.array(own), nearest, "'m'")
    with pytest.warns(UserWarning, match="metric='m' says"):
        warn_of_similarity(np.array([2, 2, 2, 0]), nearest, "'m'")


def test_a_search_stops_once_it_is_told_to():
    interrupted = threading.Event()
    stop_if(None)
    stop_if(interrupted)
    interrupted.set()
    with pytest.raises(KeyboardInterrupt):
        stop_if(interrupted)
