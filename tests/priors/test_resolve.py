"""From what a user may pass as prior to a Prior."""

import numpy as np
import pytest
import torch
from scipy import stats

from aae_sklearn import priors
from aae_sklearn.priors import PRIOR_NAMES, NormalPrior, StudentTPrior, resolve_prior
from aae_sklearn.priors._resolve import _SYNONYMS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("normal", "NormalPrior()"),
        ("uniform", "UniformPrior()"),
        ("ball", "BallPrior()"),
        ("sphere", "SpherePrior()"),
        ("laplace", "LaplacePrior()"),
        ("student_t", "StudentTPrior()"),
        ("cauchy", "StudentTPrior(df=1)"),
        ("gaussian_mixture", "GaussianMixturePrior()"),
        ("swiss_roll", "SwissRollPrior()"),
    ],
)
def test_names_stand_for_classes_with_their_defaults(name, expected):
    assert name in PRIOR_NAMES
    assert repr(resolve_prior(name)) == expected


def test_a_name_gives_a_new_object_each_time():
    assert resolve_prior("normal") is not resolve_prior("normal")


def test_a_prior_is_returned_as_it_is():
    prior = StudentTPrior(df=3)
    assert resolve_prior(prior) is prior


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(
        ValueError, match="unknown prior 'xyz'; the known names are 'normal', "
    ) as e:
        resolve_prior("xyz")
    assert "Did you mean" not in str(e.value)
    assert all(repr(name) in str(e.value) for name in PRIOR_NAMES)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Normal", "normal"),
        ("norm", "normal"),
        ("gauss", "normal"),
        ("Gaussian", "normal"),
        ("t", "student_t"),
        ("student", "student_t"),
        ("Student's t", "student_t"),
        ("cauchi", "cauchy"),
        ("gaussian mixture", "gaussian_mixture"),
        ("GMM", "gaussian_mixture"),
        ("swissroll", "swiss_roll"),
        ("disk", "ball"),
        ("circle", "sphere"),
    ],
)
def test_a_misspelt_name_gets_a_hint(name, meant):
    with pytest.raises(ValueError, match=rf"Did you mean '{meant}'\?$"):
        resolve_prior(name)


def test_each_synonym_stands_for_a_known_name_and_is_none_itself():
    assert set(_SYNONYMS.values()) <= set(PRIOR_NAMES)
    assert not set(_SYNONYMS) & set(PRIOR_NAMES)


@pytest.mark.parametrize("law", [stats.norm, stats.poisson, stats.multivariate_normal])
def test_a_family_of_scipy_must_be_frozen(law):
    with pytest.raises(TypeError, match="freeze it by calling it"):
        resolve_prior(law)


def test_a_kernel_density_of_scipy_is_pointed_to_the_empirical_law():
    with pytest.raises(TypeError, match="use EmpiricalPrior"):
        resolve_prior(stats.gaussian_kde(np.arange(5.0)))


def test_a_class_is_refused():
    with pytest.raises(TypeError, match=r"the class NormalPrior; pass NormalPrior\(\.\.\.\)"):
        resolve_prior(NormalPrior)


@pytest.mark.parametrize("samples", [np.zeros((3, 2)), torch.zeros(3, 2)], ids=type)
def test_samples_are_pointed_to_the_empirical_law(samples):
    with pytest.raises(TypeError, match=r"if it holds samples, use EmpiricalPrior\(samples\)"):
        resolve_prior(samples)


@pytest.mark.parametrize("prior", [None, 3, [1, 2]])
def test_anything_else_is_refused_with_what_is_accepted(prior):
    with pytest.raises(TypeError, match=r"prior must be one of 'normal', .* or a callable; got"):
        resolve_prior(prior)


def test_public_names_exist():
    assert all(hasattr(priors, name) for name in priors.__all__)
