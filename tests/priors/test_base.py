"""Facts that hold for every law."""

import pickle
from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.base import BaseEstimator, clone
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from aae_sklearn.priors import (
    BallPrior,
    CallablePrior,
    EmpiricalPrior,
    EstimatorPrior,
    GaussianMixturePrior,
    LaplacePrior,
    NormalPrior,
    Prior,
    ScipyMultivariatePrior,
    ScipyPrior,
    SpherePrior,
    StudentTPrior,
    SwissRollPrior,
    TorchPrior,
    UniformPrior,
)

ROWS = np.random.RandomState(7).standard_normal((200, 2)) * [3.0, 0.5] + [10.0, 0.0]


def draw_uniform(n_samples, n_components, random_state):
    return random_state.uniform(5, 9, size=(n_samples, n_components))


LAWS = [
    NormalPrior(),
    NormalPrior(scale=5.0),
    UniformPrior(),
    UniformPrior(low=3.0, high=20.0),
    BallPrior(),
    BallPrior(radius=4.0),
    SpherePrior(),
    SpherePrior(radius=3.0),
    LaplacePrior(scale=2.0),
    StudentTPrior(),
    StudentTPrior(df=1),
    StudentTPrior(df=3, scale=2.0),
    StudentTPrior(df=1, multivariate=True),
    StudentTPrior(df=0.5, scale=2.0, multivariate=True),
    GaussianMixturePrior(),
    GaussianMixturePrior(3, weights=[0.2, 0.3, 0.5]),
    SwissRollPrior(),
    SwissRollPrior(noise=0.0),
    EmpiricalPrior(ROWS),
    EmpiricalPrior(ROWS, bandwidth=0.1),
    ScipyPrior(stats.gamma(3, scale=2)),
    ScipyMultivariatePrior(stats.multivariate_normal([0, 5], [[1, 0.9], [0.9, 1]])),
    ScipyMultivariatePrior(stats.multivariate_t([0, 5], df=1)),
    TorchPrior(torch.distributions.Laplace(1.0, 2.0)),
    TorchPrior(torch.distributions.Cauchy(0.0, 1.0)),
    EstimatorPrior(KernelDensity(bandwidth=0.3).fit(ROWS)),
    EstimatorPrior(GaussianMixture(2, random_state=0).fit(ROWS)),
    CallablePrior(draw_uniform),
]
every_law = pytest.mark.parametrize("prior", LAWS, ids=repr)


@every_law
def test_a_law_accepts_two_components_and_describes_its_support(prior):
    prior.check(2)
    assert prior.describe_support()
    assert "\n" not in prior.describe_support()


@every_law
def test_draws_have_the_shape_asked_for_and_follow_the_seed(prior):
    codes = prior.sample(50, 2, random_state=3)
    assert codes.shape == (50, 2)
    assert codes.dtype == np.float64
    np.testing.assert_array_equal(codes, prior.sample(50, 2, np.random.RandomState(3)))
    assert not np.array_equal(codes, prior.sample(50, 2, random_state=4))


@every_law
def test_one_draw_is_a_matrix_too(prior):
    assert prior.sample(1, 2, random_state=0).shape == (1, 2)
    assert prior.sample_working(1, 2, random_state=0).shape == (1, 2)


@every_law
def test_one_seed_gives_the_same_draws_in_both_spaces(prior):
    codes = prior.sample(500, 2, random_state=0)
    working = prior.sample_working(500, 2, random_state=0)
    np.testing.assert_allclose(prior.from_working(working), codes, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(prior.to_working(codes), working, rtol=1e-9, atol=1e-9)


@every_law
def test_working_draws_have_mean_zero_and_spread_one(prior):
    working = prior.sample_working(20_000, 2, random_state=1)
    np.testing.assert_allclose(working.mean(axis=0), 0, atol=0.3)
    np.testing.assert_allclose(working.std(axis=0), 1, atol=0.2)
    assert np.abs(working).max() < 20


@every_law
def test_reported_codes_are_finite_wherever_the_encoder_goes(prior):
    far = np.array([[0.0, 0.0], [1e-30, 0.0], [1e3, -1e3], [1e30, 1e-30]])
    assert np.isfinite(prior.from_working(far)).all()
    assert np.isfinite(prior.to_working(prior.from_working(far))).all()


@every_law
def test_a_law_knows_whether_it_has_a_density(prior):
    codes = prior.sample(30, 2, random_state=0)
    if prior.has_log_prob:
        log_density = prior.log_prob(codes)
        assert log_density.shape == (30,)
        assert log_density.dtype == np.float64
        assert np.isfinite(log_density).all()
    else:
        with pytest.raises(NotImplementedError):
            prior.log_prob(codes)


@every_law
@pytest.mark.parametrize(
    "copy", [clone, lambda prior: pickle.loads(pickle.dumps(prior))], ids=["clone", "pickle"]
)
def test_a_copy_is_the_same_law(prior, copy):
    working = prior.sample_working(20, 2, random_state=0)
    other = copy(prior)
    assert other is not prior
    assert repr(other) == repr(prior)
    np.testing.assert_array_equal(other.sample_working(20, 2, random_state=0), working)


@every_law
def test_use_leaves_a_pickle_as_it_was(prior):
    fresh = clone(prior)
    before = pickle.dumps(fresh)
    fresh.sample_working(10, 2, random_state=0)
    assert pickle.dumps(fresh) == before


@every_law
def test_repr_names_the_class_and_no_address(prior):
    assert repr(prior).startswith(type(prior).__name__ + "(")
    assert " at 0x" not in repr(prior)


@every_law
def test_global_random_states_are_untouched(prior):
    numpy_before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()
    prior.check(2)
    codes = prior.sample(10, 2, random_state=0)
    prior.sample_working(10, 2, np.random.RandomState(0))
    if prior.has_log_prob:
        prior.log_prob(codes)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_before)
    assert torch.equal(torch.get_rng_state(), torch_before)


