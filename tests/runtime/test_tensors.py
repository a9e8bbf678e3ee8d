"""Arrays to tensors and back."""

import numpy as np
import pytest
import torch

from aae_sklearn.runtime._tensors import aligned_memory, to_array, to_tensor

CPU = torch.device("cpu")


@pytest.fixture
def rows():
    return np.random.RandomState(0).standard_normal((20, 4)) * 5 + 3


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.bool_])
def test_there_and_back(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    tensor = to_tensor(array, CPU)
    assert tensor.dtype == torch.float32
    np.testing.assert_array_equal(to_array(tensor), array)


def test_rows_that_cannot_be_written_to_are_copied():
    array = np.ones((2, 3), dtype=np.float32)
    array.flags.writeable = False
    to_tensor(array, CPU).zero_()
    assert array.all()


def test_back_from_a_tensor_with_a_gradient():
    np.testing.assert_array_equal(to_array(torch.ones(2, requires_grad=True) * 3), [3, 3])


def test_fortran_order_and_reversed_rows(rows):
    np.testing.assert_array_equal(to_tensor(np.asfortranarray(rows), CPU), np.float32(rows))
    np.testing.assert_array_equal(to_tensor(rows[::-1], CPU), np.float32(rows[::-1]))


@pytest.mark.parametrize("shape", [(3, 5), (192, 784), (1, 1)])
def test_aligned_memory_begins_at_a_line_of_the_cache(shape):
    for memory in (aligned_memory(shape) for _ in range(5)):
        assert memory.ctypes.data % 64 == 0
        assert (memory.shape, memory.dtype) == (shape, np.float32)
        assert memory.flags.c_contiguous
