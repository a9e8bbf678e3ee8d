"""Functions of rows, applied to equally many at a time."""

import pytest
import torch

from aae_sklearn.exceptions import SmallerChunksWarning
from aae_sklearn.runtime._chunks import chunk_rows, in_equal_chunks, stacked
from aae_sklearn.settings import _defaults as defaults

CPU = torch.device("cpu")


def test_chunks_hold_more_rows_on_a_gpu():
    assert chunk_rows(torch.device("meta")) > chunk_rows(CPU)


@pytest.mark.parametrize("n_rows", [1, 6, 7, 8, 20])
def test_each_chunk_is_as_large_and_the_rest_is_left_out(monkeypatch, n_rows):
    monkeypatch.setattr(defaults, "CHUNK_ROWS", 7)
    monkeypatch.setattr(defaults, "FEW_CHUNKS_ROWS", ())
    sizes, x = [], torch.arange(2.0 * n_rows).view(-1, 2)

    def doubled(part):
        sizes.append(len(part))
        return 2 * part

    assert torch.equal(in_equal_chunks(doubled, x), 2 * x)
    assert sizes == [7] * -(-n_rows // 7)


def test_of_many_rows_the_first_chunks_are_tall():
    sizes, x = [], torch.arange(2_000.0).view(-1, 1)

    def doubled(part):
        sizes.append(len(part))
        return 2 * part

    assert torch.equal(in_equal_chunks(doubled, x), 2 * x)
    assert sizes == [768, 768, 192, 192, 96]  # 80 rows are left


def test_where_memory_runs_out_chunks_are_smaller(monkeypatch):
    monkeypatch.setattr(defaults, "CHUNK_ROWS", 8)
    x = torch.arange(20.0).view(-1, 1)

    def fails_on_many(part):
        if len(part) > 4:
            raise torch.cuda.OutOfMemoryError
        return part + 1

    with pytest.warns(SmallerChunksWarning):
        assert torch.equal(in_equal_chunks(fails_on_many, x), x + 1)


def test_parts_are_stacked_in_order():
    parts = (torch.full((n, 2), float(n)) for n in (3, 1, 2))
    assert torch.equal(stacked(parts, 6)[:, 0], torch.tensor([3.0, 3, 3, 1, 2, 2]))


def test_few_rows_are_filled_up_to_a_smaller_chunk():
    sizes = []
    in_equal_chunks(lambda part: sizes.append(len(part)) or part, torch.zeros(5, 2))
    in_equal_chunks(lambda part: sizes.append(len(part)) or part, torch.zeros(200, 2))
    in_equal_chunks(lambda part: sizes.append(len(part)) or part, torch.zeros(80, 2))
    (few, _, more), whole = defaults.FEW_CHUNKS_ROWS, defaults.CHUNK_ROWS
    assert sizes == [few, whole, few, more]
