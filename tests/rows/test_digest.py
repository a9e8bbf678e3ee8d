"""Equal rows have equal digests, other rows have others, and each row is read once."""

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn.rows._digest import digest_rows

ROWS = np.random.RandomState(0).uniform(size=(9_000, 37))  # several chunks, no whole words


@pytest.mark.parametrize("dtype", ["f8", "f4", "i2", "u1", "?"])
def test_where_rows_are_does_not_matter(dtype, tmp_path):
    rows = (100 * ROWS).astype(dtype)
    np.save(tmp_path / "rows.npy", rows)
    expected = digest_rows(rows)
    assert digest_rows(np.load(tmp_path / "rows.npy", mmap_mode="r")) == expected
    assert digest_rows(np.asfortranarray(rows)) == expected
    assert digest_rows(np.repeat(rows, 2, axis=0)[::2]) == expected


def test_any_change_is_found():
    changes = []
    for row, column in ((0, 0), (4_567, 36), (8_999, 36)):
        rows = ROWS.copy()
        rows[row, column] = np.nextafter(rows[row, column], 2)
        changes.append(rows)
    swapped = ROWS.copy()
    swapped[[5, 6]] = swapped[[6, 5]]
    changes += [swapped, ROWS[:-1], ROWS.reshape(-1, 9), ROWS.view("i8"), ROWS.astype("f4")]
    found = {digest_rows(rows) for rows in (ROWS, *changes)}
    assert len(found) == 1 + len(changes)


def test_a_change_of_the_last_odd_byte_is_found():
    rows = np.zeros((3, 3), dtype=np.uint8)
    changed = rows.copy()
    changed[2, 2] = 1
    assert digest_rows(rows) != digest_rows(changed)


def test_sparse_rows_count_by_what_is_stored():
    rows = sparse.random_array((5_000, 200), density=0.05, rng=np.random.default_rng(0)).tocsr()
    changed = rows.copy()
    changed.data[7] += 1
    moved = rows.copy()
    moved.indices[7] = (moved.indices[7] + 1) % 200
    assert digest_rows(rows.copy()) == digest_rows(rows)
    assert len({digest_rows(r) for r in (rows, changed, moved)}) == 3


class Counted:
    """Rows that count how often each is read."""

    shape, dtype = ROWS.shape, ROWS.dtype

    def __init__(self):
        self.n_reads = np.zeros(len(ROWS), dtype=int)

    def __getitem__(self, part):
        self.n_reads[part] += 1
        return ROWS[part]


def test_each_row_is_read_once():
    rows = Counted()
    assert digest_rows(rows) == digest_rows(ROWS)
    assert (rows.n_reads == 1).all()
