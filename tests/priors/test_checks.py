"""Checks of parameters."""

import numpy as np
import pytest

from aae_sklearn.priors._checks import check_count, check_not_negative, check_real


def test_numpy_numbers_are_numbers():
    assert check_real("x", np.float32(0.5)) == 0.5
    assert check_count("x", np.int64(3)) == 3


def test_zero_is_not_negative():
    assert check_not_negative("x", 0) == 0.0
    with pytest.raises(ValueError, match="x must not be negative, got -1"):
        check_not_negative("x", -1)


@pytest.mark.parametrize("value", [np.bool_(True), True, "3", None, 2.0])
def test_a_count_is_an_integer(value):
    with pytest.raises(TypeError, match="x must be an integer"):
        check_count("x", value)
