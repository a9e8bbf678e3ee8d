"""Whatever finite or odd rows come: a place for each, or an error that names what is wrong."""

import os
import warnings

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

N_EXAMPLES = int(os.environ.get("AAE_FUZZ_EXAMPLES", "200"))
SMALL = {
    "hidden_layer_sizes": (4,),
    "discriminator_layer_sizes": (4,),
    "max_iter": 1,
    "layout_max_iter": 2,
    "random_state": 0,
}
ERRORS = (ValueError, ArithmeticError)  # NonFiniteLossError is one of arithmetic
CONTAINERS = {
    "array": lambda rows: rows,
    "fortran": np.asfortranarray,
    "strided": lambda rows: np.repeat(rows, 2, axis=0)[::2],
    "list": lambda rows: rows.tolist(),
    "csr": lambda rows: sparse.csr_array(rows.astype(np.result_type(rows.dtype, np.float32))),
    "csc": lambda rows: sparse.csc_array(rows.astype(np.result_type(rows.dtype, np.float32))),
    "masked": lambda rows: np.ma.masked_array(rows, np.zeros(rows.shape, bool)),
}
DTYPES = ("f8", "f4", "f2", "i8", "u1", "?")
ODD = (np.nan, np.inf, -np.inf, 0.0, 1e20, -1e36, 1e300, 5e-324, np.finfo("f8").max)


@st.composite
def tables(draw):
    """Rows of any size, unit and type, with constant, repeated and odd cells in places."""
    n_rows, n_features = draw(st.integers(1, 40)), draw(st.integers(1, 8))
    n_features *= draw(st.sampled_from([1, 1, 1, 40]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = rng.standard_normal((n_rows, n_features))
    exponents = st.one_of(st.just(0), st.integers(-300, 300))
    with np.errstate(all="ignore"):
        rows = rows * 10.0 ** draw(exponents) + draw(st.sampled_from([0.0, 0.0, 1.0, 1e6, 1e15]))
    if draw(st.booleans()):
        is_constant = rng.uniform(size=n_features) < draw(st.sampled_from([0.2, 0.8]))
        rows[:, is_constant] = draw(st.sampled_from([0.0, 1.0, -1e9]))
    if draw(st.booleans()):
        rows[: draw(st.integers(0, n_rows))] = rows[0]
    for _ in range(draw(st.integers(0, 3))):
        cell = draw(st.integers(0, n_rows - 1)), draw(st.integers(0, n_features - 1))
        rows[cell] = draw(st.sampled_from(ODD))
    return rows


def as_type(rows, dtype):
    with np.errstate(all="ignore"):
        return rows.astype(dtype)


@st.composite
def parameters(draw):
    """The paper's model or a map, and what changes how rows are read."""
    return {
        "n_components": draw(st.integers(1, 4)),
        "neighbor_weight": draw(st.sampled_from(["auto", 0, 1])),
        "feature_scaling": draw(st.sampled_from(["common", "per_feature"])),
        "missing_values": draw(st.sampled_from(["error", "mask"])),
        "metric": draw(st.sampled_from(["euclidean"] * 4 + ["cosine", "manhattan", "hamming"])),
        "early_stopping": draw(st.booleans()),
        "warm_start": draw(st.booleans()),
    }


def check_message(error):
    assert len(str(error)) > 10


def check_answers(aae, rows, n_rows):
    """Every method answers numbers, or says what is wrong with the rows."""
    for name in ("transform", "score_samples", "score", "reconstruction_error", "outlier_score"):
        try:
            answer = getattr(aae, name)(rows)
        except ERRORS as error:
            check_message(error)
        else:
            assert np.isfinite(answer).all(), name
            assert name == "score" or len(answer) == n_rows


@settings(
    max_examples=N_EXAMPLES,
    derandomize=N_EXAMPLES == 200,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    tables(), tables(), parameters(), st.sampled_from(sorted(CONTAINERS)), st.sampled_from(DTYPES)
)
def test_each_row_gets_a_place_or_an_error(rows, others, params, container, dtype):
    check(rows, others, params, container, dtype)


def check(rows, others, params, container, dtype):
    """Fit one table, and apply the model to another."""
    make = CONTAINERS[container]
    aae = AdversarialAutoencoder(**SMALL, **params)
    known = repr(aae.get_params())
    given_rows = make(as_type(rows, dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            codes = aae.fit_transform(given_rows)
        except ERRORS as error:
            check_message(error)
            assert "_model" not in vars(aae)
            return
        finally:
            assert repr(aae.get_params()) == known
        assert codes.shape == (len(rows), params["n_components"])
        assert np.isfinite(codes).all()
        np.testing.assert_array_equal(aae.transform(given_rows), codes)
        check_answers(aae, given_rows, len(rows))
        new = np.resize(others, (len(others), rows.shape[1]))
        check_answers(aae, make(new), len(new))
        assert np.isfinite(aae.inverse_transform(codes)).all()
        assert np.isfinite(aae.sample(2, random_state=0)).all()
        np.testing.assert_array_equal(aae.transform(given_rows), codes)
