"""Errors and warnings that a user may want to catch."""

from sklearn.exceptions import ConvergenceWarning

__all__ = [
    "CheckpointWarning",
    "CodesCollapsedWarning",
    "DiscriminatorWinsWarning",
    "DominatedVarianceWarning",
    "EmptyClustersWarning",
    "ExtremeValuesWarning",
    "ModelFileError",
    "NonFiniteLossError",
    "NotExportableError",
    "ParameterWithoutEffectWarning",
    "ReconstructionCollapsedWarning",
    "SlowSearchWarning",
    "SmallerChunksWarning",
    "TrainingInterruptedWarning",
    "UnknownChunkSizesWarning",
]


class NonFiniteLossError(ArithmeticError):
    """A loss became infinite or NaN, so training cannot go on."""


class ModelFileError(ValueError):
    """A file holds no model that this version can read: cut, changed, foreign or newer."""


class CheckpointWarning(UserWarning):
    """No checkpoint can be written or read, and the fit goes on without."""


class NotExportableError(NotImplementedError):
    """A part of a model is no formula that an ONNX graph or a torch module could hold."""


class ReconstructionCollapsedWarning(ConvergenceWarning):
    """The decoder reconstructs rows no better than the mean row does."""


class DiscriminatorWinsWarning(ConvergenceWarning):
    """The discriminator tells nearly all codes from samples of the prior."""


class CodesCollapsedWarning(ConvergenceWarning):
    """The codes lie on a point, or on fewer directions than they have columns."""


class EmptyClustersWarning(ConvergenceWarning):
    """Some of the clusters that were asked for have no row."""


class TrainingInterruptedWarning(UserWarning):
    """Ctrl-C stopped the training early; the model is usable as it stands."""


class SmallerChunksWarning(UserWarning):
    """The device ran out of memory, and the work went on in smaller chunks."""


class SlowSearchWarning(UserWarning):
    """The compiled search is not there, and neighbours are sought among all rows."""


class ParameterWithoutEffectWarning(UserWarning):
    """A parameter was set that has no effect under the others."""


class ExtremeValuesWarning(UserWarning):
    """X has cells that lie far outside of all others; the model reads them as less extreme."""


class FillValuesWarning(UserWarning):
    """A column has a number that looks like one for missing cells, such as -999."""


class DominatedVarianceWarning(UserWarning):
    """One row or column, or few of many, have nearly all of the variance, and decide alone."""


class UnknownChunkSizesWarning(UserWarning):
    """A dask array does not know how many rows its chunks have, so they are counted first."""
