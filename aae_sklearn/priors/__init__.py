"""Laws of codes: what a user says the map should look like."""

from ._ball import BallPrior
from ._base import Prior
from ._empirical import EmpiricalPrior
from ._gaussian_mixture import GaussianMixturePrior
from ._laplace import LaplacePrior
from ._mixture import MixturePrior
from ._normal import NormalPrior
from ._resolve import PRIOR_NAMES, resolve_prior
from ._sphere import SpherePrior
from ._student_t import StudentTPrior
from ._swiss_roll import SwissRollPrior
from ._uniform import UniformPrior
from ._wrapped import CallablePrior, EstimatorPrior
from ._wrapped_scipy import ScipyMultivariatePrior, ScipyPrior
from ._wrapped_torch import TorchPrior

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
