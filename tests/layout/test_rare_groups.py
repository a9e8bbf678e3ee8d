"""Small groups stay together in a map of many rows."""

import numpy as np
import pytest

from tests.layout import maps

SIZES = 2, 4, 8


DRAWS = range(6)  # a single layout hangs on how the processor rounds


@pytest.fixture(scope="module")
def rare():
    """Rows of three large groups and three small ones, their groups and the layout's codes."""

    def draw(seed):
        rng = np.random.default_rng(seed)
        labels = np.concatenate([np.arange(900) % 3, np.repeat([3, 4, 5], SIZES)])
        rows = 1.6 * rng.normal(size=(6, 40))[labels] + rng.normal(size=(len(labels), 40))
        return rows, labels, maps.laid_out(rows)

    return [draw(seed) for seed in DRAWS]


def share_of_group(points, labels, group):
    """Of a group's rows: the share of the group among as many neighbours as it has others."""
    members = np.flatnonzero(labels == group)
    distance = np.linalg.norm(points[members, None] - points, axis=2)
    nearest = np.argsort(distance, axis=1)[:, 1 : len(members)]
    return np.mean(labels[nearest] == group)


def test_small_groups_stay_together(rare):
    found = []
    for rows, labels, codes in rare:
        assert [share_of_group(rows, labels, group) for group in (3, 4, 5)] == [1, 1, 1]
        found.append([share_of_group(codes, labels, group) for group in (3, 4, 5)])
    assert np.mean(found, axis=0).min() > 0.8
    assert np.mean(found) > 0.9


def test_large_groups_stay_as_they_are(rare):
    for _, labels, codes in rare:
        assert maps.share_of_own_kind(codes, labels) > 0.99
