"""Transport of one law of a number to another."""

import numpy as np
import pytest
from scipy import stats

from aae_sklearn.priors import LaplacePrior
from aae_sklearn.priors._transport import independent_to_working, transport


def test_transport_between_exponentials_is_a_scaling():
    values = np.geomspace(1e-3, 300, 40)
    mapped = transport(values, stats.expon(), stats.expon(scale=5))
    np.testing.assert_allclose(mapped, 5 * values, rtol=1e-10)


def test_transport_of_exponential_to_cauchy_has_a_closed_form():
    values = np.linspace(0.01, 30, 50)
    # F(x) = 1 - exp(-x), and the Cauchy quantile is -cot(pi F)
    expected = 1 / np.tan(np.pi * np.exp(-values))
    mapped = transport(values, stats.expon(), stats.cauchy())
    np.testing.assert_allclose(mapped, expected, rtol=1e-9)


def test_nan_stays_nan():
    mapped = transport(np.array([np.nan, 0.0]), stats.norm(), stats.cauchy())
    assert np.isnan(mapped[0])
    assert mapped[1] == 0.0


@pytest.mark.parametrize(
    ("marginal", "low", "high"),
    [
        (stats.uniform(), -7.95, 7.95),
        (stats.expon(), -7.95, 37),
        (stats.norm(), -37, 37),
    ],
)
def test_codes_beyond_the_law_go_to_its_edge(marginal, low, high):
    working = independent_to_working(np.array([[-1e6, 1e6]]), marginal)
    np.testing.assert_allclose(working, [[low, high]], rtol=1e-2)


def test_underflow_is_no_error():
    with np.errstate(all="raise"):
        assert np.isfinite(LaplacePrior().to_working([[1e3, 0.0]])).all()
