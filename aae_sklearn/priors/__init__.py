"""Priors: the distributions that codes can be given."""

from aae_sklearn.priors._ball import BallPrior
from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._empirical import EmpiricalPrior
from aae_sklearn.priors._gaussian_mixture import GaussianMixturePrior
from aae_sklearn.priors._laplace import LaplacePrior
from aae_sklearn.priors._mixture import MixturePrior
from aae_sklearn.priors._normal import NormalPrior
from aae_sklearn.priors._resolve import PRIOR_NAMES, resolve_prior
from aae_sklearn.priors._sphere import SpherePrior
from aae_sklearn.priors._student_t import StudentTPrior
from aae_sklearn.priors._swiss_roll import SwissRollPrior
from aae_sklearn.priors._uniform import UniformPrior
from aae_sklearn.priors._wrapped import CallablePrior, EstimatorPrior
from aae_sklearn.priors._wrapped_scipy import ScipyMultivariatePrior, ScipyPrior
from aae_sklearn.priors._wrapped_torch import TorchPrior

__all__ = [
    "PRIOR_NAMES",
    "BallPrior",
    "CallablePrior",
    "EmpiricalPrior",
    "EstimatorPrior",
    "GaussianMixturePrior",
    "LaplacePrior",
    "MixturePrior",
    "NormalPrior",
    "Prior",
    "ScipyMultivariatePrior",
    "ScipyPrior",
    "SpherePrior",
    "StudentTPrior",
    "SwissRollPrior",
    "TorchPrior",
    "UniformPrior",
    "resolve_prior",
]