@every_law
def test_projection_leaves_draws_in_place(prior):
    working = torch.as_tensor(prior.sample_working(10, 2, random_state=0))
    torch.testing.assert_close(prior.project(working), working)


@every_law
def test_n_components_must_be_a_positive_integer(prior):
    with pytest.raises(ValueError, match="n_components must be at least 1, got 0"):
        prior.check(0)
    with pytest.raises(TypeError, match=r"n_components must be an integer, got 2\.5"):
        prior.check(2.5)
    with pytest.raises(TypeError, match="n_components must be an integer, got True"):
        prior.check(True)


@every_law
def test_codes_must_be_a_matrix(prior):
    methods = [prior.to_working, prior.from_working]
    if prior.has_log_prob:
        methods.append(prior.log_prob)
    for method in methods:
        with pytest.raises(ValueError, match="codes must have shape"):
            method([0.0, 1.0])


class Holder(BaseEstimator):
    def __init__(self, prior=None):
        self.prior = prior


def test_parameters_can_be_set_through_an_estimator():
    holder = Holder(StudentTPrior()).set_params(prior__df=3)
    assert holder.prior.df == 3
    assert clone(holder).get_params()["prior__df"] == 3
    assert "StudentTPrior(df=3)" in repr(holder)


def test_wrapped_laws_are_readable_inside_an_estimator():
    holder = Holder(ScipyPrior(stats.t(3)))
    assert "ScipyPrior(t(3))" in repr(holder)
    assert repr(clone(holder)) == repr(holder)


class ConstantPrior(Prior):
    """The least that a law must define."""

    def sample(self, n_samples, n_components, random_state=None):
        return np.zeros((n_samples, n_components))


def test_a_users_law_needs_sample_only():
    prior = ConstantPrior()
    prior.check(3)
    assert prior.sample_working(2, 3).shape == (2, 3)
    assert not prior.has_log_prob
    assert prior.describe_support() == "R^n_components"
    np.testing.assert_array_equal(prior.from_working(prior.to_working([[1, 2]])), [[1, 2]])
    with pytest.raises(NotImplementedError, match=r"ConstantPrior\(\) has no log density"):
        prior.log_prob([[0.0]])


def test_a_law_without_sample_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Prior()


@pytest.mark.parametrize(
    ("law", "name"),
    [
        (NormalPrior, "scale"),
        (LaplacePrior, "scale"),
        (StudentTPrior, "scale"),
        (StudentTPrior, "df"),
        (BallPrior, "radius"),
        (SpherePrior, "radius"),
        (SwissRollPrior, "radius"),
        (SwissRollPrior, "turns"),
        (GaussianMixturePrior, "length"),
        (GaussianMixturePrior, "width"),
        (GaussianMixturePrior, "distance"),
        (partial(EmpiricalPrior, ROWS), "bandwidth"),
    ],
)
def test_scales_must_be_positive_finite_numbers(law, name):
    for value in (0, -1.0):
        with pytest.raises(ValueError, match=f"{name} must be positive, got {value}"):
            law(**{name: value}).check(2)
    for value in (np.inf, np.nan):
        with pytest.raises(ValueError, match=f"{name} must be finite, got {value}"):
            law(**{name: value}).sample(1, 2)
    for value in ("1", True):
        with pytest.raises(TypeError, match=f"{name} must be a real number"):
            law(**{name: value}).check(2)
